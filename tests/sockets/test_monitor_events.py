"""Lifecycle events as objects, with reasons and what is known about the peer."""

from __future__ import annotations

import asyncio
import gc
import select
import socket as os_socket
import threading

import pytest

import purezmq as zmq

PATIENCE_MS = 10_000
Event = zmq.Event


def until(stream, *names):
    """The first event with one of these names; the ones before it are forgotten."""
    while (event := stream.receive(PATIENCE_MS)) is not None:
        if event.name in names:
            return event
    raise AssertionError(f"no {names}")


@pytest.fixture
def listen():
    """Opens event streams, and closes them after the test."""
    streams = []

    def open_stream(socket, *args, **kwargs):
        streams.append(socket.monitor_events(*args, **kwargs))
        return streams[-1]

    yield open_stream
    for stream in streams:
        stream.close()


@pytest.fixture
def handler(new_socket):
    """A ZAP handler that calls everybody joe."""
    socket = new_socket(zmq.REP)
    socket.bind("inproc://zeromq.zap.01")
    ended = threading.Event()

    def work():
        while not ended.is_set():
            if socket.poll(20):
                request = socket.recv_multipart()
                good = request[6:] != [b"joe", b"wrong"]
                status = [b"200", b"OK", b"joe", b""] if good else [b"400", b"no", b"", b""]
                socket.send_multipart([b"1.0", request[1], *status])

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_the_life_of_a_peer_as_the_server_sees_it(new_socket, listen, handler):
    server, client = new_socket(zmq.ROUTER, plain_server=1), new_socket(zmq.DEALER, routing_id=b"worker-1")
    stream = listen(server)
    server.bind("tcp://127.0.0.1:*")
    endpoint = server.LAST_ENDPOINT.decode()
    client.plain_username, client.plain_password = b"joe", b"right"
    client.connect(endpoint)
    connected = until(stream, "HANDSHAKE_SUCCEEDED")
    client.close()
    ended = until(stream, "DISCONNECTED")
    for event in (connected, ended):
        assert (event.routing_id, event.user_id, event.mechanism, event.socket_type, event.endpoint) == (
            b"worker-1",
            "joe",
            "PLAIN",
            "DEALER",
            endpoint,
        )
        assert event.local_address == endpoint
        assert event.remote_address.startswith("tcp://127.0.0.1:") and event.remote_address != endpoint
    assert ended.remote_address == connected.remote_address
    assert "peer" in ended.reason
    assert connected.time <= ended.time


def test_a_peer_may_not_choose_its_user_id(new_socket, listen):
    server = new_socket(zmq.PULL)
    stream = listen(server)
    port = server.bind_to_random_port("tcp://127.0.0.1")
    body = b"\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH\x07User-Id\x00\x00\x00\x05admin"
    with os_socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32))
        peer.sendall(b"\x04" + bytes([len(body)]) + body)
        assert until(stream, "HANDSHAKE_SUCCEEDED").user_id == ""
        assert server.peers()[0]["user_id"] == ""


def test_a_generated_routing_id_is_the_one_that_router_uses(new_socket, listen):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    stream = listen(server)
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT.decode())
    event = until(stream, "HANDSHAKE_SUCCEEDED")
    server.send_multipart([event.routing_id, b"hello"])
    assert client.recv() == b"hello"


def test_server_peers_have_a_number(new_socket, listen):
    server, client = new_socket(zmq.SERVER), new_socket(zmq.CLIENT)
    stream = listen(server)
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT.decode())
    event = until(stream, "HANDSHAKE_SUCCEEDED")
    server.send(b"hello", routing_id=event.routing_number)
    assert client.recv() == b"hello"


def test_both_sides_say_why_credentials_were_refused(new_socket, listen, handler):
    server, client = new_socket(zmq.ROUTER, plain_server=1), new_socket(zmq.DEALER)
    at_server, at_client = listen(server), listen(client)
    server.bind("tcp://127.0.0.1:*")
    client.plain_username, client.plain_password = b"joe", b"wrong"
    client.connect(server.LAST_ENDPOINT.decode())
    failed = [until(stream, "HANDSHAKE_FAILED_AUTH") for stream in (at_server, at_client)]
    assert [event.value for event in failed] == [400, 400]
    assert "ZAP handler refused" in failed[0].reason and "PLAIN_PASSWORD" in failed[1].reason
    assert "wrong" not in failed[0].reason + failed[1].reason
    # The same reason once more with the end, for those who only look at that.
    assert until(at_server, "DISCONNECTED").reason == failed[0].reason


