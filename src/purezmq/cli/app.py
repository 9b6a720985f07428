"""The click group: it knows every subcommand's name and imports a module only when its command is used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

from .failure import ExitCode
from .roles import ROLES

# name: (module, attribute, one line for the overview)
COMMANDS = {
    "proxy": ("proxying", "proxy", "Forward messages between two endpoints."),
    "broker": ("proxying", "broker", "A request broker: ROUTER in front, DEALER behind."),
    "monitor": ("monitoring", "monitor", "Print the events of a socket on an endpoint."),
    "doctor": ("doctor.command", "doctor", "Find out what is wrong with an endpoint."),
    "bench": ("bench.command", "bench", "Measure throughput and round trips."),
    "keygen": ("keygen", "keygen", "Make a pair of keys for CURVE."),
    "exec": ("executing", "execute", "Run a program that was written for pyzmq with purezmq."),
    "version": ("versions", "version", "Show the versions, and whether purezmq is compiled."),
}


class LazyGroup(click.Group):
    """A group whose subcommands are imported on first use, so that each starts as fast as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in the order of the overview."""
        return [*ROLES, *COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None for an unknown name."""
        if cmd_name in ROLES:
            from .pattern_command import pattern_command

            return pattern_command(ROLES[cmd_name])
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f"{__package__}.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, written without importing the commands."""
        with formatter.section("Sockets"):
            formatter.write_dl([(role.name, role.purpose) for role in ROLES.values()])
        with formatter.section("Tools"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


def _show_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from .versions import show

        show(as_json=False)
        ctx.exit()


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the versions.",
)
def app() -> None:
    """ZeroMQ from the shell.

    Exit codes: 0 fine, 1 nothing came or not everything left in time, 2 wrong usage, 3 an endpoint does not work.
    """


def run(argv: Sequence[str] | None) -> int:
    """Run the command and return its exit code; every error becomes a line on stderr."""
    try:
        # Not standalone: click would turn our exit codes and a closed stdout into its own.
        code = app.main(args=None if argv is None else list(argv), prog_name="purezmq", standalone_mode=False)
    except click.ClickException as failure:
        failure.show()
        return failure.exit_code
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.NOTHING
    except BrokenPipeError:
        from .printing import abandon_stdout

        abandon_stdout()  # whoever read our output, or our help, has had enough
        return ExitCode.OK
    return int(code or ExitCode.OK)
