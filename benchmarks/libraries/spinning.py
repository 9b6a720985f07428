"""A raw pair that never sleeps: non-blocking sockets, asked again and again. The floor under BUSY_POLL.

Both sides keep a processor busy, so that no time goes into waking one; on a single processor it says nothing.
"""

from __future__ import annotations

import platform
import socket as os_socket
from typing import Any

from benchmarks.errors import Unsupported
from benchmarks.libraries.reference import Reference, StreamSocket
from benchmarks.machine import number_of_cores
from benchmarks.payload import END


class SpinningSocket(StreamSocket):
    _is_set = False

    def accepted(self) -> os_socket.socket:
        stream = super().accepted()
        if not self._is_set:
            stream.setblocking(False)
            self._is_set = True
        return stream

    def recv(self) -> bytes:
        recv = self.accepted().recv
        data = b""
        while len(data) < self.size:
            try:
                more = recv(self.size - len(data))
            except BlockingIOError:
                continue
            if not more:
                return END
            data += more
        return data


class Spinning(Reference):
    stream_class = SpinningSocket

    def can_do(self, scenario: str, case: dict[str, Any]) -> bool:
        return scenario == "busy_roundtrip"

    def describe(self) -> str:
        if (number_of_cores() or 1) < 2:
            raise Unsupported("two sides that spin need two processors")
        return (
            f"{platform.python_implementation()} {platform.python_version()}: non-blocking sockets that spin"
        )


SPINNING = Spinning("spinning", "")
