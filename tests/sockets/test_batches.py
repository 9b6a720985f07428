"""send_many, recv_many, recv_nowait and iteration."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import purezmq as zmq

PATIENCE_MS = 20_000
TRANSPORTS = ("inproc", "tcp", "ipc")


class KeepingContext(zmq.Context[Any]):
    """Keeps its sockets until the end of the test, which closes them."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Any] = []

    def socket(self, *args: Any, **kwargs: Any) -> Any:
        made = super().socket(*args, **kwargs)
        self._kept.append(made)
        return made


@pytest.fixture
def ctx() -> Iterator[zmq.Context[Any]]:
    context = KeepingContext()
    context.rcvtimeo = context.sndtimeo = PATIENCE_MS
    context.linger = 0
    yield context
    context.destroy()


@pytest.fixture(params=TRANSPORTS)
def endpoint(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    return {"inproc": "inproc://batch", "tcp": "tcp://127.0.0.1:*", "ipc": f"ipc://{tmp_path}/batch"}[
        request.param
    ]


def pair_of(ctx: zmq.Context[Any], endpoint: str, binding: int, connecting: int) -> tuple[Any, Any]:
    server = ctx.socket(binding)
    server.bind(endpoint)
    client = ctx.socket(connecting)
    client.connect(server.last_endpoint.decode() if endpoint.startswith("tcp") else endpoint)
    return server, client


def receive_all(socket: Any, count: int, **kwargs: Any) -> list[Any]:
    found: list[Any] = []
    while len(found) < count:
        found.extend(socket.recv_many(**kwargs))
    return found


def test_a_batch_arrives_in_order(ctx: zmq.Context[Any], endpoint: str) -> None:
    pull, push = pair_of(ctx, endpoint, zmq.PULL, zmq.PUSH)
    messages = [b"%d" % number for number in range(900)]
    push.send_many(messages)
    assert receive_all(pull, 900) == messages
    assert messages == [b"%d" % number for number in range(900)]


def test_batches_beyond_the_high_water_mark_wait_for_room(ctx: zmq.Context[Any], endpoint: str) -> None:
    ctx.sndhwm = ctx.rcvhwm = 10
    pull, push = pair_of(ctx, endpoint, zmq.PULL, zmq.PUSH)
    messages = [b"%d" % number for number in range(5000)]
    sender = threading.Thread(target=push.send_many, args=(messages,))
    sender.start()
    try:
        assert receive_all(pull, 5000) == messages
    finally:
        sender.join(PATIENCE_MS / 1000)
    assert not sender.is_alive()


def test_all_kinds_of_messages_in_one_batch(ctx: zmq.Context[Any], endpoint: str) -> None:
    right, left = pair_of(ctx, endpoint, zmq.PAIR, zmq.PAIR)
    left.send_many(
        [b"a", bytearray(b"b"), memoryview(b"c"), [b"d", bytearray(b"e")], (b"f",), zmq.Frame(b"g"), b""]
    )
    assert receive_all(right, 7, multipart=True) == [
        [b"a"],
        [b"b"],
        [b"c"],
        [b"d", b"e"],
        [b"f"],
        [b"g"],
        [b""],
    ]


@pytest.mark.parametrize("size", [3, 300, 3000])
def test_batches_of_every_size_arrive_in_order(ctx: zmq.Context[Any], endpoint: str, size: int) -> None:
    """With a peer that is slower and one that is faster, and with other senders between."""
    ctx.sndhwm = ctx.rcvhwm = 200
    pull, push = pair_of(ctx, endpoint, zmq.PULL, zmq.PUSH)
    rng = random.Random(size)
    batches: list[list[bytes]] = []
    for number in range(300):
        count = rng.choice([0, 1, 2, 10, 199, 200, 201])
        batches.append([(b"%d.%d " % (number, index)).ljust(size, b"x") for index in range(count)])

    def send() -> None:
        for number, batch in enumerate(batches):
            if number % 3 == 0:
                push.send_many(batch)
            elif number % 3 == 1:
                push.send_many(tuple(batch))
            else:
                for message in batch:
                    push.send(message)
            if number % 50 == 0:
                time.sleep(0.005)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        expected = [message for batch in batches for message in batch]
        found: list[bytes] = []
        while len(found) < len(expected):
            found += pull.recv_many(rng.choice([1, 7, 500, None]))
            if not rng.randrange(100):
                time.sleep(0.01)
        assert found == expected
    finally:
        sender.join(PATIENCE_MS / 1000)
    assert not sender.is_alive()


def test_an_iterator_is_sent_in_chunks(ctx: zmq.Context[Any]) -> None:
    pull, push = pair_of(ctx, "inproc://chunks", zmq.PULL, zmq.PUSH)
    push.sndhwm = 0
    pull.rcvhwm = 0
    push.send_many(b"%d" % number for number in range(3000))
    assert receive_all(pull, 3000)[-1] == b"2999"
    push.send_many([])
    push.send_many(iter(()))
    assert pull.recv_nowait() is None


def test_batches_and_single_messages_keep_their_order(ctx: zmq.Context[Any], endpoint: str) -> None:
    pull, push = pair_of(ctx, endpoint, zmq.PULL, zmq.PUSH)
    push.send(b"0")
    push.send_many([b"1", b"2"])
    push.send(b"3")
    push.send_many([[b"4", b"x"], b"5"])
    push.send_multipart([b"6", b"y"])
    push.send_many([b"7"])
    got = receive_all(pull, 8, multipart=True)
    assert got == [[b"0"], [b"1"], [b"2"], [b"3"], [b"4", b"x"], [b"5"], [b"6", b"y"], [b"7"]]


def test_what_is_no_message_is_refused_before_anything_is_sent(ctx: zmq.Context[Any]) -> None:
    pull, push = pair_of(ctx, "inproc://refused", zmq.PULL, zmq.PUSH)
    with pytest.raises(TypeError):
        push.send_many([b"good", "text"])
    with pytest.raises(TypeError):
        push.send_many([b"good", [b"good", 3]])
    with pytest.raises(IndexError):
        push.send_many([b"good", []])
    assert pull.recv_nowait(b"nothing") == b"nothing"


@pytest.mark.parametrize("how", ["dontwait", "timeout", "option"])
def test_a_batch_that_does_not_fit_says_how_much_did(ctx: zmq.Context[Any], how: str) -> None:
    push = ctx.socket(zmq.PUSH)
    push.sndhwm = 5
    push.connect("tcp://127.0.0.1:1")
    messages = [b"%d" % number for number in range(8)]
    with pytest.raises(zmq.Again) as caught:
        if how == "dontwait":
            push.send_many(messages, zmq.DONTWAIT)
        elif how == "timeout":
            push.send_many(messages, timeout=20)
        else:
            push.sndtimeo = 20
            push.send_many(iter(messages))
    assert caught.value.sent == 5
    with pytest.raises(zmq.Again) as caught:
        push.send_many(messages, timeout=0)
    assert caught.value.sent == 0


def test_recv_many_waits_for_one_and_takes_no_more_than_asked(ctx: zmq.Context[Any], endpoint: str) -> None:
    pull, push = pair_of(ctx, endpoint, zmq.PULL, zmq.PUSH)
    with pytest.raises(zmq.Again):
        pull.recv_many(timeout=10)
    with pytest.raises(zmq.Again):
        pull.recv_many(flags=zmq.DONTWAIT)
    with pytest.raises(ValueError):
        pull.recv_many(0)
    push.send_many([b"%d" % number for number in range(20)])
    found: list[bytes] = []
    while len(found) < 20:
        some = pull.recv_many(3)
        assert 1 <= len(some) <= 3
        found += some
    assert found == [b"%d" % number for number in range(20)]


def test_items_are_parts_or_messages(ctx: zmq.Context[Any]) -> None:
    right, left = pair_of(ctx, "inproc://parts", zmq.PAIR, zmq.PAIR)
    left.send_many([[b"a", b"b"], b"c"])
    assert right.recv_many() == [b"a", b"b", b"c"]
    left.send_many([[b"a", b"b", b"c"], b"d"])
    assert right.recv() == b"a"
    assert right.recv_many() == [b"b", b"c"]
    assert not right.rcvmore
    assert right.recv_many(multipart=True) == [[b"d"]]


def test_types_without_lanes(ctx: zmq.Context[Any], endpoint: str) -> None:
    router, dealer = pair_of(ctx, endpoint, zmq.ROUTER, zmq.DEALER)
    dealer.routing_id = b"me"
    dealer.disconnect(dealer.last_endpoint)
    dealer.connect(router.last_endpoint.decode())
    dealer.send_many([b"%d" % number for number in range(600)])
    got = receive_all(router, 600, multipart=True)
    assert got == [[b"me", b"%d" % number] for number in range(600)]
    router.send_many(got)
    assert receive_all(dealer, 600) == [parts[1] for parts in got]


def test_several_peers_get_their_share(ctx: zmq.Context[Any]) -> None:
    push = ctx.socket(zmq.PUSH)
    pulls = [ctx.socket(zmq.PULL) for _ in range(3)]
    for index, pull in enumerate(pulls):
        pull.bind(f"inproc://share{index}")
        push.connect(f"inproc://share{index}")
    push.send_many([b"%d" % number for number in range(9)])
    assert [pull.recv_many() for pull in pulls] == [
        [b"0", b"3", b"6"],
        [b"1", b"4", b"7"],
        [b"2", b"5", b"8"],
    ]


def test_types_with_a_state_take_one(ctx: zmq.Context[Any]) -> None:
    rep, req = pair_of(ctx, "inproc://state", zmq.REP, zmq.REQ)
    with pytest.raises(zmq.ZMQError) as caught:
        req.send_many([b"one", b"two"])
    assert (caught.value.errno, caught.value.sent) == (zmq.EFSM, 1)
    assert rep.recv_many() == [b"one"]
    with pytest.raises(zmq.ZMQError) as caught:
        rep.recv_many()
    assert caught.value.errno == zmq.EFSM
    rep.send_many([b"answer"])
    assert req.recv_many(5) == [b"answer"]


def test_a_begun_message_comes_first(ctx: zmq.Context[Any]) -> None:
    pull, push = pair_of(ctx, "inproc://begun", zmq.PULL, zmq.PUSH)
    push.send(b"a", zmq.SNDMORE)
    with pytest.raises(zmq.ZMQError) as caught:
        push.send_many([b"x"])
    assert caught.value.errno == zmq.EFSM
    push.send(b"b")
    assert pull.recv_multipart() == [b"a", b"b"]


def test_iteration_ends_when_the_socket_is_closed(ctx: zmq.Context[Any], endpoint: str) -> None:
    pull, push = pair_of(ctx, endpoint, zmq.PULL, zmq.PUSH)
    push.send_many([b"1", [b"2", b"3"], b"last"])
    seen = []
    for message in pull:
        seen.append(message)
        if message == b"last":
            pull.close()
    assert seen == [b"1", [b"2", b"3"], b"last"]


def test_leaving_an_iteration_loses_nothing(ctx: zmq.Context[Any]) -> None:
    pull, push = pair_of(ctx, "inproc://leaving", zmq.PULL, zmq.PUSH)
    push.send_many([b"1", b"2", b"3"])
    for message in pull:
        assert message == b"1"
        break
    assert pull.recv_many() == [b"2", b"3"]


def test_iteration_ends_with_the_context_and_minds_the_timeout() -> None:
    ctx = zmq.Context()
    pull = ctx.socket(zmq.PULL)
    pull.bind("inproc://ends")
    pull.rcvtimeo = 10
    with pytest.raises(zmq.Again):
        next(iter(pull))
    pull.rcvtimeo = PATIENCE_MS
    seen: list[Any] = []
    reader = threading.Thread(target=lambda: seen.extend(pull))
    reader.start()
    ctx.shutdown()
    reader.join(PATIENCE_MS / 1000)
    assert not reader.is_alive()
    assert seen == []
    pull.close()
    ctx.term()


def test_subclasses_keep_their_way_of_sending_and_receiving(ctx: zmq.Context[Any]) -> None:
    class Shouting(zmq.Socket[Any]):
        def send(self, data: Any, flags: int = 0, *args: Any, **kwargs: Any) -> Any:
            return super().send(data.upper(), flags, *args, **kwargs)

        def recv(self, *args: Any, **kwargs: Any) -> Any:
            return super().recv(*args, **kwargs) + b"!"

    right = ctx.socket(zmq.PAIR, socket_class=Shouting)
    left = ctx.socket(zmq.PAIR, socket_class=Shouting)
    right.bind("inproc://own")
    left.connect("inproc://own")
    left.send_many([b"a", [b"b", b"c"]])
    assert right.recv_many(1) == [b"A!"]
    assert right.recv_many(multipart=True) == [[b"B!", b"C!"]]
    left.send(b"d")
    assert next(iter(right)) == b"D!"


def test_several_threads_receive_batches(ctx: zmq.Context[Any]) -> None:
    pull, push = pair_of(ctx, "tcp://127.0.0.1:*", zmq.PULL, zmq.PUSH)
    total, found, done = 20_000, [], threading.Event()
    lock = threading.Lock()

    def work() -> None:
        while not done.is_set():
            try:
                some = pull.recv_many(50, timeout=100)
            except zmq.Again:
                continue
            assert some == sorted(some, key=int)
            with lock:
                found.extend(some)
                if len(found) >= total:
                    done.set()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    push.send_many(b"%d" % number for number in range(total))
    assert done.wait(PATIENCE_MS / 1000)
    for worker in workers:
        worker.join(PATIENCE_MS / 1000)
    assert sorted(map(int, found)) == list(range(total))
