"""Getting a stream to the endpoint, or the reason why there is none."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import stat
from time import monotonic

from purezmq.base.endpoint import Endpoint

from ...transports.holders import ipc_listeners, tcp_listeners
from .addresses import Address, NotResolved, resolve
from .findings import Findings


def reach(endpoint: Endpoint, findings: Findings, deadline: float) -> socket.socket | None:
    """A connected stream, or None after the findings have said why not."""
    if endpoint.scheme == "ipc":
        return _reach_ipc(endpoint.path, findings, deadline)
    return _reach_tcp(endpoint, findings, deadline)


# --- tcp ----------------------------------------------------------------------------------------------------


def _reach_tcp(endpoint: Endpoint, findings: Findings, deadline: float) -> socket.socket | None:
    port = endpoint.port
    assert port is not None  # parse_endpoint does not let a tcp endpoint without a port pass
    try:
        addresses = resolve(endpoint.host, port, deadline)
    except NotResolved as error:
        findings.wrong(
            "resolve", f"{endpoint.host} has no address: {error}", "check the spelling and the name server"
        )
        return None
    if [address.host for address in addresses] != [endpoint.host]:
        findings.ok("resolve", f"{endpoint.host} is {', '.join(address.host for address in addresses)}")
    failures: list[tuple[Address, OSError]] = []
    for address in addresses:
        try:
            stream = _dial(address, endpoint, deadline)
        except OSError as error:
            failures.append((address, error))
            continue
        _reached(address, addresses, findings)
        return stream
    for address, failure in failures:
        _explain_tcp(address, port, failure, findings)
    return None


def _dial(address: Address, endpoint: Endpoint, deadline: float) -> socket.socket:
    stream = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        stream.settimeout(max(0.001, deadline - monotonic()))
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if endpoint.source_host:
            stream.bind((endpoint.source_host.replace("*", ""), endpoint.source_port))
        stream.connect(address.where)
    except BaseException:
        stream.close()
        raise
    return stream


def _reached(address: Address, addresses: list[Address], findings: Findings) -> None:
    findings.ok("connect", f"{address.text} accepts connections")
    if address.is_ipv6:
        why = "refuses" if len(addresses) > 1 and not addresses[0].is_ipv6 else "does not exist"
        findings.note(
            "connect",
            f"only IPv6 works; the IPv4 address {why}",
            "set socket.setsockopt(zmq.IPV6, 1) before connect: ZeroMQ uses IPv4 only unless told otherwise",
        )


def _explain_tcp(address: Address, port: int, error: OSError, findings: Findings) -> None:
    where = address.text
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        findings.silent(
            "connect",
            f"{where} does not answer",
            "check the address, and firewalls that drop packets on the way",
        )
    elif error.errno == errno.ECONNREFUSED:
        findings.wrong(
            "connect",
            f"{where} refuses: nothing listens on port {port} there",
            _refused_advice(address, port),
        )
    elif error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        findings.wrong(
            "connect", f"{where} cannot be reached: {error.strerror}", "check the route and the address"
        )
    elif error.errno in (errno.EACCES, errno.EPERM):
        findings.wrong(
            "connect", f"{where}: {error.strerror}", "a local firewall or sandbox forbids this connection"
        )
    else:
        findings.wrong("connect", f"{where}: {error.strerror or error}", "check the address")


def _refused_advice(address: Address, port: int) -> str:
    if ipaddress.ip_address(address.where[0]).is_loopback:
        elsewhere = tcp_listeners(port)
        if elsewhere:
            listeners = ", ".join(listener.describe() for listener in elsewhere)
            return f"on this machine the port is bound on another address only: {listeners}"
    return "is the server running, did it bind this port, and did its bind succeed?"


# --- ipc ----------------------------------------------------------------------------------------------------


def _reach_ipc(path: str, findings: Findings, deadline: float) -> socket.socket | None:
    if not hasattr(socket, "AF_UNIX"):
        findings.wrong(
            "connect", "this Python has no Unix domain sockets", "use tcp://127.0.0.1:port instead"
        )
        return None
    if not path.startswith("@") and not _look_at_file(path, findings):
        return None
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        stream.settimeout(max(0.001, deadline - monotonic()))
        stream.connect(_unix_address(path))
    except OSError as error:
        stream.close()
        _explain_ipc(path, error, findings)
        return None
    findings.ok("connect", f"{path} accepts connections{_held_by(path)}")
    return stream


def _unix_address(path: str) -> str:
    return f"\0{path[1:]}" if path.startswith("@") else path


def _held_by(path: str) -> str:
    listeners = ipc_listeners(path)
    return f": {listeners[0].describe()}" if listeners else ""


def _look_at_file(path: str, findings: Findings) -> bool:
    """True if there is a socket at the path."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        folder = os.path.dirname(os.path.abspath(path))
        advice = "is the server running, and does it bind the same path?"
        if not os.path.isdir(folder):
            advice = f"the directory {folder} does not exist either; create it before the server binds"
        elif not os.path.isabs(path):
            advice += f" A relative path counts from the working directory, here {os.getcwd()}"
        findings.wrong("file", f"{path} does not exist", advice)
        return False
    except OSError as error:
        findings.wrong(
            "file", f"{path}: {error.strerror}", "check the permissions of the directories above it"
        )
        return False
    if not stat.S_ISSOCK(mode):
        findings.wrong(
            "file", f"{path} exists but is not a socket", "the path belongs to something else; choose another"
        )
        return False
    findings.ok("file", f"{path} is a socket")
    return True


def _explain_ipc(path: str, error: OSError, findings: Findings) -> None:
    if error.errno == errno.ECONNREFUSED:
        what = (
            "nothing is bound to it"
            if path.startswith("@")
            else "it was left behind by a server that is gone"
        )
        findings.wrong(
            "connect", f"{path} refuses: {what}", "start the server; its bind replaces the old file"
        )
    elif error.errno in (errno.EACCES, errno.EPERM):
        findings.wrong(
            "connect",
            f"{path}: {error.strerror}",
            "connecting needs write permission on the socket file; check its owner and mode",
        )
    elif isinstance(error, TimeoutError) or error.errno == errno.EAGAIN:
        findings.silent(
            "connect",
            f"{path} does not accept",
            "its queue of new connections is full: the server is stuck or overloaded",
        )
    else:
        findings.wrong("connect", f"{path}: {error.strerror or error}", "check the path")
