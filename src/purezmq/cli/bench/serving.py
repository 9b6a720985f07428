"""The end that answers: ``purezmq bench --serve``."""

from __future__ import annotations

from time import perf_counter, process_time

import purezmq as zmq

from .words import END, MOST_S, PATIENCE_MS, Words, as_message, own_facts, words_of

CHUNK_S = 0.01  # how often the counting looks at the clock
FOREVER = -1


class Server:
    """Obeys one client after the other."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._socket = socket

    def run(self) -> None:
        """Until something raises: a signal, as a rule."""
        while True:
            self._socket.rcvtimeo = FOREVER
            words = words_of(self._socket.recv())
            if words is None:
                continue  # what a client that is gone had still sent
            self._socket.rcvtimeo = self._socket.sndtimeo = PATIENCE_MS
            try:
                self._obey(words)
            except zmq.Again:
                pass  # that client is gone; the next may come

    def _obey(self, words: Words) -> None:
        order = words.get("do")
        if order == "hello":
            self._say(**own_facts())
        elif order == "echo":
            self._say()
            self._echo()
        elif order == "count" and _seconds(words, "window_s"):
            self._say()
            self._say(**self._count(_seconds(words, "warmup_s"), _seconds(words, "window_s")))
        else:
            self._say(error=f"the other side does not know the order {order!r}")

    def _say(self, **words: object) -> None:
        self._socket.send(as_message(words))

    def _echo(self) -> None:
        recv, send = self._socket.recv, self._socket.send
        message = b""
        while message != END:
            message = recv()
            send(message)

    def _count(self, warmup_s: float, window_s: float) -> Words:
        recv = self._socket.recv
        recv()  # the clock begins with the first message, not with the way to it
        chunk = 1
        began = last = perf_counter()
        while last - began < warmup_s:
            for _ in range(chunk):
                recv()
            now = perf_counter()
            if now - last < CHUNK_S / 2:
                chunk *= 2
            last = now
        count = 0
        cpu_began, began = process_time(), perf_counter()
        now = began
        while now - began < window_s:
            for _ in range(chunk):
                recv()
            count += chunk
            now = perf_counter()
        cpu_s = process_time() - cpu_began
        while recv() != END:
            pass
        return {"messages": count, "seconds": now - began, "cpu_s": cpu_s}


def _seconds(words: Words, name: str) -> float:
    """A duration that the client asks for; 0 if that is none, or longer than anybody may ask for."""
    value = words.get(name)
    return value if isinstance(value, float) and 0 < value <= MOST_S else 0.0
