"""RCVTIMEO, SNDTIMEO and timeout=, through the loop."""

from __future__ import annotations

import asyncio

import pytest

import purezmq as zmq
import purezmq.asyncio


def test_options_and_arguments_limit_waiting(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL, rcvtimeo=20)
        lonely = push.context.socket(zmq.PUSH)
        lonely.sndtimeo = 20
        calls = [
            pull.recv,
            pull.recv_multipart,
            pull.recv_many,
            pull.recv_string,
            pull.recv_json,
            lambda: pull.recv_into(bytearray(1)),
            lambda: pull.recv(timeout=0),
            lambda: pull.recv(timeout=1),
            lambda: lonely.send(b"x"),
            lambda: lonely.send(bytearray(b"x"), timeout=1),
            lambda: lonely.send_multipart([b"x"], timeout=0),
            lambda: lonely.send_string("x"),
            lambda: lonely.send_many([b"x"], timeout=1),
        ]
        for call in calls:
            for form in (call(), asyncio.create_task(_await(call())), _await(call())):
                with pytest.raises(zmq.Again):
                    await asyncio.wait_for(form, 10)
        # The argument replaces the option.
        waiting = pull.recv(timeout=10_000)
        await asyncio.sleep(0.1)
        await push.send(b"late")
        assert await waiting == b"late"

    run(talk())


async def _await(awaitable):
    return await awaitable


def test_a_call_that_was_done_in_time_is_done(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        waiting = pull.recv(timeout=500)
        await push.send(b"x")
        assert await waiting == b"x"
        await asyncio.sleep(0.55)
        assert waiting.result() == b"x"

    run(talk())


def test_one_that_waits_behind_others_runs_out_alone(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        patient, impatient = pull.recv(), pull.recv(timeout=5)
        tasks = [asyncio.create_task(_await(pull.recv(timeout=5))), asyncio.create_task(_await(pull.recv()))]
        for call in (impatient, tasks[0]):
            with pytest.raises(zmq.Again):
                await call
        await push.send(b"1")
        await push.send(b"2")
        assert await patient == b"1"
        assert await tasks[1] == b"2"

    run(talk())


def test_send_many_says_how_many_it_sent(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=5, rcvhwm=5, sndbuf=4096, rcvbuf=4096)
        messages = [b"%d" % number + bytes(20_000) for number in range(100)]
        with pytest.raises(zmq.Again) as caught:
            await push.send_many(messages, timeout=100)
        sent = caught.value.sent
        assert 0 < sent < 100
        got = [await pull.recv() for _ in range(sent)]
        assert got == messages[:sent]
        with pytest.raises(zmq.Again):
            await pull.recv(timeout=20)

    run(talk())
