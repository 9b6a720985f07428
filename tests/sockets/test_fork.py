"""After fork: the child must not touch its parent's sockets, and can make its own."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

FORK = """
    import os, warnings
    warnings.filterwarnings("ignore", message="This process .* is multi-threaded", category=DeprecationWarning)

    def in_child(function):
        '''The exit code of a forked child: 0 if function returned.'''
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        try:
            function()
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def echo_once(context):
        with context.socket(zmq.REP) as rep, context.socket(zmq.REQ) as req:
            port = rep.bind_to_random_port("tcp://127.0.0.1")
            req.connect(f"tcp://127.0.0.1:{port}")
            req.send(b"x")
            rep.send(rep.recv())
            assert req.recv() == b"x"
"""


def run(start_python, source):
    child = start_python(FORK + source)
    code = child.wait(20)
    assert (code, child.stderr()) == (0, "")


def test_the_child_gets_a_fresh_instance_that_works(start_python):
    run(
        start_python,
        """
    parent = zmq.Context.instance()
    echo_once(parent)

    def check():
        mine = zmq.Context.instance()
        assert mine is not parent
        echo_once(mine)
        mine.term()

    assert in_child(check) == 0
    assert zmq.Context.instance() is parent
    echo_once(parent)
    parent.term()
    """,
    )


@pytest.mark.purezmq_only
@pytest.mark.parametrize(
    "call",
    [
        "push.send(b'x')",
        "pull.recv()",
        "pull.recv(zmq.DONTWAIT)",
        "pull.poll(10)",
        "push.connect('tcp://127.0.0.1:1')",
        "pull.get(zmq.EVENTS)",
        "parent.socket(zmq.PUSH)",
    ],
)
def test_an_inherited_socket_says_clearly_that_it_is_inherited(start_python, call):
    run(
        start_python,
        f"""
    parent = zmq.Context()
    push, pull = parent.socket(zmq.PUSH), parent.socket(zmq.PULL)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    push.connect(f"tcp://127.0.0.1:{{port}}")

    def check():
        try:
            {call}
        except zmq.ZMQError as error:
            assert "fork" in str(error), str(error)
        else:
            raise AssertionError("no error")

    assert in_child(check) == 0
    parent.destroy(linger=0)
    """,
    )


def test_the_parent_goes_on_undisturbed(start_python):
    run(
        start_python,
        """
    parent = zmq.Context()
    push, pull = parent.socket(zmq.PUSH), parent.socket(zmq.PULL)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    push.connect(f"tcp://127.0.0.1:{port}")
    push.send(b"before")
    assert pull.recv() == b"before"

    def check():
        push.close()
        pull.close()

    assert in_child(check) == 0
    for number in range(100):
        push.send(b"%d" % number)
    assert [int(pull.recv()) for _ in range(100)] == list(range(100))
    parent.destroy(linger=0)
    """,
    )


def test_a_child_that_ends_normally_is_not_held_up_by_inherited_sockets(start_python):
    run(
        start_python,
        """
    parent = zmq.Context()
    push = parent.socket(zmq.PUSH)
    push.connect("tcp://127.0.0.1:1")
    push.send(b"never delivered")
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        sys.exit(0)  # unlike os._exit this runs finalizers
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    parent.destroy(linger=0)
    """,
    )


def test_a_fork_from_another_thread_while_messages_flow(start_python):
    run(
        start_python,
        """
    import threading
    parent = zmq.Context()
    push, pull = parent.socket(zmq.PUSH), parent.socket(zmq.PULL)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    push.connect(f"tcp://127.0.0.1:{port}")
    codes = []

    def fork_often():
        for _ in range(5):
            codes.append(in_child(lambda: echo_once(zmq.Context())))

    forking = threading.Thread(target=fork_often)
    forking.start()
    number = 0
    while forking.is_alive():
        push.send(b"%d" % number)
        assert int(pull.recv()) == number
        number += 1
    forking.join()
    assert codes == [0] * 5, codes
    parent.destroy(linger=0)
    """,
    )
