"""Who listens on a port or ipc path of this machine, as far as /proc tells; nothing at all on systems without it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

PROC = "/proc"
LISTEN = "0A"  # TCP_LISTEN in /proc/net/tcp
ACCEPTS = 0x10000  # SO_ACCEPTCON in /proc/net/unix


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket of this machine."""

    address: str
    inode: str

    def describe(self, within_s: float = float("inf")) -> str:
        """The address, and the process if we may see it and find it in time."""
        process = process_holding(self.inode, within_s)
        return f"{self.address} ({process or 'a process that we may not see'})"


def tcp_listeners(port: int) -> list[Listener]:
    """Everything on this machine that listens on this port, whatever the address."""
    found = []
    for name in ("tcp", "tcp6"):
        for line in _lines(f"{PROC}/net/{name}"):
            fields = line.split()
            host, _, port_hex = fields[1].rpartition(":")
            if fields[3] == LISTEN and int(port_hex, 16) == port:
                found.append(Listener(f"{_host(host)}:{port}", fields[9]))
    return found


def ipc_listeners(path: str) -> list[Listener]:
    """Everything that listens on this path; ``@name`` for the abstract namespace."""
    found = []
    for line in _lines(f"{PROC}/net/unix"):
        fields = line.rstrip("\n").split(None, 7)
        if len(fields) == 8 and fields[7] == path and int(fields[3], 16) & ACCEPTS:
            found.append(Listener(path, fields[6]))
    return found


def process_holding(inode: str, within_s: float = float("inf")) -> str:
    """'pid 123, python server.py' for the process that has this socket open; '' if we cannot see it."""
    wanted = f"socket:[{inode}]"
    give_up_at = time.monotonic() + within_s
    own = str(os.getpid())
    # Most often it is this very process, and looking there first costs nothing.
    for pid in [own, *sorted(filter(str.isdigit, _names(PROC)), key=int, reverse=True)]:
        if any(_link(f"{PROC}/{pid}/fd/{fd}") == wanted for fd in _names(f"{PROC}/{pid}/fd")):
            return f"pid {pid}, {_command_of(pid)}" if pid != own else f"this process, pid {pid}"
        if time.monotonic() > give_up_at:
            break
    return ""


def _command_of(pid: str) -> str:
    try:
        with open(f"{PROC}/{pid}/cmdline", "rb") as file:
            words = file.read(300).rstrip(b"\0").split(b"\0")
    except OSError:
        return "which has just ended"
    return b" ".join(words).decode(errors="replace")


def _host(text: str) -> str:
    """An address of /proc/net/tcp: hex, each 32-bit word in this machine's byte order."""
    import ipaddress
    import sys

    words = [bytes.fromhex(text[n : n + 8]) for n in range(0, len(text), 8)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    address = ipaddress.ip_address(b"".join(words))
    return f"[{address}]" if address.version == 6 else str(address)


def _lines(path: str) -> Iterator[str]:
    try:
        with open(path, errors="replace") as file:
            next(file, None)  # the heading
            yield from file
    except OSError:
        return


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
