"""Many messages per call."""

from __future__ import annotations

import asyncio

import pytest

import purezmq as zmq
import purezmq.asyncio


def test_batches_arrive_in_order(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=50, rcvhwm=50)
        messages = [b"%d" % number for number in range(2000)]
        sending = asyncio.create_task(_await(push.send_many(messages)))
        got = []
        while len(got) < len(messages):
            batch = await pull.recv_many(timeout=10_000)
            assert batch
            got += batch
        assert got == messages
        await sending
        await push.send_many(iter([b"a", [b"b", b"c"], bytearray(b"d")]))
        got = []
        while len(got) < 3:
            got += await pull.recv_many(multipart=True, timeout=10_000)
        assert got == [[b"a"], [b"b", b"c"], [b"d"]]

    run(talk())


async def _await(awaitable):
    return await awaitable


def test_max(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        await push.send_many([b"1", b"2", b"3"])
        async with asyncio.timeout(10):
            while pull.stats()["queue_in"] < 3:
                await asyncio.sleep(0)
                await pull.poll(0)
        assert await pull.recv_many(2) == [b"1", b"2"]
        assert await pull.recv_many(2) == [b"3"]
        with pytest.raises(ValueError):
            pull.recv_many(0)

    run(talk())


def test_a_batch_waits_its_turn(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        one, rest = pull.recv(), pull.recv_many()
        await push.send_many([b"1", b"2", b"3"])
        assert await one == b"1"
        got = await rest
        while len(got) < 2:
            got += await pull.recv_many()
        assert got == [b"2", b"3"]

    run(talk())


def test_what_is_no_message_is_refused_before_anything_is_sent(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        with pytest.raises(TypeError, match="Frame 1"):
            await push.send_many([b"1", 2])
        with pytest.raises(zmq.Again):
            await pull.recv(timeout=20)

    run(talk())
