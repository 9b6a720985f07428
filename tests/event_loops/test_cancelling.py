"""Cancelling loses nothing and repeats nothing, whatever the moment.

A consumer is cancelled in the k-th turn of the loop, for every k until it gets through undisturbed. Whatever it took it
has kept; everything else must still be there, in order, for the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import sys

import pytest

import purezmq as zmq
import purezmq.asyncio

MESSAGES = [b"%d" % number for number in range(5)]


async def plain(socket, got):
    while True:
        got.append(await socket.recv())


async def multipart(socket, got):
    while True:
        got.append((await socket.recv_multipart())[0])


async def as_json(socket, got):
    while True:
        got.append(b"%d" % await socket.recv_json())


async def many(socket, got):
    while True:
        got += await socket.recv_many(2)


async def iterating(socket, got):
    async for message in socket:
        got.append(message)


async def wait_for(socket, got):
    while True:
        got.append(await asyncio.wait_for(socket.recv(), 10))


async def timing_out(socket, got):
    while True:
        try:
            async with asyncio.timeout(0):
                got.append(await socket.recv())
        except TimeoutError:
            await asyncio.sleep(0)


async def own_timeout(socket, got):
    while True:
        try:
            got.append(await socket.recv(timeout=0))
        except zmq.Again:
            await asyncio.sleep(0)


async def waiting(socket, got):
    while True:
        done, _ = await asyncio.wait({socket.recv()})
        got.append(done.pop().result())


async def made_before(socket, got):
    while True:
        future = socket.recv()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        got.append(await future)


async def polling(socket, got):
    while True:
        if await socket.poll(10_000):
            got.append(await socket.recv(zmq.DONTWAIT))


CONSUMERS = [
    plain,
    multipart,
    as_json,
    many,
    iterating,
    wait_for,
    timing_out,
    own_timeout,
    waiting,
    made_before,
    polling,
]


async def cancel_in_turn(task, turn):
    for _ in range(turn):
        await asyncio.sleep(0)
        if task.done():
            break
    # wait_for() of Python 3.11 swallows a cancellation that comes together with the result.
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.02)


async def receive_the_rest(pull, got):
    while len(got) < len(MESSAGES):
        got.append(await pull.recv(timeout=10_000))
    # Nothing came twice.
    with pytest.raises(zmq.Again):
        await pull.recv(timeout=1)


@pytest.mark.parametrize("consume", CONSUMERS, ids=lambda consume: consume.__name__)
@pytest.mark.parametrize("is_queued", [True, False], ids=["queued", "arriving"])
def test_a_cancelled_receiver_loses_nothing(pair, run, consume, is_queued):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        for turn in range(24):
            got = []
            if is_queued:
                for message in MESSAGES:
                    push.send(message)
                assert await pull.poll(10_000)
            task = asyncio.create_task(consume(pull, got))
            if not is_queued:
                await asyncio.sleep(0)
                for message in MESSAGES:
                    push.send(message)
            await cancel_in_turn(task, turn)
            del task
            gc.collect()
            await receive_the_rest(pull, got)
            assert got == MESSAGES, f"cancelled in turn {turn}"

    run(talk())


@pytest.mark.parametrize(
    "consume", [plain, multipart, wait_for, waiting], ids=lambda consume: consume.__name__
)
def test_the_next_in_the_queue_takes_the_place_of_a_cancelled_one(pair, run, consume):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        for turn in range(16):
            got = []
            first = asyncio.create_task(consume(pull, got))
            second = asyncio.create_task(plain(pull, got))
            await asyncio.sleep(0)
            for message in MESSAGES:
                push.send(message)
            await cancel_in_turn(first, turn)
            del first  # what a cancelled task leaves behind may hold a message
            gc.collect()
            async with asyncio.timeout(10):
                while len(got) < len(MESSAGES):
                    await asyncio.sleep(0.001)
            second.cancel()
            assert sorted(got) == MESSAGES, f"cancelled in turn {turn}"

    run(talk())


def test_a_coroutine_that_is_closed_takes_nothing(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        coroutine = plain(pull, [])
        coroutine.send(None)
        push.send(b"x")
        coroutine.close()
        assert await pull.recv(timeout=10_000) == b"x"

    run(talk())


def test_a_call_that_is_thrown_away_while_it_waits_takes_nothing(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        thrown_away = [pull.recv() for _ in range(3)]
        kept = pull.recv()
        thrown_away.clear()
        push.send(b"x")
        done, _ = await asyncio.wait({kept}, timeout=10)
        assert done and kept.result() == b"x"

    run(talk())


def test_a_future_that_is_thrown_away_gives_its_message_back(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        waiting = pull.recv()
        push.send(b"one")
        push.send(b"two")
        async with asyncio.timeout(10):
            while not waiting.done():
                await asyncio.sleep(0)
        queued = pull.recv(timeout=10_000)
        assert await queued == b"two"
        del waiting
        gc.collect()
        assert await pull.poll(0) == zmq.POLLIN
        assert pull.EVENTS & zmq.POLLIN
        assert await pull.recv(timeout=10_000) == b"one"
        # The same with one that was completed at the call.
        push.send_multipart([b"a", b"b"])
        push.send(b"three")
        assert await pull.poll(10_000)
        pull.recv()
        pull.recv_multipart()
        pull.recv_many()
        assert await pull.recv() == b"a"
        assert await pull.recv() == b"b"
        assert await pull.recv(timeout=10_000) == b"three"

    run(talk())


def test_a_message_given_back_wakes_who_waits(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        push.send(b"x")
        assert await pull.poll(10_000)
        first = pull.recv()
        second = asyncio.create_task(plain(pull, got := []))
        await asyncio.sleep(0)
        del first
        gc.collect()
        async with asyncio.timeout(10):
            while not got:
                await asyncio.sleep(0)
        assert got == [b"x"]
        second.cancel()

    run(talk())


def test_a_gathered_receive_that_is_cancelled_while_waiting_loses_nothing(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        for turn in range(8):
            gathered = asyncio.gather(pull.recv(), pull.recv())
            for _ in range(turn):
                await asyncio.sleep(0)
            gathered.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gathered
            push.send(b"x")
            assert await pull.recv(timeout=10_000) == b"x"

    run(talk())


def test_timeouts_that_race_with_arrival(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        loop = asyncio.get_running_loop()
        rounds, numbers, got = 300, itertools.count(), []
        for round_number in range(rounds):
            loop.call_later((round_number % 30) * 20e-6, lambda: push.send(b"%d" % next(numbers)))
            try:
                got.append(await asyncio.wait_for(pull.recv(), 250e-6))
            except TimeoutError:
                pass
        while len(got) < rounds:
            got.append(await pull.recv(timeout=10_000))
        assert got == [b"%d" % number for number in range(rounds)]

    run(talk())


FILLING = bytes(50_000)  # the system's buffers hold a few of them


async def fill(push):
    """Send until nothing fits any more; returns how many."""
    count = 0
    for _ in range(2):  # what was on its way at first may have made room
        with contextlib.suppress(zmq.Again):
            while True:
                await push.send(FILLING, zmq.DONTWAIT)
                count += 1
        await asyncio.sleep(0.02)
    return count


@pytest.mark.parametrize("kind", ["send", "send_multipart", "wait_for", "timeout"])
def test_a_cancelled_send_was_not_sent(pair, run, kind):
    async def send(push, message):
        if kind == "send":
            await push.send(message)
        elif kind == "send_multipart":
            await push.send_multipart([message])
        elif kind == "wait_for":
            await asyncio.wait_for(push.send(message), 10)
        else:
            async with asyncio.timeout(10):
                await push.send(message)

    async def produce(push, sent):
        for number in range(6):
            await send(push, b"%d" % number)
            sent.append(b"%d" % number)

    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=2, rcvhwm=2, sndbuf=4096, rcvbuf=4096)
        for turn in range(20):
            before = await fill(push)
            sent = []
            task = asyncio.create_task(produce(push, sent))
            await asyncio.sleep(0)
            got = [await pull.recv() for _ in range(before)]
            await cancel_in_turn(task, turn)
            while len(got) < before + len(sent):
                got.append(await pull.recv(timeout=10_000))
            with pytest.raises(zmq.Again):
                await pull.recv(timeout=20)
            assert got[before:] == sent, f"cancelled in turn {turn}"

    run(talk())


def test_sends_that_wait_are_performed_in_order(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=2, rcvhwm=2)
        before = await fill(push)
        calls = [push.send(b"0"), push.send(b"1"), push.send_multipart([b"2"])]
        tasks = [asyncio.create_task(_await(push.send(b"%d" % number))) for number in (3, 4)]
        await asyncio.sleep(0)
        calls += [push.send(b"5"), *tasks]
        assert not any(call.done() for call in calls)
        assert calls[1].cancel()
        assert tasks[1].cancel()
        got = [await pull.recv(timeout=10_000) for _ in range(before + 4)]
        assert got[before:] == [b"0", b"2", b"3", b"5"]
        await asyncio.wait(calls)

    run(talk())


async def _await(awaitable):
    return await awaitable


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are new in Python 3.12")
def test_eager_tasks(pair):
    async def talk():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        push, pull = pair(zmq.PUSH, zmq.PULL)
        task = asyncio.create_task(_await(pull.recv()))
        await asyncio.create_task(_await(push.send(b"x")))
        assert await task == b"x"

    asyncio.run(talk())  # uvloop has no eager tasks in every version
