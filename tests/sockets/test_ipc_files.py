"""The files behind ipc endpoints."""

from __future__ import annotations

import errno
import os
import socket as os_socket
import stat

import pytest

import purezmq as zmq

pytestmark = pytest.mark.skipif(not hasattr(os_socket, "AF_UNIX"), reason="no Unix-domain sockets here")


def exchange(pull, push):
    push.send(b"hello")
    assert pull.recv() == b"hello"


def test_bind_makes_a_socket_file(new_socket, ipc_directory):
    new_socket(zmq.PULL).bind(f"ipc://{ipc_directory}/s")
    assert stat.S_ISSOCK((ipc_directory / "s").stat().st_mode)


def test_a_stale_file_of_a_dead_process_is_no_obstacle(new_socket, link, ipc_directory):
    with os_socket.socket(os_socket.AF_UNIX) as dead:
        dead.bind(f"{ipc_directory}/s")
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, f"ipc://{ipc_directory}/s")
    exchange(pull, push)


def test_a_missing_directory_is_enoent(new_socket, ipc_directory):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(zmq.PULL).bind(f"ipc://{ipc_directory}/missing/s")
    assert caught.value.errno == errno.ENOENT


@pytest.mark.parametrize("verb", ["bind", "connect"])
def test_a_path_beyond_the_limit_is_enametoolong(new_socket, ipc_directory, verb):
    path = f"{ipc_directory}/".ljust(zmq.IPC_PATH_MAX_LEN + 1, "x")
    with pytest.raises(zmq.ZMQError) as caught:
        getattr(new_socket(zmq.PULL), verb)(f"ipc://{path}")
    assert caught.value.errno == errno.ENAMETOOLONG


def test_the_longest_path_works(new_socket, link, ipc_directory):
    path = f"{ipc_directory}/".ljust(zmq.IPC_PATH_MAX_LEN, "x")
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, f"ipc://{path}")
    exchange(pull, push)


def test_a_relative_path_is_relative_to_the_working_directory(new_socket, ipc_directory, monkeypatch):
    monkeypatch.chdir(ipc_directory)
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.bind("ipc://relative")
    assert (ipc_directory / "relative").exists()
    push.connect(f"ipc://{ipc_directory}/relative")
    exchange(pull, push)


def test_a_wildcard_makes_a_fresh_file_and_removes_it_on_close(
    new_socket, eventually, ipc_directory, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(ipc_directory))
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH, linger=0)
    pull.bind("ipc://*")
    path = pull.LAST_ENDPOINT.decode().removeprefix("ipc://")
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    push.connect(f"ipc://{path}")
    exchange(pull, push)
    push.close()
    pull.close()
    eventually(lambda: not os.path.exists(path), f"{path} to be removed")


def test_two_wildcards_are_two_endpoints(new_socket, ipc_directory, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(ipc_directory))
    pull = new_socket(zmq.PULL)
    pull.bind("ipc://*")
    first = pull.LAST_ENDPOINT
    pull.bind("ipc://*")
    assert pull.LAST_ENDPOINT != first


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="abstract names are a Linux idea")
def test_an_abstract_name_needs_no_file(new_socket, link):
    name = f"ipc://@pz-{os.getpid()}"
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    assert link(pull, push, name) == name
    exchange(pull, push)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="abstract names are a Linux idea")
def test_an_empty_abstract_name_is_refused(new_socket):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(zmq.PULL).bind("ipc://@")
    assert caught.value.errno == errno.EINVAL


def test_the_file_mode_follows_the_umask(new_socket, ipc_directory):
    old = os.umask(0o077)
    try:
        new_socket(zmq.PULL).bind(f"ipc://{ipc_directory}/s")
    finally:
        os.umask(old)
    assert stat.S_IMODE((ipc_directory / "s").stat().st_mode) & 0o077 == 0
