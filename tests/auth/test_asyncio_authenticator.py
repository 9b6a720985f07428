"""The authenticator in an event loop, and its deprecated name."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys

import pytest

import purezmq as zmq
import purezmq.asyncio
from purezmq.auth.asyncio import AsyncioAuthenticator

pytestmark = pytest.mark.purezmq_only


@pytest.fixture
def plain_pair(new_socket):
    """``plain_pair(password)``: a bound PULL and a PUSH that alice has sent a message with."""

    def make(password):
        server = new_socket(zmq.PULL, plain_server=1)
        server.bind("tcp://127.0.0.1:*")
        client = new_socket(zmq.PUSH, plain_username=b"alice", plain_password=password, linger=0)
        client.connect(server.LAST_ENDPOINT.decode())
        client.send(b"hello")
        return server, client

    return make


async def until(condition):
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("waited 10 s in vain")


def test_it_serves_from_start_to_stop(context, plain_pair):
    async def main():
        auth = AsyncioAuthenticator(context)
        for _ in range(2):
            auth.start()
            auth.start()  # once is enough
            auth.configure_plain(passwords={"alice": "wonderland"})
            server, _ = plain_pair(b"wonderland")
            message = await asyncio.to_thread(server.recv, copy=False)
            assert message.get("User-Id") == "alice"
            server, _ = plain_pair(b"wrong")
            await until(lambda server=server: server.stats()["failures"].get("zap_refused"))
            auth.stop()
            auth.stop()

    asyncio.run(main())


def test_many_peers_with_a_slow_callback(context, new_socket):
    pytest.importorskip("nacl")
    public, secret = zmq.curve_keypair()

    class Provider:
        async def callback(self, domain, key):
            await asyncio.sleep(0.001)
            return True

    async def main():
        auth = AsyncioAuthenticator(context)
        auth.start()
        auth.configure_curve_callback(credentials_provider=Provider())
        server = new_socket(zmq.PULL, curve_server=1, curve_secretkey=secret)
        server.bind("tcp://127.0.0.1:*")
        for number in range(20):
            client = new_socket(zmq.PUSH, curve_secretkey=zmq.curve_keypair()[1], curve_serverkey=public)
            client.connect(server.LAST_ENDPOINT.decode())
            client.send(b"%d" % number)
        found = {await asyncio.to_thread(server.recv) for _ in range(20)}
        auth.stop()
        assert found == {b"%d" % number for number in range(20)}

    asyncio.run(main())


def test_stopping_in_the_middle_of_a_question(context, plain_pair):
    class Slow(AsyncioAuthenticator):
        asked = False

        async def handle_zap_message(self, msg):
            self.asked = True
            await asyncio.sleep(60)

    async def main():
        auth = Slow(context)
        auth.start()
        server, _ = plain_pair(b"wonderland")
        await until(lambda: auth.asked)
        auth.stop()
        await until(lambda: server.stats()["failures"].get("zap_no_handler"))

    asyncio.run(main())


def test_the_context_may_end_first(make_context):
    async def main():
        context = make_context()
        auth = AsyncioAuthenticator(context)
        auth.start()
        await asyncio.to_thread(context.destroy, 0)
        await asyncio.sleep(0)
        auth.stop()

    asyncio.run(main())


def test_a_context_has_one_handler(context):
    async def main():
        first, second = AsyncioAuthenticator(context), AsyncioAuthenticator(context)
        first.start()
        with pytest.raises(zmq.ZMQError) as caught:
            second.start()
        assert caught.value.errno == zmq.EADDRINUSE
        second.stop()
        first.stop()

    asyncio.run(main())


def test_it_needs_a_loop(context):
    with pytest.raises(RuntimeError):
        AsyncioAuthenticator(context).start()
    with pytest.warns(DeprecationWarning, match="ignored"):
        AsyncioAuthenticator(context, loop=object())


def test_the_deprecated_name(context):
    sys.modules.pop("purezmq.auth.ioloop", None)
    with pytest.warns(DeprecationWarning, match="AsyncioAuthenticator"):
        module = importlib.import_module("purezmq.auth.ioloop")
    with pytest.warns(DeprecationWarning, match="io_loop"):
        auth = module.IOLoopAuthenticator(context, io_loop=object())
    assert isinstance(auth, AsyncioAuthenticator)


@pytest.mark.parametrize("name", ["asyncio.AsyncioAuthenticator", "ioloop.IOLoopAuthenticator"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_arguments_are_pyzmqs(name):
    pytest.importorskip("zmq")
    module, class_name = name.split(".")
    ours, theirs = (
        inspect.signature(getattr(importlib.import_module(f"{package}.auth.{module}"), class_name))
        for package in ("purezmq", "zmq")
    )
    assert list(ours.parameters) == list(theirs.parameters)


# With asynchronous sockets


def test_an_asynchronous_context():
    async def main():
        with zmq.asyncio.Context() as context:
            auth = AsyncioAuthenticator(context)
            auth.start()
            auth.configure_plain(passwords={"alice": "wonderland"})
            with context.socket(zmq.PULL) as server, context.socket(zmq.PUSH) as client:
                server.plain_server = 1
                server.bind("tcp://127.0.0.1:*")
                client.plain_username, client.plain_password = b"alice", b"wonderland"
                client.connect(server.LAST_ENDPOINT.decode())
                await client.send(b"hello")
                message = await asyncio.wait_for(server.recv(copy=False), 10)
                assert message.get("User-Id") == "alice"
            auth.stop()

    asyncio.run(main())


@pytest.mark.parametrize("is_async", [True, False])
def test_auth_of_an_asynchronous_socket(is_async):
    async def later(peer):
        await asyncio.sleep(0)
        return f"async {peer.username}"

    async def main():
        with zmq.asyncio.Context() as context:
            with context.socket(zmq.PULL) as server, context.socket(zmq.PUSH) as client:
                server.plain_server = 1
                server.auth = later if is_async else lambda peer: f"async {peer.username}"
                server.bind("tcp://127.0.0.1:*")
                client.plain_username, client.plain_password = b"alice", b"wonderland"
                client.connect(server.LAST_ENDPOINT.decode())
                await client.send(b"hello")
                message = await asyncio.wait_for(server.recv(copy=False), 10)
                assert message.get("User-Id") == "async alice"

    asyncio.run(main())
