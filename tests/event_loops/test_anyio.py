"""The sockets for anyio, on asyncio and on trio."""

from __future__ import annotations

import os

import anyio
import pytest

import purezmq as zmq
import purezmq.anyio

MESSAGES = [b"%d" % number for number in range(5)]


class KeepingContext(zmq.anyio.Context):
    """A context that holds its sockets until it is destroyed, so that tests need not close them."""

    def socket(self, *args, **kwargs):
        made = super().socket(*args, **kwargs)
        self.__dict__.setdefault("_kept", []).append(made)
        return made


@pytest.fixture
def context():
    made = KeepingContext()
    yield made
    made.destroy(linger=0)


@pytest.fixture(params=["asyncio", "trio"])
def run(request):
    def run_it(function):
        async def main():
            with anyio.fail_after(20):
                return await function()

        return anyio.run(main, backend=request.param)

    return run_it


@pytest.fixture(params=["tcp", "inproc"])
def pair(request, context, make_endpoint):
    def make(left, right, **options):
        binder, connecter = context.socket(left), context.socket(right)
        for socket in (binder, connecter):
            for name, value in options.items():
                setattr(socket, name, value)
        binder.bind(make_endpoint(request.param))
        connecter.connect(binder.LAST_ENDPOINT.decode())
        return binder, connecter

    return make


def test_the_calls(pair, run):
    async def talk():
        left, right = pair(zmq.PAIR, zmq.PAIR)
        await left.send(b"one")
        assert await right.recv() == b"one"
        await left.send(b"a", zmq.SNDMORE)
        await left.send(b"b")
        assert await right.recv() == b"a"
        assert right.rcvmore
        assert await right.recv() == b"b"
        await left.send_multipart([b"1", b"2"])
        assert await right.recv_multipart() == [b"1", b"2"]
        await left.send_json({"a": 1})
        assert await right.recv_json() == {"a": 1}
        await left.send_string("é")
        assert await right.recv_string() == "é"
        await left.send(bytearray(100_000), copy=False)
        assert len((await right.recv(copy=False)).bytes) == 100_000
        buffer = bytearray(3)
        await left.send(b"xyz!")
        assert await right.recv_into(buffer) == 4
        assert buffer == b"xyz"
        await left.send_many([b"1", b"2", [b"3", b"4"]])
        got = []
        while len(got) < 4:
            got += await right.recv_many(timeout=10_000)
        assert got == [b"1", b"2", b"3", b"4"]
        assert right.recv_nowait("nothing") == "nothing"
        assert await left.poll(0) == 0
        assert await left.poll(flags=zmq.POLLOUT) == zmq.POLLOUT
        for call in (
            lambda: right.recv(zmq.DONTWAIT),
            lambda: right.recv(timeout=0),
            lambda: right.recv(timeout=5),
        ):
            with pytest.raises(zmq.Again):
                await call()
        with pytest.raises(TypeError):
            await left.send("text")

    run(talk)


def test_request_and_reply(pair, run):
    async def talk():
        req, rep = pair(zmq.REQ, zmq.REP)

        async def serve():
            async for request in rep:
                await rep.send(request)

        async with anyio.create_task_group() as group:
            group.start_soon(serve)
            for number in range(100):
                await req.send(b"%d" % number)
                assert await req.recv() == b"%d" % number
            rep.close()

    run(talk)


