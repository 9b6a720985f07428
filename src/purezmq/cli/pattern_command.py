"""The click command of one socket type, and the run from its options to its exit code."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import click

import purezmq as zmq

from .both import Exchange
from .closing import close
from .failure import CliFailure, ExitCode, say
from .feeder import Feeder
from .forms import Form, Parts, separator_from
from .open_socket import OpenSocket, TimedOut
from .options import chosen_framing, chosen_side, options_of
from .printing import OutputClosed, Printer, abandon_stdout
from .reading import interruptible_read, plain_read, read_messages
from .receiving import receive_all
from .replying import answer_from, reply_all
from .requesting import request_all
from .roles import Role, Work
from .sending import send_all
from .settings import Settings
from .stopping import Stop, Stopped
from .targets import split_arguments


def pattern_command(role: Role) -> click.Command:
    """The command for one row of the table of roles."""

    def callback(**values: Any) -> int:
        return run(role, settings_from(role, values))

    arguments = click.Argument(["arguments"], nargs=-1, required=True, metavar="ENDPOINT... [FILE...]")
    if not role.sends:
        arguments.metavar = "ENDPOINT..."
    return click.Command(
        role.name, params=[arguments, *options_of(role)], callback=callback, help=_help_of(role)
    )


def _help_of(role: Role) -> str:
    side = "bound" if role.binds else "connected"
    text = f"{role.purpose}\n\nPlain endpoints are {side}; '@ENDPOINT' always binds, '>ENDPOINT' always connects."
    if role.sends and role.work is not Work.REPLY:
        text += "\n\nThe input is stdin, or the FILEs ('-' is stdin)."
    return text


def settings_from(role: Role, values: dict[str, Any]) -> Settings:
    """The command line as one value. Raises CliFailure for what does not go together."""
    targets, files = split_arguments(
        values["arguments"], chosen_side(values["bind"], values["connect"]), role.binds
    )
    if not targets:
        raise CliFailure("give at least one endpoint, such as tcp://127.0.0.1:5555", ExitCode.USAGE)
    if files and not role.sends:
        raise CliFailure(f"{role.name} reads no files; {files[0]!r} is not an endpoint", ExitCode.USAGE)
    topics = tuple(topic.encode() for topic in values.get("topic", ()))
    publishes = role.socket_type == "XPUB"
    if publishes and len(topics) > 1:
        raise CliFailure(f"{role.name} publishes under one --topic", ExitCode.USAGE)
    return Settings(
        targets=targets,
        files=files,
        form=Form(
            framing=chosen_framing(values["lines"], values["null"], values["whole"]),
            separator=None if values["multipart"] is None else separator_from(values["multipart"]),
            hex=values["hex"],
            json=values.get("json", False),
            first_is_id=role.socket_type == "ROUTER",
            topic=topics[0] if publishes and topics else None,
        ),
        count=values["count"],
        timeout_ms=values["timeout"],
        linger_ms=values["linger"],
        quiet=values["quiet"],
        verbose=values["verbose"],
        topics=topics,
        rate=values.get("rate"),
        wait=values.get("wait", 0),
        drop=values.get("drop", False),
        **_answers(values),
    )


def _answers(values: dict[str, Any]) -> dict[str, Any]:
    """The settings of rep."""
    chosen = [name for name in ("echo", "reply", "exec") if values.get(name)]
    if len(chosen) > 1:
        raise CliFailure(f"--{chosen[0]} and --{chosen[1]} exclude each other", ExitCode.USAGE)
    reply = values.get("reply")
    return {
        "echo": values.get("echo", False),
        "reply": None if reply is None else reply.encode(),
        "command": _command_words(values.get("exec") or ""),
    }


def _command_words(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise CliFailure(f"--exec: {error}", ExitCode.USAGE) from None
    if words and shutil.which(words[0]) is None:
        raise CliFailure(f"--exec: there is no command {words[0]!r}", ExitCode.USAGE)
    return words


def run(role: Role, settings: Settings) -> int:
    """Open the socket, do the work, close it; returns the exit code."""
    stop = Stop()
    stop.install()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    printer = Printer(settings.form, stop, settings.quiet)
    try:
        opened = OpenSocket(context, role, settings, stop)
    except CliFailure:
        context.destroy(linger=0)
        raise
    try:
        code = _guarded(lambda: _work(opened, printer), opened)
    finally:
        stop.settle()
        printer.finish()
        delivered = close(opened, context)
    if not delivered:
        code = ExitCode.NOTHING
        if not settings.quiet:
            say("not every message was delivered: no peer took the rest in time")
    if settings.verbose:
        say(opened.counters.summary(role.sends, role.receives))
    return code


def _guarded(work: Callable[[], ExitCode], opened: OpenSocket) -> ExitCode:
    """The exit code of the work, whichever way it ends."""
    try:
        return work()
    except TimedOut as late:
        if not opened.settings.quiet:
            say(str(late))
        return ExitCode.NOTHING
    except OutputClosed:
        abandon_stdout()
        return ExitCode.OK  # as with `head`: the reader has had enough
    except Stopped:
        # A signal is how a listener ends. A sender, or a request without its reply, was cut short.
        return ExitCode.NOTHING if opened.role.work in (Work.SEND, Work.REQUEST) else ExitCode.OK


def _work(opened: OpenSocket, printer: Printer) -> ExitCode:
    role, settings = opened.role, opened.settings
    opened.start()
    if role.work is Work.RECEIVE:
        return receive_all(opened, printer)
    if role.work is Work.BOTH:
        return Exchange(
            opened, Feeder(read_messages(settings.files, settings.form, plain_read)), printer
        ).run()
    batches: Iterator[list[Parts]] = read_messages(
        settings.files, settings.form, interruptible_read(opened.stop)
    )
    if role.work is Work.SEND:
        return send_all(opened, batches)
    if role.work is Work.REQUEST:
        return request_all(opened, batches, printer)
    return reply_all(opened, answer_from(opened, batches), printer)
