"""ipc: long and relative paths, permissions, stale files, and errors that name the directory."""

from __future__ import annotations

import errno
import multiprocessing
import os
import socket as os_socket
import stat
import subprocess
import sys

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only


def exchange(pull, push):
    push.send(b"hello")
    assert pull.recv() == b"hello"


@pytest.fixture
def deep(ipc_directory):
    """A directory whose path is longer than a socket address."""
    path = ipc_directory
    for _ in range(4):
        path = path / ("d" * 50)
    path.mkdir(parents=True)
    return path


def test_a_long_path_works_by_way_of_its_directory(new_socket, link, deep):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    assert link(pull, push, f"ipc://{deep}/s") == f"ipc://{deep}/s"
    exchange(pull, push)
    pull.close()
    assert list(deep.iterdir()) == []


def test_a_long_path_of_a_live_socket_is_not_stolen_and_a_stale_one_is_replaced(
    new_socket, deep, monkeypatch
):
    first, second = new_socket(zmq.PULL), new_socket(zmq.PULL)
    first.bind(f"ipc://{deep}/s")
    with pytest.raises(zmq.ZMQError) as caught:
        second.bind(f"ipc://{deep}/s")
    assert caught.value.errno == errno.EADDRINUSE
    first.close()
    monkeypatch.chdir(deep)
    with os_socket.socket(os_socket.AF_UNIX) as dead:
        dead.bind("s")
    second.bind(f"ipc://{deep}/s")


@pytest.mark.parametrize("verb", ["bind", "connect"])
def test_a_name_that_fits_nowhere_says_what_would(new_socket, deep, verb):
    with pytest.raises(zmq.ZMQError, match="last part") as caught:
        getattr(new_socket(zmq.PULL), verb)(f"ipc://{deep}/{'x' * 100}")
    assert caught.value.errno == errno.ENAMETOOLONG


def test_relative_paths_stay_where_they_were_when_the_working_directory_changes(
    new_socket, ipc_directory, monkeypatch
):
    monkeypatch.chdir(ipc_directory)
    push, pull = new_socket(zmq.PUSH, reconnect_ivl=5), new_socket(zmq.PULL)
    push.connect("ipc://here")  # nobody is there yet: it is dialled again later
    monkeypatch.chdir("/")
    pull.bind(f"ipc://{ipc_directory}/here")
    exchange(pull, push)
    monkeypatch.chdir(ipc_directory)
    other = new_socket(zmq.PULL)
    other.bind("ipc://there")
    monkeypatch.chdir("/")
    other.close()
    assert not (ipc_directory / "there").exists()


def test_unbind_and_close_remove_our_file_and_nobody_elses(new_socket, ipc_directory):
    path = ipc_directory / "s"
    pull = new_socket(zmq.PULL)
    pull.bind(f"ipc://{path}")
    pull.unbind(f"ipc://{path}")
    assert not path.exists()
    pull.bind(f"ipc://{path}")
    path.unlink()
    path.write_text("somebody else's")
    pull.close()
    assert path.read_text() == "somebody else's"


def test_the_end_of_the_interpreter_removes_the_file(start_python, ipc_directory):
    child = start_python(
        "s = zmq.Context.instance().socket(zmq.PULL); s.bind(sys.argv[1])", f"ipc://{ipc_directory}/s"
    )
    assert child.wait() == 0
    assert list(ipc_directory.iterdir()) == []


def test_a_forked_child_leaves_the_file_alone(new_socket, ipc_directory):
    pull = new_socket(zmq.PULL)
    pull.bind(f"ipc://{ipc_directory}/s")
    child = multiprocessing.get_context("fork").Process(target=int)
    child.start()
    child.join(10)
    assert child.exitcode == 0
    assert (ipc_directory / "s").exists()


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o777])
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_permissions_can_be_set_whatever_the_umask(new_socket, ipc_directory, mode, umask):
    pull = new_socket(zmq.PULL)
    assert pull.ipc_permissions == -1
    pull.ipc_permissions = mode
    old = os.umask(umask)
    try:
        pull.bind(f"ipc://{ipc_directory}/s")
    finally:
        os.umask(old)
    assert stat.S_IMODE((ipc_directory / "s").stat().st_mode) == mode


