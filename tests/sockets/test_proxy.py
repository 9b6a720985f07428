"""proxy(): passes whole messages both ways until the context ends."""

from __future__ import annotations

import threading

import pytest

import purezmq as zmq


@pytest.fixture
def start_proxy(make_context, new_socket, in_thread, make_endpoint):
    """Runs a proxy in a thread with its own context; returns the addresses of frontend, backend (and capture)."""
    running = []

    def start(
        frontend_type,
        backend_type,
        capture_type=None,
        transport="tcp",
        hwm=1000,
        backend=None,
        connect_frontend=None,
    ):
        context = make_context()
        kinds = [kind for kind in (frontend_type, backend_type, capture_type) if kind is not None]
        sockets = [new_socket(kind, of=context, rcvtimeo=-1, sndtimeo=-1, hwm=hwm) for kind in kinds]
        for socket in sockets:
            socket.linger = 0
            if connect_frontend is not None and socket is sockets[0]:
                socket.connect(connect_frontend)
            elif backend is not None and socket is sockets[1]:
                socket.bind(backend)
            else:
                socket.bind(make_endpoint(transport))
        addresses = [socket.LAST_ENDPOINT.decode() for socket in sockets]

        def run():
            try:
                zmq.proxy(*sockets)
            finally:
                for socket in sockets:
                    socket.close()

        running.append((context, in_thread(run)))
        return addresses

    yield start
    for context, proxying in running:
        in_thread(context.term).wait()
        with pytest.raises(zmq.ContextTerminated):
            proxying.result()


def connect(new_socket, kind, address, **options):
    socket = new_socket(kind, **options)
    socket.connect(address)
    return socket


@pytest.mark.parametrize("transport", ["tcp", "ipc", "tls+tcp", "ws"])
def test_a_router_dealer_proxy_brings_requests_to_workers_and_answers_back(
    start_proxy, new_socket, in_thread, transport
):
    front, back = start_proxy(zmq.ROUTER, zmq.DEALER, transport=transport)

    stop = threading.Event()

    def work(worker):
        while not stop.is_set():
            if worker.poll(20):
                worker.send_multipart([b"answer to", *worker.recv_multipart()])

    clients = [connect(new_socket, zmq.REQ, front) for _ in range(3)]
    workers = [connect(new_socket, zmq.REP, back) for _ in range(3)]
    working = [in_thread(work, worker) for worker in workers]
    for number in range(10):
        for client in clients:
            client.send_multipart([b"question", b"%d" % number])
        for client in clients:
            assert client.recv_multipart() == [b"answer to", b"question", b"%d" % number]
    stop.set()
    for worker in working:
        worker.result()


def test_an_xsub_xpub_proxy_brings_subscriptions_up_and_messages_down(start_proxy, new_socket):
    front, back = start_proxy(zmq.XSUB, zmq.XPUB)
    publisher = connect(new_socket, zmq.XPUB, front)
    subscriber = connect(new_socket, zmq.SUB, back)
    subscriber.subscribe(b"a")
    assert publisher.recv() == b"\x01a"
    publisher.send(b"b not for you")
    publisher.send_multipart([b"a for you", b"second part"])
    assert subscriber.recv_multipart() == [b"a for you", b"second part"]
    subscriber.unsubscribe(b"a")
    assert publisher.recv() == b"\x00a"


def test_a_pull_push_proxy_with_a_capture_socket(start_proxy, new_socket):
    front, back, tap = start_proxy(zmq.PULL, zmq.PUSH, zmq.PUSH)
    source, sink, log = (
        connect(new_socket, kind, address)
        for kind, address in ((zmq.PUSH, front), (zmq.PULL, back), (zmq.PULL, tap))
    )
    for number in range(100):
        source.send_multipart([b"task", b"%d" % number])
    expected = [[b"task", b"%d" % number] for number in range(100)]
    assert [sink.recv_multipart() for _ in range(100)] == expected
    assert [log.recv_multipart() for _ in range(100)] == expected


