"""``doctor --bind``: would a bind work here, and if not, who is in the way."""

from __future__ import annotations

import errno
import os
import socket
from time import monotonic

import purezmq as zmq
from purezmq.base.endpoint import Endpoint

from ...transports.holders import ipc_listeners, tcp_listeners
from ..open_socket import last_endpoint
from .findings import Findings

PROBE_S = 1.0
PRIVILEGED_PORTS = 1024


def check_bind(endpoint: Endpoint, findings: Findings) -> None:
    """Report whether the endpoint is free."""
    if endpoint.scheme == "ipc":
        return _check_ipc(endpoint.path, findings)
    _check_tcp(endpoint, findings)


def _check_tcp(endpoint: Endpoint, findings: Findings) -> None:
    """Bind it for a moment with a real socket: no other check knows all the rules."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        probe = context.socket(zmq.PAIR)
        probe.bind(endpoint.text)
        bound = last_endpoint(probe)
        findings.ok("bind", f"{bound} is free" if endpoint.port else f"the system gives {bound}")
    except zmq.ZMQError as error:
        _explain_tcp(endpoint, error, findings)
    finally:
        context.destroy(linger=0)


def _explain_tcp(endpoint: Endpoint, error: zmq.ZMQError, findings: Findings) -> None:
    port, text = endpoint.port or 0, endpoint.text
    if error.errno == errno.EADDRINUSE:
        listeners = ", ".join(listener.describe() for listener in tcp_listeners(port))
        who = f": {listeners}" if listeners else ""
        findings.wrong(
            "bind", f"{text} is in use{who}", "bind another port, or end the process that holds it"
        )
    elif error.errno in (errno.EADDRNOTAVAIL, errno.ENODEV):
        findings.wrong(
            "bind",
            f"{endpoint.host} is no address or interface of this machine",
            "bind tcp://*:port, 127.0.0.1, or an address that `ip address` shows",
        )
    elif error.errno in (errno.EACCES, errno.EPERM):
        low = 0 < port < PRIVILEGED_PORTS
        advice = (
            f"ports below {PRIVILEGED_PORTS} need privileges; use a higher one"
            if low
            else "a sandbox forbids it"
        )
        findings.wrong("bind", f"{text}: permission denied", advice)
    else:
        findings.wrong("bind", f"{text}: {error}", "check the endpoint")


def _check_ipc(path: str, findings: Findings) -> None:
    """Look only: a bind would replace the file of a server that is alive."""
    if path == "*":
        return findings.ok("bind", "the system chooses a fresh path")
    if _is_answered(path):
        who = ", ".join(listener.describe() for listener in ipc_listeners(path)) or path
        return findings.wrong(
            "bind", f"a server is alive there: {who}", "use another path, or end that process"
        )
    if path.startswith("@"):
        return findings.ok("bind", f"{path} is free")
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        return findings.wrong("bind", f"the directory {folder} does not exist", "create it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        return findings.wrong(
            "bind", f"no permission to create a file in {folder}", "choose a directory of your own"
        )
    if os.path.lexists(path):
        return findings.note("bind", f"{path} exists but nobody listens", "a bind replaces it")
    findings.ok("bind", f"{path} is free")


def _is_answered(path: str) -> bool:
    """True if somebody accepts connections at the path."""
    if not hasattr(socket, "AF_UNIX"):
        return False
    deadline = monotonic() + PROBE_S
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.settimeout(max(0.001, deadline - monotonic()))
        try:
            stream.connect(f"\0{path[1:]}" if path.startswith("@") else path)
        except BlockingIOError:
            return True  # its queue is full, so there is one
        except OSError:
            return False
    return True
