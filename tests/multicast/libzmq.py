"""The system's libzmq by way of ctypes: pyzmq's own is built without PGM."""

from __future__ import annotations

import ctypes
import errno
import sys
from glob import glob
from typing import Any

_NAMES = (
    *glob("/usr/lib/*/libzmq.so.5"),
    *glob("/usr/lib64/libzmq.so.5"),
    *glob("/usr/lib/libzmq.so.5"),
    "libzmq.so.5",
)

TYPES = {"PUB": 1, "SUB": 2, "XPUB": 9, "XSUB": 10}
OPTIONS = {
    "SUBSCRIBE": 6,
    "RATE": 8,
    "RECOVERY_IVL": 9,
    "SNDBUF": 11,
    "RCVBUF": 12,
    "LINGER": 17,
    "MAXMSGSIZE": 22,
    "SNDHWM": 23,
    "RCVHWM": 24,
    "MULTICAST_HOPS": 25,
    "RCVTIMEO": 27,
    "MULTICAST_MAXTPDU": 84,
}
_RCVMORE, _LAST_ENDPOINT, _SNDMORE = 13, 32, 2
_LARGEST = 1 << 22


def load() -> Any:
    """The library. Raises OSError if there is none, or none with PGM."""
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name, use_errno=True)
        except OSError:
            continue
        pointer, text, size, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int
        library.zmq_ctx_new.restype = pointer
        library.zmq_socket.restype = pointer
        library.zmq_strerror.restype = text
        for function, types in {
            "zmq_has": [text],
            "zmq_strerror": [number],
            "zmq_socket": [pointer, number],
            "zmq_close": [pointer],
            "zmq_ctx_term": [pointer],
            "zmq_connect": [pointer, text],
            "zmq_bind": [pointer, text],
            "zmq_setsockopt": [pointer, number, pointer, size],
            "zmq_getsockopt": [pointer, number, pointer, pointer],
            "zmq_send": [pointer, text, size, number],
            "zmq_recv": [pointer, pointer, size, number],
        }.items():
            getattr(library, function).argtypes = types
        if library.zmq_has(b"pgm"):
            return library
    raise OSError(errno.ENOENT, "no libzmq with PGM here (Debian: package libzmq5)")


class Context:
    """What the peer program needs of a context."""

    def __init__(self) -> None:
        self.library = load()
        self.pointer = self.library.zmq_ctx_new()

    def socket(self, kind: str) -> Socket:
        return Socket(self, kind)

    def term(self) -> None:
        self.library.zmq_ctx_term(self.pointer)


class Socket:
    """What the peer program needs of a socket."""

    def __init__(self, context: Context, kind: str) -> None:
        self._library = context.library
        self._pointer = self._library.zmq_socket(context.pointer, TYPES[kind])
        self._buffer = ctypes.create_string_buffer(_LARGEST)

    def _check(self, result: int) -> int:
        if result < 0:
            number = self._library.zmq_errno()
            raise OSError(number, self._library.zmq_strerror(number).decode())
        return result

    def set(self, name: str, value: int | bytes) -> None:
        if isinstance(value, int):
            value = value.to_bytes(8 if name == "MAXMSGSIZE" else 4, sys.byteorder, signed=True)
        self._check(self._library.zmq_setsockopt(self._pointer, OPTIONS[name], value, len(value)))

    def connect(self, endpoint: str) -> None:
        self._check(self._library.zmq_connect(self._pointer, endpoint.encode()))

    def bind(self, endpoint: str) -> None:
        self._check(self._library.zmq_bind(self._pointer, endpoint.encode()))

    def send_multipart(self, parts: list[bytes]) -> None:
        for index, part in enumerate(parts):
            flags = _SNDMORE if index < len(parts) - 1 else 0
            self._check(self._library.zmq_send(self._pointer, part, len(part), flags))

    def recv_multipart(self) -> list[bytes]:
        parts = []
        more = ctypes.c_int(1)
        while more.value:
            size = self._check(self._library.zmq_recv(self._pointer, self._buffer, _LARGEST, 0))
            parts.append(self._buffer[:size])
            length = ctypes.c_size_t(4)
            self._library.zmq_getsockopt(self._pointer, _RCVMORE, ctypes.byref(more), ctypes.byref(length))
        return parts

    def close(self) -> None:
        self._library.zmq_close(self._pointer)
