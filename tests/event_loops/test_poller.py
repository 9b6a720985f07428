"""Polling in an event loop: sockets of both kinds, and raw descriptors."""

from __future__ import annotations

import asyncio
import os
import socket as os_socket

import pytest

import purezmq as zmq
import purezmq.asyncio


def test_poll_of_a_socket(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        assert await pull.poll(0) == 0
        assert await pull.poll(5) == 0
        assert await push.poll(10_000, zmq.POLLOUT) == zmq.POLLOUT
        waiting = pull.poll(10_000)
        assert not waiting.done()
        await push.send(b"x")
        assert await waiting == zmq.POLLIN
        assert await pull.poll() == zmq.POLLIN
        assert await pull.recv() == b"x"

    run(talk())


def test_poll_does_not_take_turns_with_recv(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        polling = [pull.poll() for _ in range(3)]
        receiving = pull.recv()
        await push.send(b"1")
        await push.send(b"2")
        assert await receiving == b"1"
        assert await asyncio.gather(*polling) == [zmq.POLLIN] * 3
        assert await pull.recv() == b"2"

    run(talk())


def test_pollout_comes_when_there_is_room(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=2, rcvhwm=2, sndbuf=4096, rcvbuf=4096)
        count = 0
        while await push.poll(50, zmq.POLLOUT):
            await push.send(bytes(50_000))
            count += 1
        waiting = push.poll(10_000, zmq.POLLOUT)
        await asyncio.sleep(0)
        assert not waiting.done()
        for _ in range(count):
            await pull.recv()
        assert await waiting == zmq.POLLOUT

    run(talk())


def test_a_poller_with_everything(context, run):
    async def talk():
        left, right = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        left.bind("inproc://poller")
        right.connect("inproc://poller")
        with zmq.Context() as other, other.socket(zmq.PULL) as pull, other.socket(zmq.PUSH) as push:
            pull.bind("inproc://plain")
            push.connect("inproc://plain")
            near, far = os_socket.socketpair()
            poller = zmq.asyncio.Poller()
            for what in (left, pull, near):
                poller.register(what, zmq.POLLIN)
            assert await poller.poll(0) == []
            assert await poller.poll(5) == []

            for act, expected in [
                (lambda: right.send(b"x"), {left: zmq.POLLIN}),
                (lambda: push.send(b"x"), {left: zmq.POLLIN, pull: zmq.POLLIN}),
                (lambda: far.send(b"x"), {left: zmq.POLLIN, pull: zmq.POLLIN, near.fileno(): zmq.POLLIN}),
            ]:
                act()
                async with asyncio.timeout(10):
                    while dict(await poller.poll()) != expected:
                        await asyncio.sleep(0)
            await left.recv()
            pull.recv()
            near.recv(1)
            waiting = asyncio.create_task(_await(poller.poll()))
            await asyncio.sleep(0.01)
            assert not waiting.done()
            far.send(b"y")
            assert await waiting == [(near.fileno(), zmq.POLLIN)]
            near.recv(1)

            waiting = poller.poll(10_000)
            push.send(b"from a thread's socket")
            assert await waiting == [(pull, zmq.POLLIN)]
            pull.recv()

            waiting = poller.poll()
            far.close()
            assert (near.fileno(), zmq.POLLIN) in [(fd, events & zmq.POLLIN) for fd, events in await waiting]
            near.close()

    run(talk())


async def _await(awaitable):
    return await awaitable


def test_a_descriptor_that_the_loop_watches_already(context, run):
    async def talk():
        read_end, write_end = os.pipe()
        loop = asyncio.get_running_loop()
        calls = []
        loop.add_reader(read_end, calls.append, 1)
        poller = zmq.asyncio.Poller()
        poller.register(read_end, zmq.POLLIN)
        waiting = poller.poll(10_000)
        os.write(write_end, b"x")
        assert await waiting == [(read_end, zmq.POLLIN)]
        await asyncio.sleep(0)
        assert calls
        loop.remove_reader(read_end)
        os.close(read_end)
        os.close(write_end)

    run(talk())


def test_a_cancelled_poll_leaves_nothing(context, run):
    async def talk():
        pull = context.socket(zmq.PULL)
        pull.bind("inproc://cancelled")
        read_end, write_end = os.pipe()
        poller = zmq.asyncio.Poller()
        poller.register(pull, zmq.POLLIN)
        poller.register(read_end, zmq.POLLIN)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(poller.poll(), 0.005)
        await asyncio.sleep(0)
        assert [guest.watches for guest in pull._pump.guests] == [[]]
        os.close(read_end)
        os.close(write_end)

    run(talk())


def test_a_closed_socket_is_an_error(context, run):
    async def talk():
        pull = context.socket(zmq.PULL)
        poller = zmq.asyncio.Poller()
        poller.register(pull, zmq.POLLIN)
        pull.close()
        with pytest.raises(zmq.ZMQError) as caught:
            await poller.poll()
        assert caught.value.errno == zmq.ENOTSUP

    run(talk())


def test_an_empty_poller_returns_at_once(run):
    async def talk():
        assert await zmq.asyncio.Poller().poll() == []

    run(talk())


def test_an_attribute_of_an_asyncio_socket_tells_events(pair, run):
    async def talk():
        push, pull = pair(zmq.PUSH, zmq.PULL)
        await push.send(b"x")
        assert await pull.poll(10_000)
        assert pull.events == zmq.POLLIN
        assert pull.get(zmq.EVENTS) == zmq.POLLIN

    run(talk())
