"""The options of the socket commands, and those that several tools share."""

from __future__ import annotations

import click

from .failure import CliFailure, ExitCode
from .forms import LINES, NULL, WHOLE
from .roles import Role, Work

MILLISECONDS = click.IntRange(min=0)


def options_of(role: Role) -> list[click.Parameter]:
    """The options that make sense for one socket command."""
    options = [*side_options(), *_form_options(role), *_flow_options(role)]
    if role.has_topics:
        options.append(_topic_option(role))
    if role.work is Work.REPLY:
        options += _reply_options()
    if role.socket_type == "XPUB":
        options.append(
            click.Option(
                ["--drop"],
                is_flag=True,
                help="Drop messages for slow subscribers instead of waiting for them.",
            )
        )
    return [*options, *talk_options()]


def side_options() -> list[click.Parameter]:
    """Bind or connect."""
    return [
        click.Option(["-b", "--bind"], is_flag=True, help="Bind the endpoints."),
        click.Option(["-c", "--connect"], is_flag=True, help="Connect the endpoints."),
    ]


def chosen_side(bind: bool, connect: bool) -> bool | None:
    """What --bind and --connect say: True to bind, False to connect, None for the default."""
    if bind and connect:
        raise CliFailure(
            "--bind and --connect exclude each other; '@' and '>' mark single endpoints", ExitCode.USAGE
        )
    return bind or (False if connect else None)


def chosen_framing(lines: bool, null: bool, whole: bool) -> str:
    """What --lines, --null and --whole say."""
    if lines + null + whole > 1:
        raise CliFailure("--lines, --null and --whole exclude each other", ExitCode.USAGE)
    return NULL if null else WHOLE if whole else LINES


def talk_options() -> list[click.Parameter]:
    """How much is said."""
    return [
        click.Option(["-q", "--quiet"], is_flag=True, help="Print no messages and no remarks, only errors."),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            help="Log the socket's state changes; print counters at the end.",
        ),
    ]


def timeout_option(what: str) -> click.Option:
    """--timeout with its meaning here."""
    return click.Option(["-t", "--timeout"], type=MILLISECONDS, metavar="MS", help=what)


def _form_options(role: Role) -> list[click.Parameter]:
    options: list[click.Parameter] = [
        click.Option(["--lines"], is_flag=True, help="Each line is a message (default)."),
        click.Option(["-0", "--null"], is_flag=True, help="A NUL byte ends each message."),
        click.Option(["--whole"], is_flag=True, help=_whole_help(role)),
        click.Option(
            ["-m", "--multipart"],
            metavar="SEP",
            help=r"SEP stands between the parts of a message (\t, \0, …).",
        ),
        click.Option(["--hex"], is_flag=True, help="Parts are written in hex."),
    ]
    if role.receives:
        options.append(click.Option(["--json"], is_flag=True, help='Print each message as {"parts": [...]}.'))
    return options


def _whole_help(role: Role) -> str:
    if not role.sends:
        return "Print messages with nothing between them."
    return "The whole input, or each FILE, is one message." + (
        " Prints without separators." if role.receives else ""
    )


def _flow_options(role: Role) -> list[click.Parameter]:
    options: list[click.Parameter] = [
        click.Option(["-n", "--count"], type=click.IntRange(min=0), metavar="N", help=_COUNT_HELP[role.work]),
        timeout_option(_TIMEOUT_HELP[role.work]),
        click.Option(
            ["--linger"],
            type=click.IntRange(min=-1),
            metavar="MS",
            help="How long to wait at the end until all is sent (-1: for ever). Default: --timeout, or -1.",
        ),
    ]
    if role.work in (Work.SEND, Work.REQUEST, Work.BOTH):
        publishes = role.socket_type == "XPUB"
        wait_help = f"Begin when N {'subscriptions' if publishes else 'peers'} are there."
        options += [
            click.Option(
                ["--rate"],
                type=click.FloatRange(min=0, min_open=True),
                metavar="N",
                help="At most N per second.",
            ),
            click.Option(
                ["--wait"],
                type=click.IntRange(min=0),
                metavar="N",
                default=1 if publishes else 0,
                show_default=True,
                help=wait_help,
            ),
        ]
    return options


_COUNT_HELP = {
    Work.SEND: "Send at most N messages.",
    Work.RECEIVE: "End after N messages.",
    Work.REQUEST: "Make at most N requests.",
    Work.REPLY: "End after N requests.",
    Work.BOTH: "End after N messages have come; 0: end when the input is sent.",
}
_TIMEOUT_HELP = {
    Work.SEND: "Give up when a message finds no room or no peer for MS milliseconds.",
    Work.RECEIVE: "End when nothing comes for MS milliseconds.",
    Work.REQUEST: "Give up when a request or its reply takes longer than MS milliseconds.",
    Work.REPLY: "End when no request comes for MS milliseconds.",
    Work.BOTH: "End when nothing is sent or received for MS milliseconds.",
}


def _topic_option(role: Role) -> click.Parameter:
    if role.socket_type == "XPUB":
        text = "Publish under this topic: it becomes the first part of each message."
    else:
        text = "Subscribe to this prefix; may be repeated. Default: everything."
    return click.Option(["--topic"], multiple=True, metavar="TEXT", help=text)


def _reply_options() -> list[click.Parameter]:
    return [
        click.Option(["--echo"], is_flag=True, help="Answer with the request."),
        click.Option(["--reply"], metavar="TEXT", help="Answer with TEXT."),
        click.Option(
            ["--exec"],
            metavar="CMD",
            help="Answer with the output of CMD, which gets the request on its stdin. No shell is involved.",
        ),
    ]