def test_several_tasks_wait_in_one_socket(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        got = []

        async def consume(count):
            for _ in range(count):
                got.append(await pull.recv())

        async def poll():
            assert await pull.poll() == zmq.POLLIN

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(consume, 20)
            group.start_soon(poll)
            for number in range(60):
                await push.send(b"%02d" % number)
        assert sorted(got) == [b"%02d" % number for number in range(60)]

    run(talk)


async def plain(socket, got):
    while True:
        got.append(await socket.recv())


async def many(socket, got):
    while True:
        got += await socket.recv_many(2)


async def timing_out(socket, got):
    while True:
        with anyio.move_on_after(0):
            got.append(await socket.recv())
        await anyio.sleep(0)


async def as_json(socket, got):
    while True:
        got.append(b"%d" % await socket.recv_json())


@pytest.mark.parametrize("consume", [plain, many, timing_out, as_json], ids=lambda consume: consume.__name__)
def test_a_cancelled_receiver_loses_nothing(pair, run, consume):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        for turn in range(20):
            got = []
            async with anyio.create_task_group() as group:
                group.start_soon(consume, pull, got)
                for message in MESSAGES:
                    await push.send(message)
                for _ in range(turn):
                    await anyio.sleep(0)
                group.cancel_scope.cancel()
            while len(got) < len(MESSAGES):
                got.append(await pull.recv(timeout=10_000))
            with pytest.raises(zmq.Again):
                await pull.recv(timeout=1)
            assert got == MESSAGES, f"cancelled in turn {turn}"

    run(talk)


def test_a_leader_that_is_cancelled_is_replaced(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        got = []
        async with anyio.create_task_group() as group:
            scope = anyio.CancelScope()

            async def leader():
                with scope:
                    await pull.recv()

            group.start_soon(leader)
            await anyio.sleep(0.01)
            group.start_soon(plain, pull, got)
            await anyio.sleep(0.01)
            scope.cancel()
            await push.send(b"x")
            while not got:
                await anyio.sleep(0.001)
            group.cancel_scope.cancel()
        assert got == [b"x"]

    run(talk)


def test_a_cancelled_send_was_not_sent(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=2, rcvhwm=2, sndbuf=4096, rcvbuf=4096)
        for turn in range(8):
            before = 0
            while await push.poll(20, zmq.POLLOUT):
                await push.send(bytes(50_000))
                before += 1
            sent = []

            async def produce(sent=sent):
                for number in range(6):
                    await push.send(b"%d" % number)
                    sent.append(b"%d" % number)

            async with anyio.create_task_group() as group:
                group.start_soon(produce)
                await anyio.sleep(0)
                got = [await pull.recv() for _ in range(before)]
                for _ in range(turn):
                    await anyio.sleep(0)
                group.cancel_scope.cancel()
            while len(got) < before + len(sent):
                got.append(await pull.recv(timeout=10_000))
            with pytest.raises(zmq.Again):
                await pull.recv(timeout=20)
            assert got[before:] == sent, f"cancelled in turn {turn}"

    run(talk)


def test_send_many_waits_for_room(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=10, rcvhwm=10)
        messages = [b"%d" % number for number in range(1000)]
        got = []
        async with anyio.create_task_group() as group:
            group.start_soon(push.send_many, messages)
            while len(got) < len(messages):
                got += await pull.recv_many(timeout=10_000)
        assert got == messages
        with pytest.raises(zmq.Again) as caught:
            await push.send_many([bytes(50_000)] * 1000, timeout=50)
        assert 0 < caught.value.sent < 1000

    run(talk)


def test_the_background_serves_a_socket_whose_loop_is_busy(context, run, eventually):
    async def talk():
        pull = context.socket(zmq.PULL)
        port = pull.bind_to_random_port("tcp://127.0.0.1")
        got = []

        async def receive():
            for _ in range(100):
                got.append(await pull.recv())

        with zmq.Socket(context, zmq.PUSH) as push:
            async with anyio.create_task_group() as group:
                group.start_soon(receive)
                await anyio.sleep(0.01)
                push.connect(f"tcp://127.0.0.1:{port}")
                for _ in range(100):
                    push.send(b"x")
                # This blocks the loop.
                eventually(lambda: pull.stats()["queue_in"] == 100, "the I/O thread reads for the busy loop")
        assert got == [b"x"] * 100

    run(talk)


def test_closing_is_an_error_in_what_waits(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        errors = []

        async def wait(call):
            with pytest.raises(zmq.ZMQError) as caught:
                await call()
            errors.append(caught.value.errno)

        async with anyio.create_task_group() as group:
            for call in (pull.recv, pull.recv_multipart, pull.poll):
                group.start_soon(wait, call)
            await anyio.sleep(0.01)
            pull.close()
        assert errors == [zmq.ENOTSOCK] * 3

    run(talk)


def test_poller(context, run):
    async def talk():
        left, right = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        left.bind("inproc://poller")
        right.connect("inproc://poller")
        read_end, write_end = os.pipe()
        poller = zmq.anyio.Poller()
        poller.register(left, zmq.POLLIN)
        poller.register(read_end, zmq.POLLIN)
        assert await poller.poll(0) == []
        assert await poller.poll(5) == []
        async with anyio.create_task_group() as group:
            group.start_soon(right.send, b"x")
            assert await poller.poll() == [(left, zmq.POLLIN)]
        await left.recv()
        os.write(write_end, b"x")
        assert await poller.poll() == [(read_end, zmq.POLLIN)]
        os.close(read_end)
        os.close(write_end)
        poller._close()

    run(talk)


def test_async_with(run):
    async def talk():
        async with zmq.anyio.Context() as context:
            async with context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
                port = pull.bind_to_random_port("tcp://127.0.0.1")
                push.connect(f"tcp://127.0.0.1:{port}")
                await push.send(b"x")
                assert await pull.recv() == b"x"
        assert context.closed

    run(talk)


def test_waiting_for_peers_and_subscribers(context, run, make_future_endpoint):
    async def talk():
        pub, sub = context.socket(zmq.PUB), context.socket(zmq.SUB)
        port = pub.bind_to_random_port("tcp://127.0.0.1")
        with pytest.raises(zmq.Again, match="peers"):
            await pub.wait_for_peers(timeout=20)
        async with anyio.create_task_group() as group:
            group.start_soon(pub.wait_for_peers)
            group.start_soon(pub.wait_for_subscribers, 1, "news")
            await sub.connect(f"tcp://127.0.0.1:{port}", wait=10_000)
            sub.subscribe("news")
        await pub.send(b"news")
        assert await sub.recv() == b"news"
        with pytest.raises(zmq.Again):
            await sub.connect(make_future_endpoint("tcp"), wait=20)

    run(talk)


def test_ordinary_iteration_is_refused(context):
    with pytest.raises(TypeError):
        iter(context.socket(zmq.PULL))
