"""wait_for_peers, wait_for_subscribers and connect(wait=) in tasks."""

from __future__ import annotations

import asyncio

import pytest

import purezmq as zmq
import purezmq.asyncio

PATIENCE_MS = 10_000
ENDPOINTS = ["tcp://127.0.0.1:*", "inproc://waiting"]


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 20))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_peers_that_come_later(endpoint):
    async def main():
        with zmq.asyncio.Context() as ctx, ctx.socket(zmq.PUSH) as push:
            push.bind(endpoint)
            waiting = asyncio.ensure_future(push.wait_for_peers(2, PATIENCE_MS))
            await asyncio.sleep(0.01)
            with ctx.socket(zmq.PULL) as first, ctx.socket(zmq.PULL) as second:
                first.connect(push.LAST_ENDPOINT)
                second.connect(push.LAST_ENDPOINT)
                return await waiting

    assert run(main()) == 2


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_subscribers(endpoint):
    async def main():
        with zmq.asyncio.Context() as ctx, ctx.socket(zmq.PUB) as pub, ctx.socket(zmq.SUB) as sub:
            pub.bind(endpoint)
            waiting = asyncio.ensure_future(pub.wait_for_subscribers(1, "a", PATIENCE_MS))
            await asyncio.sleep(0.01)
            sub.subscribe("a")
            sub.connect(pub.LAST_ENDPOINT)
            assert await waiting == 1
            await pub.send(b"a message")
            return await sub.recv(timeout=PATIENCE_MS)

    assert run(main()) == b"a message"


def test_the_time_is_up():
    async def main():
        with zmq.asyncio.Context() as ctx, ctx.socket(zmq.PUB) as pub:
            with pytest.raises(zmq.Again, match="0 of 1 peers within 10 ms"):
                await pub.wait_for_peers(timeout=10)
            with pytest.raises(zmq.Again, match="0 of 1 subscribers"):
                await pub.wait_for_subscribers(timeout=0)
            assert not pub._pump.watchers and not pub._pump.core.wants_news

    run(main())


def test_others_have_no_subscribers():
    async def main():
        with zmq.asyncio.Context() as ctx, ctx.socket(zmq.PULL) as pull:
            with pytest.raises(zmq.ZMQError) as caught:
                await pull.wait_for_subscribers(timeout=PATIENCE_MS)
            assert caught.value.errno == zmq.ENOTSUP

    run(main())


def test_connect_and_wait():
    async def main():
        with zmq.asyncio.Context() as ctx, ctx.socket(zmq.PULL) as pull, ctx.socket(zmq.PUSH) as push:
            pull.bind("tcp://127.0.0.1:*")
            await push.connect(pull.LAST_ENDPOINT, wait=PATIENCE_MS)
            assert [peer["state"] for peer in push.peers()] == ["connected"]
            with pytest.raises(zmq.Again, match="nobody has bound"):
                await push.connect("inproc://nobody", wait=10)
            assert len(push.peers()) == 1

    run(main())


def test_a_wrong_type_is_told_at_once():
    async def main():
        with zmq.asyncio.Context() as ctx, ctx.socket(zmq.PUB) as pub, ctx.socket(zmq.PULL) as pull:
            pub.bind("tcp://127.0.0.1:*")
            with pytest.raises(zmq.ZMQError, match="cannot talk to each other"):
                await pull.connect(pub.LAST_ENDPOINT, wait=-1)

    run(main())


def test_a_cancelled_connect_is_undone():
    async def main():
        with zmq.asyncio.Context() as ctx, ctx.socket(zmq.PUSH) as push:
            task = asyncio.ensure_future(push.connect("inproc://nobody", wait=-1))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert push.peers() == [] and not push._pump.watchers

    run(main())


def test_events_of_an_asynchronous_socket():
    async def main():
        with zmq.asyncio.Context() as ctx, ctx.socket(zmq.PULL) as pull, ctx.socket(zmq.PUSH) as push:
            events = pull.monitor_events(timeout=PATIENCE_MS)
            pull.bind("tcp://127.0.0.1:*")
            push.connect(pull.LAST_ENDPOINT)
            async for event in events:
                if event.name == "HANDSHAKE_SUCCEEDED":
                    return event.socket_type

    assert run(main()) == "PUSH"
