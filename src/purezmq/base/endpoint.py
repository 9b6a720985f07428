"""Endpoints: ``tcp://host:port``, ``ipc://path``, ``inproc://name`` and others, checked and taken apart.

libzmq reads port texts like atoi, so ``tcp://*:70000`` binds port 4464 and ``tcp://*:5555x`` port 5555, and
most other mistakes end in "Invalid argument". Here a text that cannot mean what it says is refused, with
libzmq's error number and a message that tells what was expected and, where one can guess, what was meant.

Nothing is looked up here: whether a host or interface exists is for the transports to find out.
"""

from __future__ import annotations

import errno
import sys

from ..constants import Errno
from ..error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

# The room for the path in the operating system's socket address, less the NUL that ends it.
_LONGEST_PATH = 4095  # of a file; Linux's PATH_MAX, less the NUL
IPC_PATH_MAX_LEN = 107 if sys.platform in ("linux", "win32") else 103

INPROC_NAME_MAX_LEN = 256  # libzmq's documented limit

_TRANSPORTS_TO_COME = ("norm", "vmci")

_PORT_MAX = 65535
_NAME_MAX_LEN = 255  # of a host name in DNS; interface names are far shorter

# Letters, digits and what host and interface names have besides them (eth0.100, br-lan, veth1@if2, my_host).
# (Regular expressions would be shorter, but ``re`` takes longer to import than all that an endpoint needs.)
_FIRST_OF_HOST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_IN_HOST = _FIRST_OF_HOST | frozenset(".@-")


class Endpoint:
    """One endpoint, taken apart. Fields that the transport does not have are empty (``port``: None)."""

    __slots__ = (
        "address",
        "groups",
        "host",
        "interface",
        "name",
        "path",
        "port",
        "scheme",
        "send_group",
        "source_host",
        "source_port",
    )

    scheme: str
    address: str  # everything after "://", as the user wrote it
    host: str  # tcp: name, number or "*"; IPv6 without its brackets
    port: int | None  # tcp: 0 is any free port; vsock: None is
    source_host: str  # tcp connect: the local address to call from, "" for any
    source_port: int
    path: str  # ipc: file, "@name" (abstract namespace), or "*" (a fresh file); ws: from the first / on
    name: str  # inproc
    interface: str  # udp: a name or an address of ours; pgm, epgm: a network too; "" for the system's choice
    groups: tuple[str, ...]  # pgm, epgm: what to receive
    send_group: str  # pgm, epgm: where to send to, "" for the first group

    def __init__(
        self,
        scheme: str,
        address: str,
        host: str = "",
        port: int | None = None,
        source_host: str = "",
        source_port: int = 0,
        path: str = "",
        name: str = "",
        interface: str = "",
        groups: tuple[str, ...] = (),
        send_group: str = "",
    ) -> None:
        assign = object.__setattr__
        assign(self, "scheme", scheme)
        assign(self, "address", address)
        assign(self, "host", host)
        assign(self, "port", port)
        assign(self, "source_host", source_host)
        assign(self, "source_port", source_port)
        assign(self, "path", path)
        assign(self, "name", name)
        assign(self, "interface", interface)
        assign(self, "groups", groups)
        assign(self, "send_group", send_group)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an endpoint does not change")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Endpoint):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Endpoint({self.text!r})"

    @property
    def text(self) -> str:
        """The endpoint as the user wrote it: what LAST_ENDPOINT shows after a connect."""
        return f"{self.scheme}://{self.address}"

    def __str__(self) -> str:
        return canonical(self)


def parse_endpoint(text: str | bytes, *, for_bind: bool) -> Endpoint:
    """Check an endpoint and take it apart.

    Raises ZMQError: EINVAL (malformed), EPROTONOSUPPORT (no such transport here) or ENAMETOOLONG.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    elif not isinstance(text, str):
        raise TypeError(f"Expected addr to be str, got addr={text!r}")
    scheme, separator, address = text.partition("://")
    if not separator or not scheme:
        refuse(text, _without_scheme(text))
    if "\0" in address:
        refuse(text, "an endpoint cannot have a NUL character in it")
    if scheme not in _PARSERS:
        refuse(text, _unknown_scheme(scheme), Errno.EPROTONOSUPPORT)
    if not address:
        refuse(text, f"nothing after {scheme}://; expected {_EXAMPLES[scheme]}")
    return _PARSERS[scheme](text, address, for_bind)


def tcp_endpoint(host: str, port: int) -> Endpoint:
    """The endpoint of a numeric address, as the operating system reports it."""
    address = f"{_bracketed(host)}:{port}"
    return Endpoint("tcp", address, host=host, port=port)


def canonical(endpoint: Endpoint) -> str:
    """One spelling per endpoint: ``tcp://127.0.0.1:5555``, ``tcp://[::1]:5555``, ``ipc:///tmp/x``, ``inproc://x``."""
    if not endpoint.host or endpoint.port is None:
        return endpoint.text
    target = f"{_bracketed(endpoint.host)}:{endpoint.port}"
    if endpoint.source_host:
        target = f"{_bracketed(endpoint.source_host)}:{endpoint.source_port};{target}"
    return f"{endpoint.scheme}://{target}{endpoint.path}"


