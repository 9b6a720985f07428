"""Endpoints of pgm and epgm: ``epgm://interface;group,group;send-group:port``.

Fields that are left out have defaults: the interface is the one that the route to the group names, the group is
239.192.0.1 (ff08::1 for IPv6), and what is sent goes to the first group. An interface is a name, an address, or the
network that the address is in (10.0.0.0/24, or 10.0.0.0 alone).
"""

from __future__ import annotations

import errno
import ipaddress
import re
from typing import NoReturn

from ..error import ZMQError
from .endpoint import Endpoint

_PORT_MAX = 65535
_NETWORK_MAX_LEN = 255  # libzmq's limit for everything before the port
_GROUPS_MAX = 20  # what the kernel lets a socket join, if nobody has changed it

_FIELD = re.compile(r"[A-Za-z0-9_.:%/\[\]-]*", re.ASCII)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse(text: str, address: str, for_bind: bool) -> Endpoint:
    """Check an endpoint and take it apart. Raises ZMQError (EINVAL)."""
    scheme = text.partition("://")[0]
    network, colon, port_text = address.rpartition(":")
    if not colon or "]" in port_text or ";" in port_text:
        _refuse(text, f"no port; expected {scheme}://interface;group:port")
    if not (port_text.isascii() and port_text.isdigit() and 0 < int(port_text[:6]) <= _PORT_MAX):
        _refuse(text, f"{port_text[:20]!r} is not a port: that is a number from 1 to {_PORT_MAX}")
    if len(network) > _NETWORK_MAX_LEN:
        _refuse(text, f"{len(network)} characters before the port, {_NETWORK_MAX_LEN} are allowed")
    fields = [field.strip() for field in network.split(";")]
    if len(fields) > 3:
        _refuse(text, "too many semicolons; expected interface;receive groups;send group")
    interface, groups_text, send_group = ([*fields, "", ""])[:3]
    if "," in interface:
        _refuse(text, "only one interface is possible, and groups come after a semicolon")
    if len(fields) == 1 and is_multicast(interface):
        interface, groups_text = "", interface
    groups = [group for group in groups_text.split(",") if group]
    if len(groups) > _GROUPS_MAX:
        _refuse(text, f"{len(groups)} groups, {_GROUPS_MAX} are allowed")
    for field in (interface, *groups, send_group):
        if not _FIELD.fullmatch(field):
            _refuse(text, f"{field!r} is neither a name nor an address")
    for group in (*groups, send_group):
        if as_address(group) is not None and not is_multicast(group):
            _refuse(
                text, f"{group} is no multicast address: those are 224.0.0.0 to 239.255.255.255, and ff00::/8"
            )
    return Endpoint(
        scheme,
        address,
        port=int(port_text),
        interface=interface,
        groups=tuple(groups),
        send_group=send_group,
    )


def as_address(text: str) -> Address | None:
    """The number that a text is, with or without brackets and %zone; None for a name."""
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def is_multicast(text: str) -> bool:
    """True for the number of a multicast group."""
    address = as_address(text)
    return address is not None and address.is_multicast


def _refuse(text: str, why: str) -> NoReturn:
    raise ZMQError(errno.EINVAL, f"{why} (addr={text!r})")
