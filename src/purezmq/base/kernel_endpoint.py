"""``vsock://cid:port`` and ``tipc://{type,lower,upper}``: endpoints of the kernel's own kinds of streams."""

from __future__ import annotations

import re

from .endpoint import Endpoint, refuse

_CID = r"\*|@|\d{1,10}"
_CID_LOCAL = 1  # this machine (VMADDR_CID_LOCAL)
_NUMBER_MAX = 2**32 - 1

_NAMES = r"\{\s*(\d+)\s*,\s*(\d+)\s*(?:,\s*(\d+)\s*)?\}(?:@(\d+)\.(\d+)\.(\d+))?"
_PORT_ID = r"<(\d+)\.(\d+)\.(\d+):(\d+)>"


def parse_vsock(text: str, address: str, for_bind: bool) -> Endpoint:
    """``host`` is the context id in digits, or "*" (bind: any). Raises ZMQError (EINVAL)."""
    cid, colon, port = address.rpartition(":")
    if not colon or not re.fullmatch(_CID, cid, re.ASCII) or not re.fullmatch(r"\*|\d{1,10}", port, re.ASCII):
        refuse(text, "expected vsock://cid:port, such as vsock://2:5555; @ as cid is this machine")
    if not for_bind and "*" in (cid, port):
        refuse(text, "* leaves the choice open, so it works in bind only; give the peer's cid and port")
    number = 0 if port == "*" else int(port)
    if number > _NUMBER_MAX or (cid.isdigit() and int(cid) > _NUMBER_MAX):
        refuse(text, f"cid and port are numbers up to {_NUMBER_MAX}")
    host = str(_CID_LOCAL) if cid == "@" else cid
    return Endpoint("vsock", address, host=host, port=number if port != "*" else None)


def parse_tipc(text: str, address: str, for_bind: bool) -> Endpoint:
    """``name`` is the address. Raises ZMQError (EINVAL)."""
    if address == "<*>":
        if not for_bind:
            refuse(text, "<*> is any free address, so it works in bind only")
        return Endpoint("tipc", address, name=address)
    names, port_id = re.fullmatch(_NAMES, address, re.ASCII), re.fullmatch(_PORT_ID, address, re.ASCII)
    if port_id and for_bind:
        refuse(
            text, "<z.c.n:ref> is given by the system: bind to <*> or to a name, such as tipc://{5555,0,0}"
        )
    if names and (names[4] or names[3] is None) and for_bind:
        refuse(text, "expected tipc://{type,lower,upper} in bind")
    if names and names[3] is not None and not for_bind:
        refuse(text, "expected tipc://{type,instance} in connect, with @z.c.n behind it for one domain")
    if not names and not port_id:
        refuse(
            text,
            "expected tipc://{type,lower,upper} in bind, tipc://{type,instance} or <z.c.n:ref> in connect",
        )
    if any(number and int(number) > _NUMBER_MAX for number in (names or port_id).groups()):  # type: ignore[union-attr]
        refuse(text, f"the numbers go up to {_NUMBER_MAX}")
    return Endpoint("tipc", address, name=address)


def tipc_numbers(name: str) -> tuple[int, ...]:
    """The numbers of a tipc address, in order; z.c.n is one, as the system has it."""
    numbers = [int(number) for number in re.findall(r"\d+", name)]
    if "." not in name:
        return tuple(numbers)
    start = 0 if name.startswith("<") else len(numbers) - 3
    zone, cluster, node = numbers[start : start + 3]
    numbers[start : start + 3] = [zone << 24 | cluster << 12 | node]
    return tuple(numbers)