# --- scheme ----------------------------------------------------------------------------------------------

_EXAMPLES = {
    "epgm": "epgm://interface;group:port, such as epgm://eth0;239.192.1.1:5555",
    "pgm": "pgm://interface;group:port, such as pgm://eth0;239.192.1.1:5555",
    "tcp": "tcp://host:port, such as tcp://127.0.0.1:5555",
    "ipc": "ipc://path, such as ipc:///tmp/feed.ipc",
    "inproc": "inproc://name, such as inproc://workers",
    "tls+tcp": "tls+tcp://host:port, such as tls+tcp://example.com:5555",
    "ws": "ws://host:port/path, such as ws://127.0.0.1:5555/feed",
    "wss": "wss://host:port/path, such as wss://example.com:443/feed",
    "tipc": "tipc://{type,lower,upper}, such as tipc://{5555,0,0}",
    "vsock": "vsock://cid:port, such as vsock://2:5555",
    "udp": "udp://host:port or udp://interface;group:port, such as udp://239.0.0.1:5555",
}


def refuse(text: str, why: str, number: int = errno.EINVAL) -> NoReturn:
    # pyzmq ends the messages of failed binds and connects the same way.
    raise ZMQError(number, f"{why} (addr={text!r})")


def _without_scheme(text: str) -> str:
    """Why a text without ``scheme://`` is none, with a guess at what it should be."""
    expected = "no transport; expected transport://address"
    # One or two characters of "://" are there.
    scheme = text[: len(text) - len(text.lstrip("abcdefghijklmnopqrstuvwxyz"))]
    for separator in (":/", "//", ":", "/"):
        rest = text.removeprefix(scheme + separator)
        if scheme in _PARSERS and rest != text and rest and rest[0] not in "/:":
            return f"{expected}, did you mean {scheme}://{rest}?"
    if text.startswith(("/", "@")) and not text.startswith("//"):
        return f"{expected}, did you mean ipc://{text}?"
    host, colon, port = text.rpartition(":")
    is_host = host and not any(character == "/" or character.isspace() for character in host)
    if colon and is_host and port and all(character.isdecimal() or character == "*" for character in port):
        return f"{expected}, did you mean tcp://{text}?"
    return f"{expected}, such as tcp://127.0.0.1:5555"


def _unknown_scheme(scheme: str) -> str:
    if scheme in _TRANSPORTS_TO_COME:
        return f"{scheme}:// is not available in this version of purezmq; it has {_all_transports()}"
    import difflib  # needed for this message only

    wrong = scheme.strip().lower()
    found = difflib.get_close_matches(wrong, ("tcp", "ipc", "inproc"), n=1) or difflib.get_close_matches(
        wrong, _PARSERS, n=1
    )
    guess = f"did you mean {found[0]}://? " if found else ""
    return f"unknown transport {scheme!r}; {guess}the transports are {_all_transports()}"


def _all_transports() -> str:
    *names, last = (f"{name}://" for name in _PARSERS)
    return f"{', '.join(names)} and {last}"


# --- ipc and inproc --------------------------------------------------------------------------------------


def _parse_ipc(text: str, path: str, for_bind: bool) -> Endpoint:
    if path == "@":
        refuse(text, "no name after the @ of the abstract namespace; expected ipc://@name")
    if path == "*" and not for_bind:
        refuse(
            text,
            "ipc://* makes a fresh path, so it works in bind only; connect to the binder's LAST_ENDPOINT",
        )
    # Longer paths of files may be reached through their directory: transports/ipc.py.
    limit = IPC_PATH_MAX_LEN if path.startswith("@") or sys.platform != "linux" else _LONGEST_PATH
    size = len(path.encode("utf-8", "surrogateescape"))
    if size > limit:
        why = f"the ipc path has {size} bytes, the system allows {limit}; use a shorter one"
        refuse(text, why, errno.ENAMETOOLONG)
    if "\0" in path:
        refuse(text, "the ipc path has a NUL in it")
    return Endpoint("ipc", path, path=path)


def _parse_inproc(text: str, name: str, for_bind: bool) -> Endpoint:
    if len(name) > INPROC_NAME_MAX_LEN:
        why = f"the inproc name has {len(name)} characters, {INPROC_NAME_MAX_LEN} are allowed"
        refuse(text, why, errno.ENAMETOOLONG)
    return Endpoint("inproc", name, name=name)