def test_both_sides_say_that_their_types_do_not_fit(new_socket, listen):
    server, client = new_socket(zmq.PUB), new_socket(zmq.PULL)
    streams = [listen(server), listen(client)]
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT.decode())
    for stream in streams:
        assert "cannot talk to each other" in until(stream, "DISCONNECTED").reason


def test_both_sides_say_that_their_mechanisms_differ(new_socket, listen):
    server, client = new_socket(zmq.ROUTER, plain_server=1), new_socket(zmq.DEALER)
    streams = [listen(server), listen(client)]
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT.decode())
    for stream in streams:
        reason = until(stream, "HANDSHAKE_FAILED_PROTOCOL").reason
        assert "NULL" in reason and "PLAIN" in reason


def test_every_failed_attempt_to_connect_says_why(new_socket, listen, make_future_endpoint):
    client = new_socket(zmq.DEALER, reconnect_ivl=20)
    stream = listen(client)
    client.connect(make_future_endpoint("tcp"))
    assert "ECONNREFUSED" in until(stream, "CLOSED").reason
    retried = until(stream, "CONNECT_RETRIED")
    assert "ECONNREFUSED" in retried.reason and retried.value >= 20


def test_a_bind_that_fails_says_why(new_socket, listen):
    first, second = new_socket(zmq.PULL), new_socket(zmq.PULL)
    stream = listen(second)
    first.bind("tcp://127.0.0.1:*")
    with pytest.raises(zmq.ZMQError):
        second.bind(first.LAST_ENDPOINT.decode())
    event = until(stream, "BIND_FAILED")
    assert (event.value, event.endpoint) == (zmq.EADDRINUSE, first.LAST_ENDPOINT.decode())
    assert "in use" in event.reason


@pytest.mark.parametrize("how", ["disconnect", "close"])
def test_an_end_that_this_side_wanted_is_told_too(new_socket, listen, how):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    stream = listen(client)
    server.bind("tcp://127.0.0.1:*")
    endpoint = server.LAST_ENDPOINT.decode()
    client.connect(endpoint)
    until(stream, "HANDSHAKE_SUCCEEDED")
    if how == "disconnect":
        client.disconnect(endpoint)
    else:
        client.close(linger=0)
    assert "this side" in until(stream, "DISCONNECTED").reason


def test_the_iteration_ends_with_the_socket(new_socket, listen):
    server = new_socket(zmq.ROUTER)
    stream = listen(server)
    server.bind("tcp://127.0.0.1:*")
    server.close(linger=0)
    assert [event.name for event in stream] == ["LISTENING", "CLOSED"]
    assert stream.is_over


def test_the_iteration_ends_with_silence_and_may_go_on(new_socket, listen):
    server = new_socket(zmq.ROUTER)
    stream = listen(server, timeout=50)
    server.bind("tcp://127.0.0.1:*")
    assert [event.name for event in stream] == ["LISTENING"]
    server.unbind(server.LAST_ENDPOINT.decode())
    assert [event.name for event in stream] == ["CLOSED"]
    assert not stream.is_over


def test_only_what_was_asked_for_is_told(new_socket, listen):
    server = new_socket(zmq.ROUTER)
    stream = listen(server, zmq.EVENT_CLOSED)
    server.bind("tcp://127.0.0.1:*")
    server.close(linger=0)
    assert [event.name for event in stream] == ["CLOSED"]


def test_several_listeners_hear_the_same(new_socket, listen):
    server = new_socket(zmq.ROUTER)
    streams = [listen(server) for _ in range(3)]
    monitor = server.get_monitor_socket()
    server.bind("tcp://127.0.0.1:*")
    heard = [until(stream, "LISTENING") for stream in streams]
    assert heard[0] == heard[1] == heard[2]
    assert monitor.poll(PATIENCE_MS)
    monitor.close()


def test_events_beyond_the_limit_are_lost_and_counted(new_socket, listen, eventually):
    server = new_socket(zmq.ROUTER)
    stream = listen(server, limit=10)
    for _ in range(20):
        server.bind("tcp://127.0.0.1:*")
    eventually(lambda: stream.lost == 10, "ten lost events")
    assert server.stats()["failures"]["monitor_full"] == 10
    for _ in range(10):
        assert until(stream, "LISTENING")
    server.bind("tcp://127.0.0.1:*")  # there is room again
    assert until(stream, "LISTENING")


def test_a_limit_below_one_is_refused(new_socket):
    with pytest.raises(ValueError, match="limit"):
        new_socket(zmq.ROUTER).monitor_events(limit=0)


