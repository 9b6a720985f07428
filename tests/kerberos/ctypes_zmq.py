"""Just enough of pyzmq over the system's libzmq, which unlike that in pyzmq's wheels can do GSSAPI.

Run with ``python -I`` as a program, it is the other peer of the interop tests, like tests/interop/peer.py.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import sys
from pathlib import Path
from typing import Any

EAGAIN, ETERM = 11, 156384765
RCVMORE, SNDMORE = 13, 2
LINGER = 17
# The options that are bytes, of those that the tests use.
_BYTES = {5, 6, 7, 32, 45, 46, 55, 63, 64}


class ZMQError(Exception):
    def __init__(self, errno: int) -> None:
        super().__init__(errno)
        self.errno = errno


class ContextTerminated(ZMQError):
    pass


def find() -> str | None:
    """The name of a libzmq with GSSAPI, None if there is none."""
    name = ctypes.util.find_library("zmq")
    if name is None:
        return None
    return name if ctypes.CDLL(name).zmq_has(b"gssapi") else None


class Library:
    """What tests/interop/peer.py takes for the module ``zmq``."""

    ZMQError = ZMQError
    ContextTerminated = ContextTerminated

    def __init__(self) -> None:
        name = find()
        assert name is not None
        lib = self.lib = ctypes.CDLL(name, use_errno=True)
        pointer, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
        for function, result, arguments in (
            ("zmq_ctx_new", pointer, []),
            ("zmq_ctx_term", number, [pointer]),
            ("zmq_socket", pointer, [pointer, number]),
            ("zmq_close", number, [pointer]),
            ("zmq_bind", number, [pointer, ctypes.c_char_p]),
            ("zmq_connect", number, [pointer, ctypes.c_char_p]),
            ("zmq_send", number, [pointer, ctypes.c_char_p, size, number]),
            ("zmq_recv", number, [pointer, pointer, size, number]),
            ("zmq_setsockopt", number, [pointer, number, pointer, size]),
            ("zmq_getsockopt", number, [pointer, number, pointer, pointer]),
            ("zmq_errno", number, []),
        ):
            getattr(lib, function).restype = result
            getattr(lib, function).argtypes = arguments

    def zmq_version(self) -> str:
        numbers = [ctypes.c_int() for _ in range(3)]
        self.lib.zmq_version(*map(ctypes.byref, numbers))
        return ".".join(str(number.value) for number in numbers)

    def Context(self) -> Context:
        return Context(self)

    def check(self, result: Any) -> Any:
        if result is None or result == -1:
            raise ZMQError(self.lib.zmq_errno())
        return result


class Context:
    def __init__(self, library: Library) -> None:
        self._library = library
        self._handle = library.lib.zmq_ctx_new()

    def socket(self, socket_type: int) -> Socket:
        return Socket(
            self._library, self._library.check(self._library.lib.zmq_socket(self._handle, socket_type))
        )

    def term(self) -> None:
        self._library.lib.zmq_ctx_term(self._handle)


class Socket:
    def __init__(self, library: Library, handle: Any) -> None:
        self._library = library
        self._lib = library.lib
        self._check = library.check
        self._handle = handle

    def close(self, linger: int) -> None:
        self.set(LINGER, linger)
        self._lib.zmq_close(self._handle)

    def set(self, option: int, value: Any) -> None:
        data = value if isinstance(value, bytes) else int(value).to_bytes(4, sys.byteorder, signed=True)
        self._check(self._lib.zmq_setsockopt(self._handle, option, data, len(data)))

    def get(self, option: int) -> Any:
        room = ctypes.create_string_buffer(512)
        size = ctypes.c_size_t(512 if option in _BYTES else 4)
        self._check(self._lib.zmq_getsockopt(self._handle, option, room, ctypes.byref(size)))
        if option in _BYTES:
            return room.raw[: size.value].rstrip(b"\0")
        return int.from_bytes(room.raw[: size.value], sys.byteorder, signed=True)

    def bind(self, endpoint: str) -> None:
        self._check(self._lib.zmq_bind(self._handle, endpoint.encode()))

    def connect(self, endpoint: str) -> None:
        self._check(self._lib.zmq_connect(self._handle, endpoint.encode()))

    def send(self, data: bytes, flags: int = 0) -> None:
        self._check(self._lib.zmq_send(self._handle, data, len(data), flags))

    def recv(self) -> bytes:
        room = ctypes.create_string_buffer(2_000_000)
        size = self._check(self._lib.zmq_recv(self._handle, room, len(room), 0))
        return room.raw[:size]

    def send_multipart(self, parts: list[bytes]) -> None:
        for part in parts[:-1]:
            self.send(part, SNDMORE)
        self.send(parts[-1])

    def recv_multipart(self) -> list[bytes]:
        parts = [self.recv()]
        while self.get(RCVMORE):
            parts.append(self.recv())
        return parts


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "interop"))
    from peer import Peer, serve

    library = Library()
    print(json.dumps({"value": library.zmq_version()}), flush=True)
    serve(Peer(library))


if __name__ == "__main__":
    main()
