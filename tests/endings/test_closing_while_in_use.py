"""Closing a socket that other threads wait in, and peers that do not cooperate."""

from __future__ import annotations

import threading

import pytest

import purezmq as zmq

WAITS = {
    "recv": (zmq.PULL, lambda socket: socket.recv()),
    "recv_multipart": (zmq.PULL, lambda socket: socket.recv_multipart()),
    "send": (zmq.PUSH, lambda socket: socket.send(b"x")),
    "poll": (zmq.PULL, lambda socket: socket.poll()),
    "Poller.poll": (zmq.PULL, lambda socket: poller_for(socket).poll()),
}


def poller_for(socket):
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    return poller


@pytest.mark.parametrize(("kind", "wait"), WAITS.values(), ids=WAITS.keys())
@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
def test_close_in_another_thread_ends_the_wait_with_enotsock(
    context, in_thread, eventually, make_endpoint, kind, wait, transport
):
    socket = context.socket(kind)
    socket.bind(make_endpoint(transport))
    waiter = in_thread(wait, socket)
    eventually(lambda: socket._pump.waiters or socket._pump.bells, "the thread to wait")
    socket.close()
    with pytest.raises(zmq.ZMQError) as caught:
        waiter.result()
    assert caught.value.errno in (zmq.ENOTSOCK, zmq.ENOTSUP)
    eventually(lambda: socket._pump.poller_or_none is None, "the descriptors to be given back")


def test_many_threads_in_one_socket_all_learn_of_its_end(context, in_thread, eventually):
    socket = context.socket(zmq.PULL)
    socket.bind("tcp://127.0.0.1:*")
    waiters = [in_thread(socket.recv) for _ in range(6)]
    eventually(lambda: len(socket._pump.waiters) + len(socket._pump.bells) == 6, "the threads to wait")
    socket.close()
    for waiter in waiters:
        with pytest.raises(zmq.ZMQError):
            waiter.result()


def test_a_peer_that_stops_reading_holds_up_nobody_else(new_socket, context, in_thread):
    push, lazy, busy = (
        new_socket(zmq.PUSH, sndbuf=4096, sndhwm=5),
        new_socket(zmq.PULL, rcvhwm=1),
        new_socket(zmq.PULL),
    )
    push.bind("tcp://127.0.0.1:*")
    lazy.rcvbuf = 4096
    lazy.connect(push.LAST_ENDPOINT)
    busy.connect(push.LAST_ENDPOINT)
    done = threading.Event()
    counted = []

    def receive():
        while not done.is_set():
            try:
                counted.append(busy.recv(timeout=50))
            except zmq.Again:
                pass

    receiver = in_thread(receive)
    for _ in range(1000):
        push.send(bytes(5000))
    done.set()
    receiver.result()
    assert len(counted) > 500
    push.close(linger=100)
    assert push.undelivered + len(counted) <= 1000


def test_shutdown_then_close_then_term_from_several_threads(make_context, in_thread):
    context = make_context()
    sockets = [context.socket(kind) for kind in (zmq.PUSH, zmq.PULL, zmq.ROUTER, zmq.SUB)]
    for socket in sockets:
        socket.bind("tcp://127.0.0.1:*")
    endings = [in_thread(context.shutdown) for _ in range(3)]
    endings += [in_thread(socket.close) for socket in sockets for _ in range(2)]
    endings += [in_thread(context.term) for _ in range(3)]
    for ending in endings:
        ending.result()


def test_a_dialling_socket_is_closed_in_a_forked_child(start_python):
    child = start_python(
        """
    import os, socket, warnings
    warnings.simplefilter("ignore", DeprecationWarning)
    # Nobody accepts here and the backlog is full, so that dialling goes on.
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(0)
    fillers = [socket.socket() for _ in range(3)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(deaf.getsockname())
    context = zmq.Context()
    push = context.socket(zmq.PUSH)
    push.linger = 0
    push.connect("tcp://127.0.0.1:%d" % deaf.getsockname()[1])
    assert push.peers()[0]["state"] == "connecting"
    (dialling,) = [way.sock for line in push._pump.connectors for way in line._on_the_way]
    number = dialling.fileno()
    pid = os.fork()
    if not pid:
        try:
            os.fstat(number)
        except OSError:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.fstat(number)
    context.destroy(linger=0)
    """
    )
    code = child.wait(20)
    assert (code, child.stderr().count("Traceback")) == (0, 0)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_deliver_and_end(start_python, tmp_path, method):
    program = tmp_path / "program.py"
    program.write_text(
        f"""
import multiprocessing, warnings
import purezmq as zmq

def work(address):
    push = zmq.Context.instance().socket(zmq.PUSH)
    push.connect(address)
    for number in range(100):
        push.send(b"%d" % number)

if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    multiprocessing.set_start_method("{method}")
    with zmq.Context() as context, context.socket(zmq.PULL) as pull:
        pull.rcvtimeo = 20_000
        port = pull.bind_to_random_port("tcp://127.0.0.1")
        zmq.Context.instance().socket(zmq.PULL).close()
        child = multiprocessing.Process(target=work, args=(f"tcp://127.0.0.1:{{port}}",))
        child.start()
        assert [int(pull.recv()) for _ in range(100)] == list(range(100))
        child.join(20)
        assert child.exitcode == 0
"""
    )
    child = start_python(program)
    code = child.wait(40)
    assert (code, child.stderr()) == (0, "")
