"""Messages come and go no matter what the application is busy with."""

from __future__ import annotations

import pytest

import purezmq as zmq

COMPUTE = """
    import time

    def compute(seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            sum(range(1000))
"""


@pytest.fixture
def peer_of(new_socket):
    """A socket whose address a child process gets as its argument."""

    def make(kind, **options):
        socket = new_socket(kind, **options)
        socket.bind("tcp://127.0.0.1:*")
        return socket, socket.LAST_ENDPOINT.decode()

    return make


def test_what_was_sent_leaves_while_the_sender_computes(start_python, peer_of):
    pull, address = peer_of(zmq.PULL)
    child = start_python(
        COMPUTE
        + """
    push = zmq.Context().socket(zmq.PUSH)
    push.connect(sys.argv[1])
    for number in range(500):
        push.send(b"%d" % number)
    print("sent", flush=True)
    compute(60)
    """,
        address,
    )
    child.expect("sent")
    assert [int(pull.recv()) for _ in range(500)] == list(range(500))
    assert child.process.poll() is None


def test_messages_sent_before_the_connection_leave_while_the_sender_computes(
    start_python, make_future_endpoint, new_socket
):
    endpoint = make_future_endpoint("tcp")
    child = start_python(
        COMPUTE
        + """
    push = zmq.Context().socket(zmq.PUSH)
    push.connect(sys.argv[1])
    push.send(b"early")
    print("sent", flush=True)
    compute(60)
    """,
        endpoint,
    )
    child.expect("sent")
    pull = new_socket(zmq.PULL)
    pull.bind(endpoint)
    assert pull.recv() == b"early"
    assert child.process.poll() is None


def test_messages_arrive_while_the_receiver_computes(start_python, peer_of):
    push, address = peer_of(zmq.PUSH)
    child = start_python(
        COMPUTE
        + """
    pull = zmq.Context().socket(zmq.PULL)
    pull.connect(sys.argv[1])
    pull.recv()
    print("ready", flush=True)
    compute(1.5)
    print(sum(1 for _ in iter(lambda: pull.poll(0) and pull.recv(), 0)), flush=True)
    """,
        address,
    )
    push.send(b"start")
    child.expect("ready")
    data = bytes(20_000)  # more than the kernel would hold for a receiver that does not read: 16 MB in all
    for _ in range(800):
        push.send(data)
    child.expect("800")


def test_a_server_accepts_and_heartbeats_while_it_computes(start_python, new_socket):
    child = start_python(
        COMPUTE
        + """
    router = zmq.Context().socket(zmq.ROUTER)
    router.bind("tcp://127.0.0.1:*")
    print(router.LAST_ENDPOINT.decode(), flush=True)
    compute(1.5)
    while True:
        router.send_multipart(router.recv_multipart())
    """
    )
    address = child.read_line("its address")
    dealer = new_socket(zmq.DEALER, heartbeat_ivl=100, heartbeat_timeout=700)
    monitor = dealer.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
    try:
        dealer.connect(address)
        dealer.send(b"hello")
        assert dealer.recv() == b"hello"
        assert [_event(monitor)] == [zmq.EVENT_HANDSHAKE_SUCCEEDED]
        assert not monitor.poll(0)
    finally:
        dealer.disable_monitor()
        monitor.close()


def _event(monitor):
    from purezmq.utils.monitor import recv_monitor_message

    assert monitor.poll(10_000)
    return recv_monitor_message(monitor)["event"]


def test_a_lost_connection_is_restored_while_the_application_computes(
    start_python, new_socket, make_future_endpoint, eventually
):
    endpoint = make_future_endpoint("tcp")
    first, second = new_socket(zmq.PULL), new_socket(zmq.PULL)
    first.bind(endpoint)
    child = start_python(
        COMPUTE
        + """
    push = zmq.Context().socket(zmq.PUSH)
    push.reconnect_ivl = 20
    push.connect(sys.argv[1])
    push.send(b"first")
    print("sent", flush=True)
    compute(60)
    """,
        endpoint,
    )
    child.expect("sent")
    assert first.recv() == b"first"
    first.close()
    monitor = second.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    try:
        eventually(lambda: _binds(second, endpoint), "the port to be free")
        assert _event(monitor) == zmq.EVENT_HANDSHAKE_SUCCEEDED
        assert child.process.poll() is None
    finally:
        second.disable_monitor()
        monitor.close()


def _binds(socket, endpoint):
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        assert error.errno == zmq.EADDRINUSE
        return False
    return True


def test_a_sender_that_never_rests_hears_that_its_peer_is_alive(start_python, peer_of):
    # Nobody else comes to its socket meanwhile, and the peer's PONGs lie in the kernel. Little can be on its way before
    # a PING, so a slow machine answers it in time.
    pull, address = peer_of(zmq.PULL, rcvbuf=32 * 1024)
    child = start_python(
        """
    push = zmq.Context().socket(zmq.PUSH)
    push.heartbeat_ivl, push.heartbeat_timeout, push.sndbuf = 50, 1000, 32 * 1024
    push.connect(sys.argv[1])
    monitor = push.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    import time
    end = time.monotonic() + 3
    while time.monotonic() < end:
        for _ in range(1000):
            push.send(b"x")
    print("ended" if monitor.poll(0) else "alive", flush=True)
    push.send(b"last")
    push.close(linger=10_000)
    """,
        address,
    )
    while pull.recv() != b"last":
        pass
    child.expect("alive")
