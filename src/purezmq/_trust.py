"""Who may send pickles: peers on this machine, and peers that have authenticated themselves."""

from __future__ import annotations

import ipaddress
import warnings
from typing import TYPE_CHECKING

from .error import UnsafePickleWarning
from .numbers import SecurityMechanism

if TYPE_CHECKING:
    from .drivers.pump import Pump

# Transports whose peers nobody knows: whoever reaches the group is heard.
_MULTICAST = ("udp", "pgm", "epgm", "norm")


def warn_of_strangers(pump: Pump) -> bool:
    """Warn if the socket has a peer whose pickles should not be unpacked. True: it has been said."""
    stranger = stranger_among_peers(pump)
    if stranger is None:
        return False
    warnings.warn(
        f"recv_pyobj() runs whatever code a peer sends, and {stranger} is neither on this machine nor authenticated: "
        "use send_obj() and recv_obj(), or CURVE",
        UnsafePickleWarning,
        stacklevel=5,
    )
    return True


def stranger_among_peers(pump: Pump) -> str | None:
    """The address of a connected peer that could be anybody; None if there is none."""
    if pump.core.options.mechanism != SecurityMechanism.NULL:
        return None
    with pump.lock:
        for line in pump.connectors:
            if line.stream is None and line.text.partition("://")[0] in _MULTICAST:
                return line.text
        for stream in pump.streams:
            address = stream.session.peer_address
            if address and not _is_local(address):
                return address
    return None


def _is_local(address: str) -> bool:
    """False for the address of another machine. What is no address (a file, a name of inproc) is on this one."""
    try:
        return ipaddress.ip_address(address.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return True
