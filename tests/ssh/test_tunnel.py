"""Tunnels, by OpenSSH and by paramiko, through an ssh server made with paramiko."""

from __future__ import annotations

import getpass
import os
import shutil
import sys
from pathlib import Path

import pytest

import purezmq as zmq
from purezmq.ssh import openssh, tunnel
from purezmq.ssh.server import Server

paramiko = pytest.importorskip("paramiko")

pytestmark = pytest.mark.purezmq_only


@pytest.fixture
def ssh_server(tmp_path, monkeypatch, run_process):
    """An ssh server on the loopback interface; its address, and a key that it takes, in a home of their own."""
    home = tmp_path / ".ssh"
    home.mkdir(mode=0o700)
    key_file = home / "key"
    server = run_process([sys.executable, str(Path(__file__).with_name("server.py")), str(key_file)])
    try:
        port, host_key = server.read_line("its port and host key").split(None, 1)
        (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        yield f"{getpass.getuser()}@127.0.0.1:{port}", str(key_file)
    finally:
        server.kill()


def end_of(process):
    """End what a tunnel runs in, and wait for it."""
    if isinstance(process, int):
        openssh._close_all()
        openssh._tunnels.clear()
    else:
        process.kill()
        process.join(10)


@pytest.mark.parametrize("by_paramiko", [False, True])
@pytest.mark.parametrize("password", [None, "secret"])
def test_a_socket_connects_through_a_tunnel(
    ssh_server, new_socket, by_paramiko, password, monkeypatch, tmp_path
):
    if not by_paramiko:
        if shutil.which("ssh") is None:
            pytest.skip("there is no ssh command")
        if password:
            pytest.importorskip("pexpect")
        # OpenSSH takes the home from the user database, so it is told where the files are.
        known = f"UserKnownHostsFile={tmp_path}/.ssh/known_hosts"
        plain = openssh.ssh_command
        monkeypatch.setattr(
            openssh, "ssh_command", lambda *args: with_options(plain(*args), "-F", "none", "-o", known)
        )
    server, key_file = ssh_server
    service, client = new_socket(zmq.REP), new_socket(zmq.REQ)
    port = service.bind_to_random_port("tcp://127.0.0.1")
    key_file = None if password else key_file
    made = tunnel.tunnel_connection(
        client, f"tcp://127.0.0.1:{port}", server, key_file, password, paramiko=by_paramiko, timeout=20
    )
    try:
        client.send(b"through the tunnel")
        assert service.recv(timeout=20_000) == b"through the tunnel"
        service.send(b"and back")
        assert client.recv(timeout=20_000) == b"and back"
    finally:
        end_of(made)


def with_options(command, *options):
    return [command[0], *options, *command[1:]]


def test_a_key_that_is_not_taken_is_no_way_in(ssh_server, tmp_path):
    server, key_file = ssh_server
    assert tunnel.try_passwordless_ssh(server, key_file, paramiko=True)
    other = tmp_path / "other"
    paramiko.ECDSAKey.generate().write_private_key_file(str(other))
    os.environ.pop("SSH_AUTH_SOCK", None)
    assert not tunnel.try_passwordless_ssh(server, str(other), paramiko=True)


def test_an_unknown_host_is_refused(ssh_server, tmp_path, capfd):
    server, key_file = ssh_server
    (tmp_path / ".ssh" / "known_hosts").write_text("")
    process = tunnel.paramiko_tunnel(1, 2, server, keyfile=key_file)
    process.join(30)
    assert process.exitcode == 1
    assert "not found in known_hosts" in capfd.readouterr().err


def test_a_server_that_is_not_there_is_said():
    if shutil.which("ssh") is None:
        pytest.skip("there is no ssh command")
    port = tunnel.select_random_ports(1)[0]
    with pytest.raises(RuntimeError, match="no tunnel by ssh"):
        tunnel.open_tunnel("tcp://127.0.0.1:1", f"nobody@127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("host", Server("host")),
        ("me@host", Server("host", "me")),
        ("me@host:22", Server("host", "me", 22)),
        ("host:2222", Server("host", None, 2222)),
    ],
)
def test_servers_are_taken_apart(text, server):
    assert Server.parse(text) == server


@pytest.mark.parametrize("text", ["", "me@", "host:ssh", "-oProxyCommand=x", "-x@host", "host:"])
def test_what_is_no_server_is_refused(text):
    with pytest.raises(ValueError, match="no ssh server"):
        Server.parse(text)


@pytest.mark.parametrize("addr", ["ipc:///tmp/x", "tcp://host", "inproc://x"])
def test_only_tcp_can_be_tunnelled(addr):
    with pytest.raises(ValueError, match="tcp://host:port"):
        tunnel.open_tunnel(addr, "host")


def test_random_ports_differ():
    assert len(set(tunnel.select_random_ports(5))) == 5
