"""When the process has no descriptor left: what exists goes on working, what cannot be made says EMFILE."""

from __future__ import annotations

import pytest

pytest.importorskip("resource")

SETUP = """
    import errno, os, resource
    context = zmq.Context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    push.linger = 0
    pull.rcvtimeo = 10_000
    address = f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}"
    push.connect(address)
    push.send(b"first")
    assert pull.recv() == b"first"
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass

    def errno_of(call):
        try:
            call()
        except zmq.ZMQError as error:
            return error.errno

    def end():
        for fd in taken:
            os.close(fd)
        context.destroy(linger=0)
"""
PROGRAMS = {
    "messages flow": """
    for number in range(100):
        push.send(b"%d" % number)
        assert int(pull.recv()) == number
    """,
    "a socket can be polled": """
    push.send(b"x")
    assert pull.poll(10_000) == zmq.POLLIN
    """,
    "a new Poller works": """
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == []
    push.send(b"x")
    assert poller.poll(10_000) == [(pull, zmq.POLLIN)]
    """,
    "a new socket works or is EMFILE": """
    assert errno_of(lambda: context.socket(zmq.PULL)) in (None, errno.EMFILE)
    """,
    "a connect is tried again until there are descriptors": """
    other = "tcp://127.0.0.1:1"
    push.connect(other)
    push.disconnect(other)
    pull.unbind(address)
    """,
    "closing works": """
    push.close()
    pull.close()
    """,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_without_descriptors(start_python, program):
    child = start_python(SETUP + program.rstrip() + "\n    end()\n")
    code = child.wait(20)
    assert (code, child.stderr()) == (0, "")


AND_IN_PUREZMQ = {  # libzmq aborts
    "a bind is EMFILE": """
    assert errno_of(lambda: pull.bind("tcp://127.0.0.1:*")) == errno.EMFILE
    """,
    "a bind of a new socket is EMFILE": """
    fresh = context.socket(zmq.PULL)
    assert errno_of(lambda: fresh.bind("tcp://127.0.0.1:*")) == errno.EMFILE
    assert errno_of(lambda: fresh.bind("ipc:///tmp/pz-never-made")) == errno.EMFILE
    assert not os.path.exists("/tmp/pz-never-made")
    """,
    "inproc sockets can be made and used": """
    a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    a.bind("inproc://x")
    b.connect("inproc://x")
    a.send(b"x")
    assert b.recv(zmq.DONTWAIT) == b"x"
    """,
    "waiting says EMFILE at worst": """
    fresh = context.socket(zmq.PULL)
    fresh.rcvtimeo = 50
    assert errno_of(fresh.recv) in (errno.EAGAIN, errno.EMFILE)
    """,
}


@pytest.mark.purezmq_only
@pytest.mark.parametrize("program", AND_IN_PUREZMQ.values(), ids=AND_IN_PUREZMQ.keys())
def test_without_descriptors_too(start_python, program):
    test_without_descriptors(start_python, program)
