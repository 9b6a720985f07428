"""Turning the host of a tcp endpoint into addresses, within a deadline."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True, slots=True)
class Address:
    """One address to try."""

    family: int
    where: tuple[str, int]  # with flow and scope for IPv6; the socket module takes it as it is
    host: str

    @property
    def text(self) -> str:
        """'127.0.0.1:5555' or '[::1]:5555'."""
        return f"[{self.host}]:{self.where[1]}" if self.is_ipv6 else f"{self.host}:{self.where[1]}"

    @property
    def is_ipv6(self) -> bool:
        """True for an IPv6 address."""
        return self.family == socket.AF_INET6


class NotResolved(Exception):
    """The name has no address; the text says why."""


def resolve(host: str, port: int, deadline: float) -> list[Address]:
    """The addresses of a host, IPv4 first as a ZeroMQ socket would try them. Raises NotResolved."""
    answer: list[list[Address] | NotResolved] = []

    def look_up() -> None:
        try:
            answer.append(_addresses(host, port))
        except OSError as error:
            answer.append(NotResolved(error.strerror or str(error)))
        except UnicodeError:
            answer.append(NotResolved("it is not a possible host name"))

    # The system's resolver cannot be told a deadline; a daemon thread may be left behind in it.
    thread = threading.Thread(target=look_up, name="purezmq-resolver", daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - monotonic()))
    if not answer:
        raise NotResolved("the name server does not answer")
    if isinstance(answer[0], NotResolved):
        raise answer[0]
    return answer[0]


def _addresses(host: str, port: int) -> list[Address]:
    found = []
    for family, _, _, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if family in (socket.AF_INET, socket.AF_INET6):
            found.append(Address(int(family), where, str(where[0])))  # type: ignore[arg-type]
    return sorted(dict.fromkeys(found), key=lambda address: address.is_ipv6)
