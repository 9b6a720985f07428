"""Which loop serves a socket, and who does while no loop comes."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

import purezmq as zmq
import purezmq.asyncio


async def echo(router):
    while True:
        await router.send_multipart(await router.recv_multipart())


def test_a_socket_moves_from_one_run_to_the_next(context, run):
    rep, req = context.socket(zmq.REP), context.socket(zmq.REQ)
    port = rep.bind_to_random_port("tcp://127.0.0.1")
    req.connect(f"tcp://127.0.0.1:{port}")

    async def talk(number):
        waiting = rep.recv()
        await req.send(number)
        assert await waiting == number
        await rep.send(number)
        assert await req.recv() == number

    for number in range(5):
        run(talk(b"%d" % number))


def test_a_loop_that_ended_while_a_call_waited_leaves_the_socket_usable(context):
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    push.connect(f"tcp://127.0.0.1:{port}")

    async def give_up():
        pull.recv()  # neither awaited nor cancelled
        await asyncio.sleep(0)

    async def talk():
        await push.send(b"x")
        return await pull.recv(timeout=10_000)

    for _ in range(3):
        asyncio.run(give_up())
        assert asyncio.run(talk()) == b"x"


def test_messages_that_a_loop_gathered_and_did_not_flush_leave_before_those_of_the_next_loop(context):
    pull, push = zmq.Socket(context, zmq.PULL), context.socket(zmq.PUSH)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    push.connect(f"tcp://127.0.0.1:{port}")
    numbers = iter(range(1000))

    def send_some():
        for _ in range(100):
            push.send(b"%d" % next(numbers))

    for _ in range(10):
        loop = asyncio.new_event_loop()
        loop.call_soon(send_some)
        loop.call_soon(loop.stop)  # in the same turn: there is no next one, in which the loop would flush
        loop.run_forever()
        loop.close()
    with pull:
        assert [int(pull.recv(timeout=10_000)) for _ in range(1000)] == list(range(1000))


def test_the_background_serves_a_socket_whose_loop_is_closed(context, eventually):
    pull, push = context.socket(zmq.PULL), zmq.Socket(context, zmq.PUSH)
    port = pull.bind_to_random_port("tcp://127.0.0.1")

    async def wait_in_vain():
        with pytest.raises(zmq.Again):
            await pull.recv(timeout=1)

    asyncio.run(wait_in_vain())
    with push:
        push.connect(f"tcp://127.0.0.1:{port}")
        for _ in range(100):
            push.send(b"x")
        # Nobody calls anything: the I/O thread accepts, shakes hands and reads.
        eventually(lambda: pull.stats()["queue_in"] == 100, "the I/O thread reads")
        assert zmq.Socket.shadow(pull).recv(timeout=10_000) == b"x"


def test_the_background_serves_a_socket_whose_loop_is_busy_or_stopped(context, eventually):
    pull, push = context.socket(zmq.PULL), zmq.Socket(context, zmq.PUSH)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    loop = asyncio.new_event_loop()

    async def wait_in_vain():
        with pytest.raises(zmq.Again):
            await pull.recv(timeout=1)

    async def be_busy():
        waiting = pull.recv()
        await asyncio.sleep(0)
        push.connect(f"tcp://127.0.0.1:{port}")
        for _ in range(100):
            push.send(b"busy")
        # This blocks the loop.
        eventually(lambda: pull.stats()["queue_in"] == 100, "the I/O thread reads for the busy loop")
        assert await waiting == b"busy"
        assert [await pull.recv() for _ in range(99)] == [b"busy"] * 99

    async def come_back():
        return [await pull.recv(timeout=10_000) for _ in range(100)]

    with push:
        loop.run_until_complete(wait_in_vain())
        loop.run_until_complete(be_busy())
        for _ in range(100):
            push.send(b"stopped")
        eventually(lambda: pull.stats()["queue_in"] == 100, "the I/O thread reads for the stopped loop")
        assert loop.run_until_complete(come_back()) == [b"stopped"] * 100
        loop.close()


def test_a_thread_waits_while_a_stopped_loop_has_the_claim(context, in_thread):
    pair, peer = context.socket(zmq.PAIR), zmq.Socket(context, zmq.PAIR)
    pair.bind("inproc://stopped")
    peer.connect("inproc://stopped")
    loop = asyncio.new_event_loop()

    async def wait_in_vain():
        with pytest.raises(zmq.Again):
            await pair.recv(timeout=1)

    with peer:
        loop.run_until_complete(wait_in_vain())
        waiting = in_thread(lambda: zmq.Socket.shadow(pair).recv(timeout=10_000))
        time.sleep(0.05)
        peer.send(b"for the thread")
        assert waiting.result() == b"for the thread"
        began = time.process_time()
        waiting = in_thread(lambda: zmq.Socket.shadow(pair).poll(300))
        assert waiting.result() == 0
        assert time.process_time() - began < 0.25, "the thread spun instead of sleeping"
        loop.close()


def test_loops_in_several_threads(context, in_thread):
    router = context.socket(zmq.ROUTER)
    port = router.bind_to_random_port("tcp://127.0.0.1")

    async def ask(name):
        with context.socket(zmq.DEALER) as dealer:
            dealer.connect(f"tcp://127.0.0.1:{port}")
            for number in range(100):
                message = b"%s %d" % (name, number)
                await dealer.send(message)
                assert await dealer.recv(timeout=10_000) == message

    async def serve(clients):
        task = asyncio.create_task(echo(router))
        while any(client.is_running for client in clients):
            await asyncio.sleep(0.01)
        task.cancel()

    clients = [in_thread(lambda name=name: asyncio.run(ask(name))) for name in (b"a", b"b", b"c")]
    asyncio.run(serve(clients))
    for client in clients:
        client.result()


def test_one_socket_in_the_loops_of_two_threads(context, in_thread):
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind("inproc://two-loops")
    push.connect("inproc://two-loops")
    total, got, lock = 300, [], threading.Lock()

    async def consume():
        shadow = zmq.asyncio.Socket.shadow(pull)
        while True:
            message = await shadow.recv(timeout=10_000)
            if message == b"end":
                return
            with lock:
                got.append(int(message))

    async def produce():
        for number in range(total):
            await push.send(b"%d" % number)
            if number % 10 == 0:
                await asyncio.sleep(0)
        while len(got) < total:
            await asyncio.sleep(0.001)
        for _ in range(2):
            await push.send(b"end")

    threads = [in_thread(lambda: asyncio.run(consume())) for _ in range(2)]
    asyncio.run(asyncio.wait_for(produce(), 10))
    for thread in threads:
        thread.result()
    assert sorted(got) == list(range(total))


def test_a_thread_and_a_loop_share_a_socket(context, in_thread, run):
    async def talk():
        left, right = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        port = left.bind_to_random_port("tcp://127.0.0.1")
        right.connect(f"tcp://127.0.0.1:{port}")
        plain = zmq.Socket.shadow(right)
        for number in range(50):
            sender = in_thread(plain.send, b"%d" % number)
            assert await left.recv(timeout=10_000) == b"%d" % number
            sender.result()
            receiver = in_thread(lambda: plain.recv(timeout=10_000))
            waiting = left.recv()
            await left.send(b"back")
            assert await asyncio.to_thread(receiver.result) == b"back"
            assert waiting.cancel()

    run(talk())


def test_closing_cancels_what_waits(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        waiting = [pull.recv(), asyncio.create_task(wait_for(pull.recv())), pull.poll()]
        await asyncio.sleep(0)
        pull.close()
        for call in waiting:
            with pytest.raises(asyncio.CancelledError):
                await call
        lonely = push.context.socket(zmq.PUSH)
        call = lonely.send(b"to nobody")
        assert not call.done()
        lonely.close(0)
        assert call.cancelled()
        with pytest.raises(zmq.ZMQError):
            await pull.recv()
        with pytest.raises(zmq.ZMQError):
            await pull.send(b"x")
        with pytest.raises(zmq.ZMQError) as caught:
            pull.poll()
        assert caught.value.errno == zmq.ENOTSUP

    run(talk())


async def wait_for(awaitable):
    return await awaitable


def test_closing_in_another_thread_cancels_what_waits(pair, run, in_thread):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        waiting = pull.recv()
        await asyncio.sleep(0)
        closing = in_thread(pull.close)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, 10)
        closing.result()

    run(talk())


def test_the_end_of_the_context_is_an_error_in_what_waits(run, in_thread):
    async def talk():
        context = zmq.asyncio.Context()
        pull = context.socket(zmq.PULL)
        pull.bind("inproc://end")
        waiting = [pull.recv(), asyncio.create_task(wait_for(pull.recv())), pull.poll()]
        await asyncio.sleep(0)
        ending = in_thread(context.term)
        for call in waiting:
            with pytest.raises(zmq.ContextTerminated):
                await asyncio.wait_for(call, 10)
        pull.close()
        await asyncio.to_thread(ending.result)

    run(talk())


def test_iteration_ends_with_the_socket(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        got = []

        async def consume():
            async for message in pull:
                got.append(message)

        task = asyncio.create_task(consume())
        await push.send(b"one")
        await push.send_multipart([b"two", b"parts"])
        async with asyncio.timeout(10):
            while len(got) < 2:
                await asyncio.sleep(0)
        pull.close()
        await asyncio.wait_for(task, 10)
        assert got == [b"one", [b"two", b"parts"]]

    run(talk())


def test_async_with(run):
    async def talk():
        async with zmq.asyncio.Context() as context:
            async with context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
                port = pull.bind_to_random_port("tcp://127.0.0.1")
                push.connect(f"tcp://127.0.0.1:{port}")
                await push.send(b"x")
                assert await pull.recv() == b"x"
            assert push.closed
            assert pull.closed
        assert context.closed

    run(talk())


def test_leaving_a_context_does_not_block_the_loop(run):
    async def talk():
        turns = 0

        async def count():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.01)

        counting = asyncio.create_task(count())
        async with zmq.asyncio.Context() as context:
            push = context.socket(zmq.PUSH)
            push.linger = 200
            push.connect("tcp://127.0.0.1:9")  # nobody is there
            await push.send(b"lingers")
            push.close()
            before = turns
        assert turns > before + 3
        counting.cancel()

    run(talk())


def test_a_socket_used_as_a_sender_only_needs_no_reader(context, run):
    async def talk():
        pub, sub = context.socket(zmq.XPUB), context.socket(zmq.SUB)
        port = pub.bind_to_random_port("tcp://127.0.0.1")
        sub.subscribe(b"")
        sub.connect(f"tcp://127.0.0.1:{port}")
        assert await pub.recv() == b"\x01"
        await pub.send(b"news")
        assert await sub.recv() == b"news"

    run(talk())
