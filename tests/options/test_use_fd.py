"""USE_FD: listening on a descriptor that the application made."""

from __future__ import annotations

import contextlib
import errno
import os
import socket as os_socket

import pytest

import purezmq as zmq


@pytest.fixture
def tcp_listener():
    sock = os_socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(5)
    port = sock.getsockname()[1]
    return sock.detach(), port  # every test hands it over


def exchange(new_socket, pull):
    push = new_socket(zmq.PUSH)
    push.connect(pull.LAST_ENDPOINT.decode())
    push.send(b"x")
    assert pull.recv() == b"x"


def test_bind_takes_over_a_listening_socket(new_socket, tcp_listener):
    fd, port = tcp_listener
    pull = new_socket(zmq.PULL, use_fd=fd)
    pull.bind("tcp://127.0.0.1:1")  # the address is the descriptor's
    assert pull.LAST_ENDPOINT == b"tcp://127.0.0.1:%d" % port
    exchange(new_socket, pull)
    pull.close()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(fd)


def test_a_descriptor_serves_one_bind(new_socket, tcp_listener):
    fd, port = tcp_listener
    pull = new_socket(zmq.PULL, use_fd=fd)
    pull.bind("tcp://127.0.0.1:*")
    assert pull.use_fd == -1
    pull.bind("tcp://127.0.0.1:*")
    assert pull.LAST_ENDPOINT != b"tcp://127.0.0.1:%d" % port


def test_ipc(new_socket, ipc_directory):
    path = ipc_directory / "made-before"
    with os_socket.socket(os_socket.AF_UNIX) as sock:
        sock.bind(str(path))
        sock.listen(5)
        fd = sock.detach()
    pull = new_socket(zmq.PULL, use_fd=fd)
    pull.bind("ipc:///ignored")
    assert pull.LAST_ENDPOINT == b"ipc://" + os.fsencode(path)
    exchange(new_socket, pull)
    pull.close()
    assert path.exists()  # the file is the application's


@pytest.mark.parametrize("kind", ["not listening", "another family", "no socket", "closed"])
def test_what_cannot_be_listened_on(new_socket, kind):
    with contextlib.ExitStack() as stack:
        if kind == "not listening":
            fd = stack.enter_context(os_socket.socket()).fileno()
        elif kind == "another family":
            sock = stack.enter_context(os_socket.socket(os_socket.AF_UNIX))
            sock.bind(f"\0purezmq-use-fd-{os.getpid()}")
            sock.listen(1)
            fd = sock.fileno()
        elif kind == "no socket":
            fd = stack.enter_context(open(os.devnull)).fileno()
        else:
            fd = 1_000_000
        with pytest.raises(zmq.ZMQError, match=f"USE_FD: descriptor {fd}") as caught:
            new_socket(zmq.PULL, use_fd=fd).bind("tcp://127.0.0.1:*")
        assert caught.value.errno in (errno.EINVAL, errno.ENOTSOCK, errno.EBADF)
        if kind != "closed":
            os.fstat(fd)  # it stays open, and the application's
