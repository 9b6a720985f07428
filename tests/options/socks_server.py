"""A SOCKS5 proxy for tests, with blocking sockets and threads."""

from __future__ import annotations

import contextlib
import socket as os_socket
import struct
import threading


class SocksServer:
    """Accepts connections on a port of its own until it is closed. ``requests`` holds what was asked for."""

    def __init__(self, *, login: tuple[bytes, bytes] | None = None, reply: int = 0) -> None:
        self.login = login  # what it wants to hear, None: nothing
        self.reply = reply  # what it answers to a request; only 0 connects
        self.is_mute = False
        self.names = {"only.the.proxy.knows": "127.0.0.1"}
        self.requests: list[tuple[str, int]] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self._listener = os_socket.create_server(("127.0.0.1", 0))
        self._open: list[os_socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def address(self) -> bytes:
        return b"127.0.0.1:%d" % self._listener.getsockname()[1]

    def close(self) -> None:
        # shutdown() wakes threads that are blocked in the sockets; close() alone does not.
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(os_socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for sock in self._open:
            sock.close()

    def break_connections(self) -> None:
        for sock in self._open[1:]:
            with contextlib.suppress(OSError):
                sock.shutdown(os_socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            self._open.append(client)
            self._run(self._serve, client)

    def _run(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _serve(self, client: os_socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            if self.is_mute:
                _read(client, 10_000)
            target = self._negotiate(client)
            if target is not None:
                self._run(_forward, target, client)
                _forward(client, target)
        with contextlib.suppress(OSError):
            client.shutdown(os_socket.SHUT_RDWR)

    def _negotiate(self, client: os_socket.socket) -> os_socket.socket | None:
        _, count = _read(client, 2)
        methods = _read(client, count)
        if self.login is None:
            client.sendall(b"\5\0")
        elif 2 not in methods:
            client.sendall(b"\5\xff")
            return None
        else:
            client.sendall(b"\5\2")
            name = _read(client, _read(client, 2)[1])
            password = _read(client, _read(client, 1)[0])
            self.logins.append((name, password))
            client.sendall(b"\1\0" if (name, password) == self.login else b"\1\1")
            if (name, password) != self.login:
                return None
        _, _, _, kind = _read(client, 4)
        if kind == 3:
            host = _read(client, _read(client, 1)[0]).decode()
        else:
            family = os_socket.AF_INET if kind == 1 else os_socket.AF_INET6
            host = os_socket.inet_ntop(family, _read(client, 4 if kind == 1 else 16))
        (port,) = struct.unpack("!H", _read(client, 2))
        self.requests.append((host, port))
        reply, target = self.reply, None
        if not reply:
            try:
                target = os_socket.create_connection((self.names.get(host, host), port), 10)
                target.settimeout(None)
                self._open.append(target)
            except ConnectionRefusedError:
                reply = 5
        client.sendall(bytes([5, reply, 0, 1]) + bytes(6))
        return target


def _read(sock: os_socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _forward(source: os_socket.socket, target: os_socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for sock in (source, target):
        with contextlib.suppress(OSError):
            sock.shutdown(os_socket.SHUT_RDWR)