def test_impossible_permissions_are_refused(new_socket):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(zmq.PULL).ipc_permissions = 0o7777
    assert caught.value.errno == errno.EINVAL


def test_errors_name_the_directory(new_socket, ipc_directory):
    pull = new_socket(zmq.PULL)
    with pytest.raises(zmq.ZMQError, match=f"No such directory.*{ipc_directory}/missing ") as caught:
        pull.bind(f"ipc://{ipc_directory}/missing/s")
    assert caught.value.errno == errno.ENOENT
    (ipc_directory / "file").write_text("")
    with pytest.raises(zmq.ZMQError, match=f"Not a directory: {ipc_directory}/file") as caught:
        pull.bind(f"ipc://{ipc_directory}/file/s")
    assert caught.value.errno == errno.ENOTDIR
    assert not pull._pump.listeners


def test_a_full_disk_leaves_nothing(new_socket, ipc_directory, monkeypatch):
    from purezmq.transports import ipc

    class Full(ipc.os_socket.socket):
        def bind(self, address):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    pull = new_socket(zmq.PULL)
    monkeypatch.setattr(ipc.os_socket, "socket", Full)
    with pytest.raises(zmq.ZMQError, match=f"No space left.*{ipc_directory}") as caught:
        pull.bind(f"ipc://{ipc_directory}/s")
    assert caught.value.errno == errno.ENOSPC
    monkeypatch.undo()
    pull.bind(f"ipc://{ipc_directory}/s")


def test_unicode_paths(new_socket, link, ipc_directory):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, f"ipc://{ipc_directory}/žluťoučký-☃")
    exchange(pull, push)
    assert (ipc_directory / "žluťoučký-☃").exists()


def test_of_many_processes_that_find_a_stale_file_one_gets_it(ipc_directory):
    with os_socket.socket(os_socket.AF_UNIX) as dead:
        dead.bind(f"{ipc_directory}/s")
    program = (
        "import sys, purezmq as zmq\n"
        "pull = zmq.Context().socket(zmq.PULL)\n"
        "sys.stdin.readline()\n"
        "try:\n    pull.bind(sys.argv[1])\n    print('mine', flush=True)\n"
        "except zmq.ZMQError as error:\n    print(error.errno, flush=True)\n"
        "sys.stdin.readline()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(zmq.__file__))}
    command = [sys.executable, "-c", program, f"ipc://{ipc_directory}/s"]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(6)
    ]
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    answers = sorted(child.stdout.readline().strip() for child in children)
    with os_socket.socket(os_socket.AF_UNIX) as probe:
        probe.connect(f"{ipc_directory}/s")
    for child in children:
        child.communicate("\n", timeout=20)
    assert answers == [str(errno.EADDRINUSE)] * 5 + ["mine"]


CREDENTIALS = [
    ("uid", os.getuid(), True),
    ("uid", 12345, False),
    ("gid", os.getgid(), True),
    ("pid", os.getpid(), True),
    ("pid", 1, False),
]


@pytest.mark.parametrize(
    ("what", "value", "is_in"),
    CREDENTIALS,
    ids=[f"{what}-{'ours' if is_in else 'another'}" for what, _, is_in in CREDENTIALS],
)
def test_filters_by_credentials(new_socket, ipc_directory, what, value, is_in):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.set(getattr(zmq, f"IPC_FILTER_{what.upper()}"), value)
    pull.bind(f"ipc://{ipc_directory}/s")
    push.connect(f"ipc://{ipc_directory}/s")
    push.send(b"x")
    if is_in:
        assert pull.recv() == b"x"
    else:
        assert not pull.poll(200)
        assert pull.stats()["failures"]["filtered"] >= 1
    push.close(linger=0)
