"""The end of the interpreter with sockets still open: no hang, no noise, and nothing lost for a living peer."""

from __future__ import annotations

import pytest

import purezmq as zmq


@pytest.fixture
def pull(new_socket):
    socket = new_socket(zmq.PULL)
    socket.bind("tcp://127.0.0.1:*")
    return socket


SENDER = """
    context = zmq.Context()
    push = context.socket(zmq.PUSH)
    push.connect(sys.argv[1])
    for number in range(300):
        push.send(b"%d" % number)
"""
ENDINGS = {
    "closing and terminating": "push.close(); context.term()",
    "closing only": "push.close()",
    "terminating in a with block": "push.close()\n    with context: pass",
    "destroying": "context.destroy()",
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS.keys())
def test_everything_sent_arrives_when_the_program_ends_by(start_python, pull, ending):
    child = start_python(SENDER + f"    {ending}\n", pull.LAST_ENDPOINT.decode())
    assert [int(pull.recv()) for _ in range(300)] == list(range(300))
    assert child.wait() == 0
    assert child.stderr() == ""


@pytest.mark.purezmq_only  # pyzmq terminates nothing at exit, so libzmq's thread is stopped in the middle
@pytest.mark.parametrize("ending", ["", "    sys.exit(0)\n", "    context = push = None\n"])
def test_everything_sent_arrives_even_when_nothing_is_closed(start_python, pull, ending):
    child = start_python(SENDER + ending, pull.LAST_ENDPOINT.decode())
    assert [int(pull.recv()) for _ in range(300)] == list(range(300))
    assert child.wait() == 0


def test_an_exception_ends_the_program_with_open_sockets(start_python, pull):
    child = start_python(SENDER + "    raise SystemExit(7)\n", pull.LAST_ENDPOINT.decode())
    assert child.wait() == 7


PROGRAMS = {
    "open sockets": """
    sockets = [zmq.Context.instance().socket(kind) for kind in (zmq.REQ, zmq.SUB, zmq.PUSH, zmq.ROUTER)]
    sockets[3].bind("tcp://127.0.0.1:*")
    sockets[0].connect(sockets[3].LAST_ENDPOINT.decode())
    """,
    "messages for nobody, no linger": """
    push = zmq.Context.instance().socket(zmq.PUSH)
    push.linger = 0
    push.connect("tcp://127.0.0.1:1")
    push.send(b"x")
    """,
    "a thread that waits": """
    import threading
    pull = zmq.Context.instance().socket(zmq.PULL)
    pull.bind("inproc://nobody")

    def wait():
        try:
            pull.recv()
        except zmq.ZMQError:
            pass

    threading.Thread(target=wait, daemon=True).start()
    """,
    "a cycle of garbage": """
    class Holder: pass
    holder = Holder()
    holder.context = zmq.Context()
    holder.socket = holder.context.socket(zmq.PULL)
    holder.socket.bind("tcp://127.0.0.1:*")
    holder.me = holder
    """,
    "sockets held by a module": """
    import types
    module = types.ModuleType("keeper")
    sys.modules["keeper"] = module
    module.context = zmq.Context()
    module.socket = module.context.socket(zmq.SUB)
    module.socket.connect("tcp://127.0.0.1:1")
    """,
    "an atexit function that uses a socket": """
    import atexit
    context = zmq.Context()
    pair = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    pair[0].bind("inproc://pair")
    pair[1].connect("inproc://pair")

    def use():
        pair[0].send(b"x")
        assert pair[1].recv() == b"x"
        context.destroy(linger=0)

    atexit.register(use)
    """,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_the_interpreter_ends_in_silence_with(start_python, program):
    child = start_python(program)
    assert child.wait() == 0
    assert child.stderr() == ""


@pytest.mark.purezmq_only  # libzmq's daemon thread does not linger either, but pyzmq may block in __del__
def test_messages_for_a_peer_that_never_came_do_not_hold_the_interpreter(start_python):
    child = start_python(
        """
    push = zmq.Context.instance().socket(zmq.PUSH)
    push.connect("tcp://127.0.0.1:1")
    push.send(b"x")
    """
    )
    assert child.wait() == 0
