"""pgm and epgm at work: what an endpoint of each direction has in common, and how it is opened."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import SecurityMechanism
from ..pgm.settings import Settings
from ..transports.pgm import Network
from .handler import Handler
from .selector import READABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..base.endpoint import Endpoint
    from ..base.options import SocketOptions
    from ..unpatched import socket as os_socket
    from .line import Line
    from .pump import Pump

# One turn handles at most so many packets: the socket has others to serve, and its lock is held meanwhile.
MOST_PACKETS = 64

_LARGEST_DATAGRAM = 65535  # whatever MULTICAST_MAXTPDU says here: the other side has its own

_PUBLISHERS = (SocketType.PUB, SocketType.XPUB)
_SUBSCRIBERS = (SocketType.SUB, SocketType.XSUB)


def open_line(pump: Pump, endpoint: Endpoint, options: SocketOptions, for_bind: bool) -> Line:
    """Open an endpoint; bind and connect do the same. Raises ZMQError."""
    core = pump.core
    if core.socket_type not in _PUBLISHERS and core.socket_type not in _SUBSCRIBERS:
        raise error_for(
            Errno.ENOCOMPATPROTO,
            f"The protocol is not compatible with the socket type: {endpoint.scheme} is for PUB, SUB, XPUB and XSUB, "
            f"and this is a {core.type_name}",
        )
    if options.mechanism != SecurityMechanism.NULL or core.judge is not None:
        raise error_for(
            errno.EINVAL,
            f"{endpoint.scheme} has no handshake, so nobody can be authenticated and nothing encrypted: use a socket "
            "without PLAIN, CURVE, GSSAPI and auth for it",
        )
    network = Network(endpoint, options)
    assert endpoint.port is not None
    settings = Settings(
        port=endpoint.port,
        nla=network.local.packed,
        group=network.pack(network.send_group),
        header_size=network.header_size,
        max_tpdu=options.multicast_maxtpdu,
        rate_kbit_s=options.rate,
        recovery_ivl_ms=options.recovery_ivl,
        max_msg_size=options.maxmsgsize,
    )
    if core.socket_type in _PUBLISHERS:
        from .pgm_publishing import PublishingLine

        settings.check_sender()
        return PublishingLine(pump, endpoint.text, for_bind, network, settings)
    from .pgm_subscribing import SubscribingLine

    settings.check_receiver()
    return SubscribingLine(pump, endpoint.text, for_bind, network, settings)


class Ear(Handler):
    """A receiving socket. ``heard(ear, now)`` is called when there is something to read."""

    __slots__ = ("_broken", "_heard", "_network", "group", "sock")

    def __init__(
        self,
        pump: Pump,
        sock: os_socket.socket,
        network: Network,
        group: bytes,
        heard: Callable[[Ear, float], None],
        broken: Callable[[BaseException], None],
    ) -> None:
        super().__init__(pump)
        self.sock = sock
        self.fd = sock.fileno()
        self.group = group  # whose packets come here; empty: those for our own address
        self._network = network
        self._heard = heard
        self._broken = broken

    def on_events(self, mask: int, now: float) -> None:
        self._heard(self, now)

    def broken(self, error: BaseException) -> None:
        self._broken(error)

    def listen(self, wanted: bool = True) -> None:
        """Ask to be told of packets, or not to be."""
        self.watch(READABLE if wanted else 0)

    def next_packet(self) -> tuple[bytes, str] | None:
        """A packet and the address that it came from; None if there is no other."""
        try:
            data, address = self.sock.recvfrom(_LARGEST_DATAGRAM)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            if error.errno is None:  # not the system's: the TimeoutError of somebody's signal handler
                raise
            return b"", ""  # an error that the network reported; the packet counts as damaged
        return self._network.payload(data), str(address[0])

    def close(self) -> None:
        """Close the socket."""
        self.is_open = False
        self.pump.forget(self)
        self.sock.close()
        self._heard, self._broken = (
            _nothing_heard,
            _nothing_broken,
        )  # those were methods of our owner: no cycle


def _nothing_heard(ear: Ear, now: float) -> None:
    """A closed socket hears nothing."""


def _nothing_broken(error: BaseException) -> None:
    """And has nothing to give up."""
