"""Stdin and files as a stream of messages.

The descriptor is read directly and in large pieces: a pipe that delivers line by line is passed on line by line, and a
large file costs one system call per 64 KiB.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator

from .failure import CliFailure, ExitCode
from .forms import LINES, NULL, Form, Parts
from .stopping import Stop
from .targets import STDIN

READ_SIZE = 64 * 1024
STDIN_FD = 0
MARKS = {LINES: b"\n", NULL: b"\0"}


class Splitter:
    """Cuts a stream of bytes into pieces of text, one per message."""

    __slots__ = ("_begun", "_mark")

    def __init__(self, framing: str) -> None:
        self._mark = MARKS.get(framing)  # None: nothing ends a message but the end of the input
        self._begun: list[bytes] = []  # pieces of an unfinished message; joined once, when its end is here

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes, return the texts that are complete now."""
        if self._mark is None or self._mark not in data:
            self._begun.append(data)
            return []
        texts = data.split(self._mark)
        texts[0] = b"".join([*self._begun, texts[0]])
        rest = texts.pop()
        self._begun = [rest] if rest else []
        return texts

    def finish(self) -> list[bytes]:
        """The input is over: what is left is a message too. The whole input is one even when it is empty."""
        if not self._begun and self._mark is not None:
            return []
        text = b"".join(self._begun)
        self._begun = []
        return [text]


def read_messages(files: list[str], form: Form, read: Callable[[int], bytes]) -> Iterator[list[Parts]]:
    """Batches of messages from the files (default stdin), as they become available."""
    for name in files or [STDIN]:
        descriptor = _open(name)
        try:
            yield from _read_one(name, descriptor, form, read)
        finally:
            if descriptor != STDIN_FD:
                os.close(descriptor)


def _read_one(name: str, descriptor: int, form: Form, read: Callable[[int], bytes]) -> Iterator[list[Parts]]:
    splitter = Splitter(form.framing)
    where = "stdin" if name == STDIN else name
    count = 0
    while True:
        try:
            data = read(descriptor)
        except OSError as error:
            raise CliFailure(f"cannot read {where}: {error.strerror}", ExitCode.USAGE) from None
        texts = splitter.feed(data) if data else splitter.finish()
        if texts:
            yield [_parts(text, form, where, count + n) for n, text in enumerate(texts, 1)]
            count += len(texts)
        if not data:
            return


def _parts(text: bytes, form: Form, where: str, number: int) -> Parts:
    try:
        return form.parts_of(text)
    except ValueError as wrong:
        raise CliFailure(f"{where}: message {number} {wrong}", ExitCode.USAGE) from None


def _open(name: str) -> int:
    if name == STDIN:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.setmode(STDIN_FD, os.O_BINARY)
        return STDIN_FD
    try:
        return os.open(name, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise CliFailure(f"cannot read {name}: {error.strerror}", ExitCode.USAGE) from None


def plain_read(descriptor: int) -> bytes:
    """Read a piece; for a thread that no signal interrupts."""
    return os.read(descriptor, READ_SIZE)


def interruptible_read(stop: Stop) -> Callable[[int], bytes]:
    """A way to read a piece in the main thread that a signal ends with Stopped."""
    return _polled_read(stop) if hasattr(select, "poll") else _marked_read(stop)


def _polled_read(stop: Stop) -> Callable[[int], bytes]:
    """Wait for input and signals together, and read what is there.

    A mark around a blocking read is not enough here: a signal that comes after the last bytecode and before the system
    call would not be noticed until the next input, and a command that has just passed a line on is often at this point.
    """

    def read(descriptor: int) -> bytes:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        poller.register(stop.fd, select.POLLIN)
        while descriptor not in dict(poller.poll()):
            stop.check()
        stop.check()
        return os.read(descriptor, READ_SIZE)

    return read


def _marked_read(stop: Stop) -> Callable[[int], bytes]:
    """For Windows, which cannot poll files and pipes."""

    def read(descriptor: int) -> bytes:
        stop.enter()
        try:
            return os.read(descriptor, READ_SIZE)
        finally:
            stop.leave()

    return read