# --- tcp -------------------------------------------------------------------------------------------------


def _parse_tcp(text: str, address: str, for_bind: bool) -> Endpoint:
    # Also for the transports that run over tcp: they differ in their scheme only.
    return _parse_host_and_port(text, address, "", for_bind)


def _parse_websocket(text: str, address: str, for_bind: bool) -> Endpoint:
    target, slash, rest = address.partition("/")
    wrong = next((character for character in rest if not "!" <= character <= "~" or character == "#"), None)
    if wrong is not None:
        refuse(text, f"{wrong!r} cannot be in the path of a WebSocket; write it as %{ord(wrong):02X}")
    found = _parse_host_and_port(text, target, slash + rest, for_bind)
    source = (found.source_host, found.source_port)
    return Endpoint(found.scheme, address, found.host, found.port, *source, path=f"/{rest}")


def _parse_host_and_port(text: str, address: str, after: str, for_bind: bool) -> Endpoint:
    scheme = text.partition("://")[0]
    source, semicolon, target = address.rpartition(";")
    if not semicolon:
        host, port = _TcpText(f"{scheme}://", target, after, for_bind).parse()
        return Endpoint(scheme, address, host=host, port=port)
    if not source or not target:
        refuse(text, f"a ; stands between two addresses, as in {scheme}://source:0;host:5555")
    if for_bind:
        refuse(
            text,
            f"a source address (before the ;) is for connect only; did you mean {scheme}://{target}{after}?",
        )
    host, port = _TcpText(f"{scheme}://{source};", target, after, for_bind=False).parse()
    # The source is an address of our own, so it is read like one to bind: * and port 0 leave the choice open.
    source_host, source_port = _TcpText(
        f"{scheme}://", source, f";{target}{after}", for_bind=True, of="source "
    ).parse()
    return Endpoint(scheme, address, host=host, port=port, source_host=source_host, source_port=source_port)


