"""rep: prints each request and answers it: with the input, the request itself, a text, or a command's output."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from itertools import chain

from .failure import ExitCode, say
from .forms import WHOLE, Parts
from .open_socket import OpenSocket, TimedOut
from .printing import Printer
from .stopping import Stop, Stopped

END_S = 2.0  # what a command that was told to end gets before it is killed

Answer = Callable[[Parts], Parts | None]  # None: there is no further answer


def reply_all(opened: OpenSocket, answer: Answer, printer: Printer) -> ExitCode:
    """Answer requests until --count, a silence of --timeout, the end of the answers, or a signal (Stopped)."""
    count = opened.settings.count
    answered = 0
    while count is None or answered < count:
        try:
            request = opened.receive()
        except TimedOut:
            if count is None and answered:
                return ExitCode.OK
            raise
        printer.message(request)
        printer.flush()
        reply = answer(request)
        if reply is None:
            say("the input is over; the last request stays unanswered")
            return ExitCode.NOTHING
        opened.send(reply)
        answered += 1
    return ExitCode.OK


def answer_from(opened: OpenSocket, batches: Iterator[list[Parts]]) -> Answer:
    """The way to answer that the options ask for."""
    settings = opened.settings
    if settings.command:
        runner = CommandRunner(settings.command, opened.stop, keep_newline=settings.form.framing == WHOLE)
        return runner.answer
    if settings.reply is not None:
        fixed = settings.reply
        return lambda request: [fixed]
    if settings.echo:
        return lambda request: request
    messages = chain.from_iterable(batches)
    return lambda request: next(messages, None)


class CommandRunner:
    """Answers each request with the output of a command that has the request on its stdin.

    The command is started directly, never through a shell, and nothing of the request becomes an argument.
    """

    def __init__(self, command: tuple[str, ...], stop: Stop, keep_newline: bool) -> None:
        self._command = command
        self._stop = stop
        self._keep_newline = keep_newline

    def answer(self, request: Parts) -> Parts:
        """The command's output, without its last newline. A failed command's output is an answer, too."""
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            say(f"cannot run {self._command[0]}: {error.strerror}; the reply is empty")
            return [b""]
        output = self._output_of(process, b"".join(request))
        if process.returncode:
            say(f"{self._command[0]} ended with {process.returncode}")
        return [output if self._keep_newline else output.removesuffix(b"\n")]

    def _output_of(self, process: subprocess.Popen[bytes], request: bytes) -> bytes:
        # No timeout here: communicate() forgets to send the rest of a large input when it is called again after one.
        try:
            self._stop.enter()
            return process.communicate(request)[0]
        except Stopped:
            _end(process)
            raise
        finally:
            self._stop.leave()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
