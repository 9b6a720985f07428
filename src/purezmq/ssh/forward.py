"""Forwarding a local port through paramiko's connection to an ssh server."""

from __future__ import annotations

import logging
import select
import socketserver
from typing import Any

__all__ = ["forward_tunnel"]

_log = logging.getLogger("purezmq")
_CHUNK = 64 * 1024


class ForwardServer(socketserver.ThreadingTCPServer):
    """Listens at the local port; a thread for each connection."""

    daemon_threads = True
    allow_reuse_address = True


class Handler(socketserver.BaseRequestHandler):
    """Carries one connection. Subclasses say where to."""

    ssh_transport: Any
    chain_host: str
    chain_port: int

    def handle(self) -> None:
        """Until one side closes."""
        target = (self.chain_host, self.chain_port)
        try:
            channel = self.ssh_transport.open_channel("direct-tcpip", target, self.request.getpeername())
        except Exception as error:
            _log.warning("ssh tunnel: the server does not connect to %s:%d: %s", *target, error)
            return
        try:
            _carry(self.request, channel)
        finally:
            channel.close()
            self.request.close()


def _carry(one: Any, other: Any) -> None:
    """Copy what each says to the other, until one of them has finished."""
    while True:
        ready, _, _ = select.select([one, other], [], [])
        for source, target in ((one, other), (other, one)):
            if source in ready:
                data = source.recv(_CHUNK)
                if not data:
                    return
                target.sendall(data)


def forward_tunnel(local_port: int, remote_host: str, remote_port: int, transport: Any) -> None:
    """Forward connections to ``local_port`` of this machine's loopback interface, for ever."""

    class ToThere(Handler):
        chain_host = remote_host
        chain_port = remote_port
        ssh_transport = transport

    with ForwardServer(("127.0.0.1", local_port), ToThere) as server:
        server.serve_forever()
