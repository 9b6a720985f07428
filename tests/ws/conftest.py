"""Sockets over WebSocket, and a WebSocket client that knows nothing of ZeroMQ."""

from __future__ import annotations

import socket as os_socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import PATIENCE_S

READY = b"\x02\x05READY\x0bSocket-Type\0\0\0"


@pytest.fixture(autouse=True)
def _clean(leaves_nothing_behind: None) -> None:
    pass


class Client:
    """A client by wsproto: what it sends and understands is WebSocket by the book."""

    def __init__(self, port: int, protocols: list[str], wrap: Any, path: str, headers: Any) -> None:
        from wsproto import ConnectionType, WSConnection
        from wsproto.events import Request

        self.sock = os_socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.sock.settimeout(PATIENCE_S)
        if wrap is not None:
            self.sock = wrap(self.sock)
        self._ws = WSConnection(ConnectionType.CLIENT)
        self._events: list[Any] = []
        request = Request(host="127.0.0.1", target=path, subprotocols=protocols, extra_headers=headers)
        self.sock.sendall(self._ws.send(request))
        self.accepted = self.next_event()

    def next_event(self) -> Any:
        while not self._events:
            data = self.sock.recv(65536)
            self._ws.receive_data(data or None)
            self._events.extend(self._ws.events())
        return self._events.pop(0)

    def send(self, event: Any) -> None:
        self.sock.sendall(self._ws.send(event))

    def send_frame(self, payload: bytes) -> None:
        from wsproto.events import BytesMessage

        self.send(BytesMessage(data=payload))

    def frame(self) -> bytes:
        """The payload of the next message, whole."""
        payload = b""
        while True:
            event = self.next_event()
            payload += bytes(event.data)
            if event.message_finished:
                return payload

    def shake_hands(self, socket_type: str) -> bytes:
        """NULL's handshake; returns the peer's READY."""
        name = socket_type.encode()
        self.send_frame(READY + bytes((0, len(name)))[1:] + name)
        return self.frame()


@pytest.fixture
def dial() -> Iterator[Callable[..., Client]]:
    """``dial(socket, protocols)``: a client of a bound socket."""
    clients: list[Client] = []

    def begin(
        socket: Any, protocols: list[str], wrap: Any = None, path: str = "/", headers: Any = ()
    ) -> Client:
        port = int(socket.last_endpoint.split(b"/")[2].rpartition(b":")[2])
        clients.append(Client(port, protocols, wrap, path, list(headers)))
        return clients[-1]

    yield begin
    for client in clients:
        client.sock.close()


@pytest.fixture
def everybody_may_in(new_socket: Callable[..., Any], in_thread: Callable[..., Any]) -> Iterator[None]:
    """A ZAP handler that says yes."""
    import purezmq as zmq

    handler = new_socket(zmq.REP)
    handler.bind("inproc://zeromq.zap.01")
    is_over = threading.Event()

    def serve() -> None:
        while not is_over.is_set():
            if handler.poll(20):
                request = handler.recv_multipart()
                handler.send_multipart([b"1.0", request[1], b"200", b"OK", b"", b""])

    thread = in_thread(serve)
    yield
    is_over.set()
    thread.result()
