"""Connecting to endpoints that only an ssh server can reach.

    >>> tunnel = tunnel_connection(socket, "tcp://10.0.0.5:5555", "me@gateway")

By default the ``ssh`` command does it, with its configuration, agent and known hosts. ``paramiko=True`` uses paramiko
instead (``pip install paramiko``) and knows only the server, the key file and the password that it is given. Host keys
have to be known in both cases.
"""

from __future__ import annotations

import os
import signal
import socket as os_socket
import sys
from getpass import getpass, getuser
from multiprocessing import Process
from typing import Any

from . import openssh
from .forward import forward_tunnel
from .server import Server

__all__ = ["openssh_tunnel", "paramiko_tunnel", "ssh_tunnel", "try_passwordless_ssh", "tunnel_connection"]

# What paramiko does with unknown host keys: "Reject" (the default here), "Warning" or "AutoAdd". pyzmq's variable.
_POLICY_VARIABLE = "PYZMQ_PARAMIKO_HOST_KEY_POLICY"


def select_random_ports(n: int) -> list[int]:
    """Numbers of ports that are free right now."""
    sockets = [os_socket.socket() for _ in range(n)]
    try:
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def try_passwordless_ssh(server: str, keyfile: str | None, paramiko: bool | None = None) -> bool:
    """Whether a key is enough to log in. Raises ImportError if paramiko is wanted and not there."""
    if paramiko:
        return _try_passwordless_paramiko(server, keyfile)
    return openssh.accepts_without_password(server, keyfile)


def tunnel_connection(
    socket: Any,
    addr: str,
    server: str,
    keyfile: str | None = None,
    password: str | None = None,
    paramiko: bool | None = None,
    timeout: int = 60,
) -> Any:
    """Connect a socket to a tcp endpoint through an ssh server.

    ``addr`` is the endpoint as the server sees it. Returns what ``openssh_tunnel`` or ``paramiko_tunnel`` does.
    """
    url, tunnel = open_tunnel(addr, server, keyfile, password, paramiko, timeout)
    socket.connect(url)
    return tunnel


def open_tunnel(
    addr: str,
    server: str,
    keyfile: str | None = None,
    password: str | None = None,
    paramiko: bool | None = None,
    timeout: int = 60,
) -> tuple[str, Any]:
    """Open a tunnel to an endpoint; the endpoint to connect to instead, and the tunnel."""
    host, port = _host_and_port(addr)
    local_port = select_random_ports(1)[0]
    make = paramiko_tunnel if paramiko else openssh_tunnel
    tunnel: Any = make(local_port, port, server, host, keyfile, password, timeout)
    return f"tcp://127.0.0.1:{local_port}", tunnel


def openssh_tunnel(
    lport: int,
    rport: int,
    server: str,
    remoteip: str = "127.0.0.1",
    keyfile: str | None = None,
    password: str | None = None,
    timeout: int = 60,
) -> int:
    """Forward port ``lport`` of this machine to ``remoteip:rport`` as the server sees it, by the ``ssh`` command.

    Returns the number of the ssh process. It ends with this one, or when it has no connection any more, but not before
    ``timeout`` seconds. Without a password, keys have to be enough. Raises RuntimeError saying what ssh says.
    """
    forward = f"127.0.0.1:{lport}:{remoteip}:{rport}"
    options = ["-S", "none", "-L", forward]
    if password is None and (openssh.accepts_without_password(server, keyfile) or not sys.stdin.isatty()):
        command = openssh.ssh_command(server, keyfile, "-o", "BatchMode=yes", *options)
        return openssh.open_without_password([*command, openssh.remote_command(timeout)])
    command = openssh.ssh_command(server, keyfile, *options)
    return openssh.open_with_password([*command, openssh.remote_command(timeout)], server, password)


def paramiko_tunnel(
    lport: int,
    rport: int,
    server: str,
    remoteip: str = "127.0.0.1",
    keyfile: str | None = None,
    password: str | None = None,
    timeout: int = 60,
) -> Process:
    """The same by paramiko, in a process of its own, which is returned and ends with this one.

    ``timeout`` (seconds) bounds the login. Raises ImportError without paramiko.
    """
    _paramiko()
    if password is None and sys.stdin.isatty() and not _try_passwordless_paramiko(server, keyfile):
        password = getpass(f"{server}'s password: ")
    process = Process(
        target=_run_paramiko_tunnel,
        args=(lport, rport, server, remoteip, keyfile, password, timeout),
        daemon=True,
    )
    process.start()
    return process


ssh_tunnel = openssh_tunnel


def _run_paramiko_tunnel(
    lport: int,
    rport: int,
    server: str,
    remoteip: str,
    keyfile: str | None,
    password: str | None,
    timeout: int,
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, whose end ends us
    try:
        client = _connected_paramiko(server, keyfile, password, timeout)
        forward_tunnel(lport, remoteip, rport, client.get_transport())
    except Exception as error:
        sys.exit(f"purezmq: no tunnel to {server}: {error}")


def _try_passwordless_paramiko(server: str, keyfile: str | None) -> bool:
    paramiko = _paramiko()
    try:
        _connected_paramiko(server, keyfile, None, 60).close()
    except paramiko.AuthenticationException:
        return False
    return True


def _connected_paramiko(server: str, keyfile: str | None, password: str | None, timeout: int) -> Any:
    paramiko = _paramiko()
    there = Server.parse(server)
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    policy = os.environ.get(_POLICY_VARIABLE, "Reject")
    client.set_missing_host_key_policy(getattr(paramiko, f"{policy}Policy")())
    client.connect(
        there.host,
        there.port or 22,
        username=there.user or getuser(),
        pkey=paramiko.PKey.from_path(keyfile, password) if keyfile else None,
        password=password,
        timeout=timeout,
    )
    return client


def _paramiko() -> Any:
    try:
        import paramiko
    except ImportError:
        raise ImportError("this tunnel needs paramiko: pip install paramiko", name="paramiko") from None
    return paramiko


def _host_and_port(addr: str) -> tuple[str, int]:
    transport, _, rest = addr.partition("://")
    host, _, port = rest.rpartition(":")
    if transport != "tcp" or not host or not port.isdigit():
        raise ValueError(f"{addr!r} cannot be tunnelled: expected tcp://host:port")
    return host, int(port)