def test_a_closed_socket_has_no_events(new_socket):
    socket = new_socket(zmq.ROUTER)
    socket.close()
    with pytest.raises(zmq.ZMQError):
        socket.monitor_events()


def test_a_forgotten_stream_costs_nothing(new_socket, eventually):
    server = new_socket(zmq.ROUTER)
    for _ in range(5):
        server.monitor_events()
    gc.collect()
    eventually(lambda: server._pump.core.wants_news == 0, "all listeners gone")


def test_closing_a_stream_wakes_the_thread_that_waits_in_it(new_socket, in_thread):
    stream = new_socket(zmq.ROUTER).monitor_events()
    waiting = in_thread(stream.receive)
    stream.close()
    assert waiting.result() is None
    assert stream.take() is None and stream.is_over


def test_the_descriptor_is_readable_while_there_is_something_to_take(new_socket, listen):
    server = new_socket(zmq.ROUTER)
    stream = listen(server)
    poller = select.poll()
    poller.register(stream.fileno(), select.POLLIN)
    assert not poller.poll(0)
    server.bind("tcp://127.0.0.1:*")
    server.bind("tcp://127.0.0.1:*")
    for _ in range(2):
        assert poller.poll(PATIENCE_MS)
        while stream.take() is None:
            pass
    assert not poller.poll(0)
    server.close(linger=0)
    assert poller.poll(PATIENCE_MS)


def test_async_for(new_socket):
    server = new_socket(zmq.ROUTER)

    async def listen():
        heard = []
        async for event in server.monitor_events():
            heard.append(event.name)
            if event.name == "LISTENING":
                server.close(linger=0)
        return heard

    async def main():
        task = asyncio.ensure_future(listen())
        await asyncio.sleep(0)
        server.bind("tcp://127.0.0.1:*")
        return await asyncio.wait_for(task, 10)

    assert asyncio.run(main()) == ["LISTENING", "CLOSED"]


def test_async_for_ends_with_silence(new_socket, listen):
    stream = listen(new_socket(zmq.ROUTER), timeout=20)

    async def main():
        return [event async for event in stream]

    assert asyncio.run(main()) == []


def test_a_cancelled_wait_loses_no_event(new_socket, listen):
    server = new_socket(zmq.ROUTER)
    stream = listen(server)

    async def main():
        waiting = asyncio.ensure_future(stream.receive_async())
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        server.bind("tcp://127.0.0.1:*")
        return await stream.receive_async(PATIENCE_MS)

    assert asyncio.run(main()).name == "LISTENING"


def test_an_event_in_words(new_socket, listen):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER, routing_id=b"me")
    stream = listen(server)
    server.bind("tcp://127.0.0.1:*")
    endpoint = server.LAST_ENDPOINT.decode()
    client.connect(endpoint)
    event = until(stream, "HANDSHAKE_SUCCEEDED")
    assert str(event) == f"HANDSHAKE_SUCCEEDED {endpoint} from {event.remote_address} routing id b'me'"


def test_events_cannot_be_changed(new_socket, listen):
    server = new_socket(zmq.ROUTER)
    stream = listen(server)
    server.bind("tcp://127.0.0.1:*")
    with pytest.raises(AttributeError):
        until(stream, "LISTENING").value = 3


def test_a_handshake_with_an_old_peer_is_told(new_socket, listen):
    server = new_socket(zmq.PULL)
    stream = listen(server)
    port = server.bind_to_random_port("tcp://127.0.0.1")
    with os_socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(b"\xff" + bytes(8) + b"\x7f\x01\x08" + b"\x00\x00")  # ZMTP 2.0, PUSH, no routing id
        assert until(stream, "HANDSHAKE_SUCCEEDED").mechanism == "NULL"


def test_ipc_ends_have_names(new_socket, listen, make_endpoint):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    stream = listen(server)
    endpoint = make_endpoint("ipc")
    server.bind(endpoint)
    client.connect(endpoint)
    event = until(stream, "HANDSHAKE_SUCCEEDED")
    assert (event.local_address, event.remote_address) == (endpoint, "ipc://")


def test_a_listener_that_comes_late_hears_of_the_end(new_socket, listen):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER, routing_id=b"me")
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT.decode())
    server.wait_for_peers(timeout=PATIENCE_MS)
    stream = listen(server)
    client.close(linger=0)
    event = until(stream, "DISCONNECTED")
    assert event.routing_id == b"me" and event.local_address == server.LAST_ENDPOINT.decode()