class _TcpText:
    """One ``host:port`` inside an endpoint, while it is being read."""

    __slots__ = ("after", "before", "for_bind", "of", "part")

    def __init__(self, before: str, part: str, after: str, for_bind: bool, of: str = "") -> None:
        self.before = before  # the rest of the endpoint, for messages
        self.part = part  # what we read
        self.after = after
        self.for_bind = for_bind
        self.of = of  # "source " when part is the local half of a connect

    def parse(self) -> tuple[str, int]:
        host, port_text = self._split()
        if not host:
            example = "*" if self.for_bind else "127.0.0.1"
            self._refuse(f"no {self.of}host", host=example, port=port_text)
        if host == "*" and not self.for_bind:
            why = "* means every interface of this machine, so it works in bind only; name the peer's host"
            self._refuse(why, host="127.0.0.1", port=port_text)
        return host, self._port(host, port_text)

    def _split(self) -> tuple[str, str]:
        """Host (without brackets) and port text."""
        if self.part.startswith("["):
            host, bracket, rest = self.part[1:].partition("]")
            if not bracket:
                self._refuse(f"the [ of an IPv6 address needs a ] after it, as in {self._scheme}[::1]:5555")
            if host != "*" and not _is_ipv6(host):
                bare = "" if ":" in host else host
                self._refuse(
                    f"{host!r} is not an IPv6 address; only those go in brackets", host=bare, port=rest[1:]
                )
            if not rest.startswith(":"):
                self._without_port(f"[{host}]")
            return host, rest[1:]
        host, colon, port_text = self.part.rpartition(":")
        if not colon:
            self._without_port(self.part)
        if ":" in host:
            self._check_bare_ipv6(host)
        elif host and host != "*":
            self._check_host(host)
        return host, port_text

    def _check_bare_ipv6(self, host: str) -> None:
        # libzmq takes IPv6 without brackets too, whatever is before the last colon being the address.
        if _is_ipv6(host):
            return
        if _is_ipv6(self.part):
            self._refuse("no port, and IPv6 addresses go in brackets", host=f"[{self.part}]", port="5555")
        self._refuse(
            f"more than one ':' in it; expected host:port, and IPv6 in brackets as in {self._scheme}[::1]:5555"
        )

    def _check_host(self, host: str) -> None:
        if host[0] not in _FIRST_OF_HOST or not _IN_HOST.issuperset(host):
            if not host.isascii():
                self._refuse(f"the {self.of}host {host!r} is not ASCII; write such names in their xn-- form")
            wrong = next((character for character in host if character not in _IN_HOST), host[0])
            self._refuse(f"{wrong!r} cannot be in a {self.of}host name; expected {self._scheme}host:port")
        if len(host) > _NAME_MAX_LEN:
            self._refuse(f"the {self.of}host name has {len(host)} characters, {_NAME_MAX_LEN} are possible")
        for number in _four_numbers(host):
            if len(number) > 3 or int(number) > 255:
                self._refuse(f"{host} is not an IPv4 address: {number[:9]} is above 255")

    def _without_port(self, host: str) -> NoReturn:
        """Say that the port is missing; a dot where the colon belongs is the usual reason."""
        head, _, tail = host.rpartition(".")
        looks_like_port = tail.isascii() and tail.isdigit() and 0 < int(tail[:6]) <= _PORT_MAX
        head_is_whole = head == "*" or bool(_four_numbers(head)) or not head[-1:].isdigit()
        if head and looks_like_port and (head_is_whole or len(tail) > 3):
            self._refuse(f"no {self.of}port", host=head, port=tail)
        if not head and looks_like_port:
            self._refuse(f"no {self.of}host", host="*" if self.for_bind else "127.0.0.1", port=tail)
        self._refuse(f"no {self.of}port", host=host.rstrip("."), port="0" if self.of else "5555")

    def _port(self, host: str, port_text: str) -> int:
        if not port_text:
            self._without_port(_bracketed(host))
        if port_text == "*" and self.for_bind:
            return 0
        if port_text == "*":
            self._refuse("port * means any free port, so it works in bind only; give the peer's port")
        if not (port_text.isascii() and port_text.isdigit()):
            why = f"the {self.of}port {port_text!r} is not a number"
            found = port_text.lstrip(" \t\n\r\f\v")
            digits = found[: len(found) - len(found.lstrip("0123456789"))]
            if digits and digits[0] != "0" and len(digits) <= 5 and int(digits) <= _PORT_MAX:
                self._refuse(why, host=_bracketed(host), port=digits)
            self._refuse(f"{why} from 1 to {_PORT_MAX}")
        significant = port_text.lstrip("0")
        if len(significant) > 5 or int(significant or "0") > _PORT_MAX:
            self._refuse(f"{self.of}port {port_text[:20]} is above {_PORT_MAX}")
        port = int(significant or "0")
        if port == 0 and not self.for_bind:
            self._refuse("port 0 means any free port, so it works in bind only; give the peer's port")
        return port

    @property
    def _scheme(self) -> str:
        return self.before[: self.before.index("://") + 3]

    def _refuse(self, why: str, host: str = "", port: str = "") -> NoReturn:
        """Refuse the endpoint; with a host, suggest the endpoint that has it in place of this part."""
        if host:
            why = f"{why}; did you mean {self.before}{host}:{port or '5555'}{self.after}?"
        refuse(f"{self.before}{self.part}{self.after}", why)


def tcp_text(before: str, part: str, for_bind: bool) -> tuple[str, int]:
    """Host and port of the ``host:port`` that follows ``before`` in an endpoint. Raises ZMQError (EINVAL)."""
    return _TcpText(before, part, "", for_bind).parse()


def _parse_udp(text: str, address: str, for_bind: bool) -> Endpoint:
    from . import udp_endpoint  # few programs use it

    return udp_endpoint.parse(text, address, for_bind)


def _parse_multicast(text: str, address: str, for_bind: bool) -> Endpoint:
    from . import multicast_endpoint  # few programs use multicast

    return multicast_endpoint.parse(text, address, for_bind)


def _parse_tipc(text: str, address: str, for_bind: bool) -> Endpoint:
    from . import kernel_endpoint

    return kernel_endpoint.parse_tipc(text, address, for_bind)


def _parse_vsock(text: str, address: str, for_bind: bool) -> Endpoint:
    from . import kernel_endpoint

    return kernel_endpoint.parse_vsock(text, address, for_bind)


_PARSERS: dict[str, Callable[[str, str, bool], Endpoint]] = {
    "tcp": _parse_tcp,
    "ipc": _parse_ipc,
    "inproc": _parse_inproc,
    "tls+tcp": _parse_tcp,
    "ws": _parse_websocket,
    "wss": _parse_websocket,
    "tipc": _parse_tipc,
    "udp": _parse_udp,
    "epgm": _parse_multicast,
    "pgm": _parse_multicast,
    "vsock": _parse_vsock,
}


def _four_numbers(host: str) -> list[str]:
    """The numbers of ``1.2.3.4``, whatever their size; nothing of anything else."""
    numbers = host.split(".")
    return numbers if len(numbers) == 4 and all(n.isascii() and n.isdigit() for n in numbers) else []


def _is_ipv6(host: str) -> bool:
    """True for an IPv6 number, with or without a %zone."""
    import ipaddress  # 5 ms to import, and few programs write IPv6 numbers

    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
