"""``udp://[interface;]host:port``: where a RADIO sends to, and what a DISH or DGRAM is bound to."""

from __future__ import annotations

import errno
from functools import lru_cache

from ..error import error_for
from .endpoint import Endpoint, refuse, tcp_text


def parse(text: str, address: str, for_bind: bool) -> Endpoint:
    """Take the endpoint apart. Raises ZMQError (EINVAL)."""
    import ipaddress  # noqa: F401  (for ``parse_address``: perhaps there is no descriptor left to read it with then)

    interface, semicolon, target = address.rpartition(";")
    if semicolon and (not interface or not target):
        refuse(text, "a ; stands between an interface and an address, as in udp://eth0;239.0.0.1:5555")
    before = f"udp://{interface};" if semicolon else "udp://"
    host, port = tcp_text(before, target, for_bind)
    return Endpoint("udp", address, host=host, port=port, interface=interface.strip("[]"))


@lru_cache(1024)
def parse_address(text: bytes) -> tuple[str, int]:
    """The address in the first part of a DGRAM message, ``ip:port``. Raises ZMQError (EINVAL)."""
    import ipaddress

    host, _, port = text.rstrip(b"\0").decode("utf-8", "replace").rpartition(":")
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        number = -1
    if not 0 < number < 65536:
        raise error_for(
            errno.EINVAL,
            f"{text!r} is not where a datagram can go: the first part of a DGRAM message is an address such as "
            "127.0.0.1:5555 or [::1]:5555",
        )
    return host, number
