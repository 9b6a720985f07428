"""What the calls of an asyncio socket return, and when they do their work."""

from __future__ import annotations

import asyncio
import warnings

import pytest

import purezmq as zmq
import purezmq.asyncio
from purezmq._future import _AsyncPoller, _AsyncSocket


def test_the_classes_are_pyzmqs(context):
    socket = context.socket(zmq.PUSH)
    assert isinstance(socket, zmq.asyncio.Socket)
    assert isinstance(socket, _AsyncSocket)
    assert isinstance(socket, zmq.Socket)
    assert issubclass(zmq.asyncio.Poller, _AsyncPoller)
    assert socket._poller_class is zmq.asyncio.Poller
    assert repr(socket).startswith("<purezmq.asyncio.Socket(zmq.PUSH)")


def test_the_context_instance_is_its_own():
    ours, theirs = zmq.asyncio.Context.instance(), zmq.Context.instance()
    try:
        assert ours is zmq.asyncio.Context.instance()
        assert ours is not theirs
        assert type(theirs) is zmq.Context
    finally:
        ours.term()
        theirs.term()


@pytest.mark.parametrize("shadow", [lambda ctx: zmq.asyncio.Context(ctx), zmq.asyncio.Context.shadow])
def test_a_context_may_share_an_ordinary_one(shadow, run):
    with zmq.Context() as original:
        shared = shadow(original)

        async def talk():
            with shared.socket(zmq.PULL) as pull, original.socket(zmq.PUSH) as push:
                pull.bind("inproc://shared")
                push.connect("inproc://shared")
                push.send(b"from the ordinary one")
                return await pull.recv()

        assert run(talk()) == b"from the ordinary one"