def test_large_and_empty_parts_pass_unchanged(start_proxy, new_socket):
    front, back = start_proxy(zmq.PULL, zmq.PUSH)
    source, sink = connect(new_socket, zmq.PUSH, front), connect(new_socket, zmq.PULL, back)
    message = [b"", b"x" * 3_000_000, b"", b"y"]
    source.send_multipart(message)
    assert sink.recv_multipart() == message


def test_it_holds_messages_back_while_there_is_no_worker(start_proxy, new_socket):
    front, back = start_proxy(zmq.PULL, zmq.PUSH)
    source = connect(new_socket, zmq.PUSH, front)
    for number in range(50):
        source.send(b"%d" % number)
    sink = connect(new_socket, zmq.PULL, back)
    assert [int(sink.recv()) for _ in range(50)] == list(range(50))


def test_it_takes_no_more_than_the_other_side_has_room_for(
    make_context, new_socket, in_thread, make_endpoint, make_future_endpoint, eventually
):
    context = make_context()
    front = new_socket(zmq.PULL, of=context, rcvtimeo=-1)
    back = new_socket(zmq.PUSH, of=context, sndtimeo=-1, sndhwm=3, linger=0)
    front.bind(make_endpoint("tcp"))
    back.connect(make_future_endpoint("tcp"))
    source = connect(new_socket, zmq.PUSH, front.LAST_ENDPOINT)
    for number in range(20):
        source.send(b"%d" % number)

    def run():
        try:
            zmq.proxy(front, back)
        finally:
            front.close()
            back.close()

    proxying = in_thread(run)
    eventually(lambda: back.stats()["queue_out"] == 3, "a full queue")
    eventually(lambda: front.stats()["queue_in"] == 17, "the rest")
    assert back.stats()["queue_out"] == 3
    in_thread(context.term).wait()
    with pytest.raises(zmq.ContextTerminated):
        proxying.result()


def test_low_high_water_marks_and_a_slow_sink_lose_nothing(start_proxy, new_socket, in_thread):
    front, back = start_proxy(zmq.PULL, zmq.PUSH, hwm=2)
    source, sink = (
        connect(new_socket, zmq.PUSH, front, sndhwm=2),
        connect(new_socket, zmq.PULL, back, rcvhwm=2),
    )

    def send():
        for number in range(300):
            source.send_multipart([b"%d" % number, bytes(20_000), b"end"])

    sending = in_thread(send)
    for number in range(300):
        assert sink.recv_multipart() == [b"%d" % number, bytes(20_000), b"end"]
    sending.result()


def test_two_proxies_in_a_row_keep_the_way_back(start_proxy, new_socket, make_endpoint):
    meeting_point = make_endpoint("ipc")
    front, _ = start_proxy(zmq.ROUTER, zmq.DEALER, backend=meeting_point)
    _, back = start_proxy(zmq.ROUTER, zmq.DEALER, connect_frontend=meeting_point)
    clients = [connect(new_socket, zmq.REQ, front) for _ in range(3)]
    worker = connect(new_socket, zmq.REP, back)
    for number, client in enumerate(clients):
        client.send(b"%d" % number)
    for _ in clients:
        worker.send(b"answer to " + worker.recv())
    for number, client in enumerate(clients):
        assert client.recv() == b"answer to %d" % number


def test_device_is_a_proxy_too(make_context, new_socket, in_thread):
    context = make_context()
    front, back = new_socket(zmq.PULL, of=context), new_socket(zmq.PUSH, of=context, linger=0)
    front_port, back_port = (s.bind_to_random_port("tcp://127.0.0.1") for s in (front, back))

    def run():
        try:
            zmq.device(zmq.STREAMER, front, back)
        finally:
            front.close()
            back.close()

    running = in_thread(run)
    source = connect(new_socket, zmq.PUSH, f"tcp://127.0.0.1:{front_port}")
    sink = connect(new_socket, zmq.PULL, f"tcp://127.0.0.1:{back_port}")
    source.send(b"through")
    assert sink.recv() == b"through"
    in_thread(context.term).wait()
    with pytest.raises(zmq.ContextTerminated):
        running.result()
