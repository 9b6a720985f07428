"""The loops that are measured. They read no clock per message: only every ten milliseconds or so."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from benchmarks import payload
from benchmarks.errors import RunFailed
from benchmarks.meter import Usage, usage
from benchmarks.payload import END
from benchmarks.settings import Settings

CHUNK_S = 0.01  # so a window of 0.3 s ends within a few percent of its length
SEND_CHUNK = 256  # messages between two looks at the stop flag, which costs about 50 ns
SEND_CHUNK_BYTES = 1_000_000  # fewer if they are large, so that a stop is heard soon


@dataclass(frozen=True)
class Window:
    """What happened between the end of the warm-up and the end of the window."""

    messages: int
    used: Usage

    def fields(self) -> dict[str, float]:
        return {
            "messages": self.messages,
            "seconds": self.used.seconds,
            **per_message(self.used, self.messages),
        }


def per_message(used: Usage, messages: int) -> dict[str, float]:
    """Return CPU and context switches per message."""
    count = max(1, messages)
    return {"cpu_us": used.cpu_s * 1e6 / count, "switches": used.switches / count}


def receive_window(receive: Callable[[int], int], settings: Settings) -> tuple[Window, int]:
    """Call ``receive(n)`` for the warm-up and then for the window; it returns how many messages came.

    Returns the window and how many messages were received in all.
    """
    warmup = Chunks(settings)
    total = 0
    while warmup.go_on():
        total += receive(warmup.size)
    window = warmup.start_window()
    messages = 0
    while warmup.window_goes_on():
        messages += receive(warmup.size)
    return Window(messages, usage() - window), total + messages


class Chunks:
    """Decides how many messages go between two looks at the clock. Shared with the asyncio scenarios."""

    def __init__(self, settings: Settings) -> None:
        self.size = 1
        self._settings = settings
        self._began = self._last = time.perf_counter()
        self._is_first = True
        self._end = 0.0

    def go_on(self) -> bool:
        """Return whether the warm-up goes on; call after each chunk. Chunks grow until they take CHUNK_S."""
        now = time.perf_counter()
        if not self._is_first and now - self._last < CHUNK_S / 2:
            self.size *= 2
        self._is_first = False
        self._last = now
        return now - self._began < self._settings.warmup_s

    def start_window(self) -> Usage:
        began = usage()
        self._end = began.seconds + self._settings.window_s
        return began

    def window_goes_on(self) -> bool:
        return time.perf_counter() < self._end


def receiver_of(recv: Callable[[], Any]) -> Callable[[int], int]:
    """Return receive(n) for one socket."""

    def receive(count: int) -> int:
        for _ in repeat(None, count):
            recv()
        return count

    return receive


def sender_of(send: Callable[[Any], Any], size: int, payload_mode: str) -> Callable[[], int]:
    """Return a function that sends one chunk and returns how many messages that was.

    "reused" sends one object over and over; "fresh" sends a new object each time, as applications do.
    """
    count = send_chunk(size)
    if payload_mode == "reused":
        message = payload.plain(size)

        def send_reused() -> int:
            for _ in repeat(None, count):
                send(message)
            return count

        return send_reused
    template = bytearray(payload.plain(size))

    def send_fresh() -> int:
        for _ in repeat(None, count):
            send(bytes(template))
        return count

    return send_fresh


def send_chunk(size: int) -> int:
    return max(1, min(SEND_CHUNK, SEND_CHUNK_BYTES // max(1, size)))


def send_until(stop: threading.Event, send_some: Callable[[], int]) -> int:
    """Send chunks until told to stop; returns how many messages were sent."""
    sent = 0
    while not stop.is_set():
        sent += send_some()
    return sent


def drain(recv: Callable[[], Any], ends: int = 1) -> int:
    """Receive until END has come `ends` times; returns how many other messages came."""
    count = 0
    while ends:
        if recv() == END:
            ends -= 1
        else:
            count += 1
    return count


def numbered_sender(send: Callable[[Any], Any], sizes: Sequence[int]) -> Callable[[], None]:
    """Return the sending half of a verified pass."""

    def send_verified() -> None:
        for sequence, size in enumerate(sizes):
            send(payload.numbered(sequence, size))

    return send_verified


def numbered_receiver(recv: Callable[[], Any], sizes: Sequence[int]) -> Callable[[], None]:
    """Return the receiving half; it raises WrongContent."""

    def verify() -> None:
        for sequence, size in enumerate(sizes):
            payload.check(recv(), sequence, size)

    return verify


def round_trips(trip: Callable[[], Any], settings: Settings) -> tuple[array[int], Window]:
    """Time each round trip of the window; here the clock per message is what is asked for."""
    clock = time.perf_counter_ns
    warm = clock() + int(settings.warmup_s * 1e9)
    while clock() < warm:
        trip()
    samples = array("q")
    note = samples.append
    began = usage()
    end = clock() + int(settings.window_s * 1e9)
    before = clock()
    while before < end:
        trip()
        after = clock()
        note(after - before)
        before = after
    return samples, Window(len(samples), usage() - began)


def require_equal(sent: int, received: int) -> None:
    """Raise RunFailed if messages got lost or multiplied."""
    if sent != received:
        raise RunFailed(f"{sent} messages were sent, {received} were received")