def test_a_message_that_arrives_completes_the_future(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        first, second = pull.recv(), pull.recv()
        assert not first.done()
        assert not second.done()
        await push.send(b"one")
        assert await first == b"one"
        assert not second.done()
        await push.send(b"two")
        assert await second == b"two"
        assert first.result() == b"one"

    run(talk())


def test_send_needs_no_await(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        push.send(b"sent")
        push.send_multipart([b"and", b"more"])
        assert await pull.recv() == b"sent"
        assert await pull.recv_multipart() == [b"and", b"more"]

    run(talk())


def test_a_message_sent_before_computing_leaves_without_the_loop(context, run):
    async def talk():
        push, pull = context.socket(zmq.PUSH), zmq.Socket.shadow(context.socket(zmq.PULL))
        port = pull.bind_to_random_port("tcp://127.0.0.1")
        push.connect(f"tcp://127.0.0.1:{port}")
        await push.send(b"connected")
        assert pull.recv(timeout=10_000) == b"connected"
        for number in range(1000):
            push.send(b"%d" % number)
        # The loop does not run while we wait here.
        assert [pull.recv(timeout=10_000) for _ in range(1000)] == [b"%d" % n for n in range(1000)]

    run(talk())


@pytest.mark.parametrize("is_queued", [True, False])
def test_what_a_call_returns_is_a_future(pair, run, is_queued):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        if is_queued:
            for _ in range(8):
                push.send(b"x")
            assert await pull.poll(10_000)
        received = pull.recv()
        assert received.done() is is_queued
        assert asyncio.isfuture(received)
        assert isinstance(received, asyncio.Future)
        assert asyncio.ensure_future(received) is received
        assert received.get_loop() is asyncio.get_running_loop()
        calls = []
        received.add_done_callback(calls.append)
        others = [pull.recv() for _ in range(7)]
        if not is_queued:
            for _ in range(8):
                push.send(b"x")
        assert await received == b"x"
        assert received.exception() is None
        assert not received.cancelled()
        assert not received.cancel()
        assert await asyncio.gather(others[0], others[1]) == [b"x", b"x"]
        done, pending = await asyncio.wait({others[2], others[3]}, timeout=10)
        assert {future.result() for future in done} == {b"x"}
        assert len(done) == 2
        assert not pending
        assert await asyncio.wait_for(others[4], 10) == b"x"
        assert await asyncio.shield(others[5]) == b"x"
        assert [await future for future in asyncio.as_completed([others[6]])] == [b"x"]
        await asyncio.sleep(0)
        assert calls == [received]

    run(talk())


def test_completed_sends_are_different_futures(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        done, pending = await asyncio.wait({push.send(b"a"), push.send(b"b")})
        assert len(done) == 2
        assert not pending
        assert [await pull.recv(), await pull.recv()] == [b"a", b"b"]

    run(talk())


def test_loop_run_until_complete_takes_what_recv_returns():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        with zmq.asyncio.Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
            a.bind("inproc://here")
            b.connect("inproc://here")
            with pytest.warns(RuntimeWarning, match="no event loop is running"):
                waiting = a.recv()
            b.send(b"hello")
            assert loop.run_until_complete(waiting) == b"hello"
            b.send(b"again")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert loop.run_until_complete(a.recv()) == b"again"
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_errors_come_when_the_call_is_awaited(pair, run):
    async def talk():
        req, rep = pair(zmq.REQ, zmq.REP)
        failed = rep.send(b"nobody has asked")
        with pytest.raises(zmq.ZMQError) as caught:
            await failed
        assert caught.value.errno == zmq.EFSM
        with pytest.raises(zmq.ZMQError):
            await req.recv()
        with pytest.raises(TypeError, match="unicode"):
            await req.send("text")
        with pytest.raises(TypeError, match="Frame 1"):
            await req.send_multipart([b"a", 1])

    run(talk())


def test_parts_of_a_message(pair, run):
    async def talk():
        left, right = pair(zmq.PAIR, zmq.PAIR)
        await left.send(b"one", zmq.SNDMORE)
        await left.send(b"two", zmq.SNDMORE)
        await left.send(b"three")
        assert await right.recv() == b"one"
        assert right.rcvmore
        assert await right.recv_multipart() == [b"two", b"three"]
        assert not right.rcvmore
        waiting = [right.recv() for _ in range(3)]
        await left.send_multipart([b"1", b"2", b"3"])
        assert await asyncio.gather(*waiting) == [b"1", b"2", b"3"]

    run(talk())


def test_frames_and_trackers(pair, run):
    async def talk():
        left, right = pair(zmq.PAIR, zmq.PAIR)
        data = bytearray(b"x" * 100_000)
        tracker = await left.send(data, copy=False, track=True)
        frame = await right.recv(copy=False)
        assert isinstance(frame, zmq.Frame)
        assert frame.bytes == bytes(data)
        await asyncio.to_thread(tracker.wait, 10)
        await left.send_multipart([b"a", zmq.Frame(b"b")])
        assert [part.bytes for part in await right.recv_multipart(copy=False)] == [b"a", b"b"]

    run(talk())


def test_serialized_objects(pair, run):
    async def talk():
        left, right = pair(zmq.PAIR, zmq.PAIR)
        for is_queued in (True, False):
            calls = [
                (lambda: left.send_string("hé"), right.recv_string, "hé"),
                (lambda: left.send_json({"a": [1]}), right.recv_json, {"a": [1]}),
                (lambda: left.send_pyobj({1, 2}), right.recv_pyobj, {1, 2}),
                (
                    lambda: left.send_serialized(3, lambda n: [b"x"] * n),
                    lambda: right.recv_serialized(len),
                    3,
                ),
            ]
            for send, receive, expected in calls:
                if is_queued:
                    await send()
                    assert await right.poll(10_000)
                    assert await receive() == expected
                else:
                    waiting = receive()
                    await send()
                    assert await waiting == expected
        waiting = right.recv_json()
        await left.send(b"{")
        with pytest.raises(ValueError):
            await waiting
        await left.send(b"{")
        assert await right.poll(10_000)
        with pytest.raises(ValueError):
            await right.recv_json()

    run(talk())


def test_recv_into(pair, run):
    async def talk():
        left, right = pair(zmq.PAIR, zmq.PAIR)
        buffer = bytearray(4)
        waiting = right.recv_into(buffer)
        await left.send(b"ab")
        assert await waiting == 2
        assert buffer == b"ab\0\0"
        await left.send(b"abcdefgh")
        assert await right.recv_into(buffer, nbytes=3) == 8
        assert buffer == b"abc\0"
        with pytest.raises(BufferError):
            right.recv_into(b"constant")

    run(talk())


def test_dontwait(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=1, rcvhwm=1)
        now = pull.recv(zmq.DONTWAIT)
        assert now.done()
        with pytest.raises(zmq.Again):
            await now
        lonely = push.context.socket(zmq.PUSH)
        for call in (
            lambda: lonely.send(b"x", zmq.DONTWAIT),
            lambda: lonely.send_multipart([b"x"], zmq.NOBLOCK),
        ):
            refused = call()
            assert refused.done()
            with pytest.raises(zmq.Again):
                await refused
        assert pull.recv_nowait("nothing") == "nothing"
        await push.send(b"x")
        assert await pull.poll(10_000)
        assert pull.recv_nowait() == b"x"

    run(talk())


def test_overriding_send_and_recv_affects_what_is_built_on_them(context, run):
    class Shouting(zmq.asyncio.Socket):
        sent = 0

        def send(self, data, *args, **kwargs):
            self.sent += 1
            return super().send(data.upper(), *args, **kwargs)

        async def recv(self, *args, **kwargs):
            return (await super().recv(*args, **kwargs)) + b'"'

    async def talk():
        with context.socket(zmq.PAIR, socket_class=Shouting) as a, context.socket(zmq.PAIR) as b:
            a.bind("inproc://shouting")
            b.connect("inproc://shouting")
            await a.send_string("quiet")
            assert await b.recv() == b"QUIET"
            assert a.sent == 1
            await b.send(b'"text')
            assert await a.recv_json() == "text"

    run(talk())


def test_from_socket_and_shadow(run):
    async def talk():
        with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
            pull.bind("inproc://sync")
            push.connect("inproc://sync")
            shadows = [
                zmq.asyncio.Socket.from_socket(pull),
                zmq.asyncio.Socket(pull),
                zmq.asyncio.Socket.shadow(pull.underlying),
                zmq.asyncio.Socket(_from_socket=pull),
            ]
            for shadow in shadows:
                waiting = shadow.recv()
                push.send(b"x")
                assert await waiting == b"x"
            # They share a queue: first come, first served.
            waiting = [shadow.recv() for shadow in shadows]
            for number in range(4):
                push.send(b"%d" % number)
            assert await asyncio.gather(*waiting) == [b"0", b"1", b"2", b"3"]
            last = shadows[0].recv()
            shadows[0].close()
            with pytest.raises(asyncio.CancelledError):
                await last
            assert not pull.closed
            push.send(b"still")
            assert pull.recv(timeout=10_000) == b"still"

    run(talk())


def test_deprecated_names(recwarn):
    with pytest.warns(DeprecationWarning, match="every asyncio event loop"):
        zmq.asyncio.install()
    loop = zmq.asyncio.ZMQEventLoop()
    assert isinstance(loop, asyncio.SelectorEventLoop)
    loop.close()
    assert issubclass(zmq.asyncio.ProactorSelectorThreadWarning, RuntimeWarning)


def test_the_loop_argument_is_deprecated(context):
    with pytest.warns(DeprecationWarning, match="running loop"):
        zmq.asyncio.Socket(context, zmq.PULL, io_loop=object()).close()
