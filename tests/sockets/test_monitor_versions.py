"""The second format of monitor messages, the types of monitors, and pipe statistics."""

from __future__ import annotations

import struct

import pytest

import purezmq as zmq
from purezmq.utils.monitor import parse_monitor_message

PATIENCE_MS = 10_000


def numbers(parts):
    return [struct.unpack("=Q", part)[0] for part in parts]


@pytest.fixture
def watch(new_socket):
    """``watch(socket, events)``: what version 2 says, as a socket."""
    watched = []

    def start(socket, events=zmq.EVENT_ALL_V2, kind=zmq.PAIR, reader=zmq.PAIR):
        address = f"inproc://watch-{len(watched)}"
        socket.monitor(address, events, 2, kind)
        watched.append(new_socket(reader))
        if reader == zmq.SUB:
            watched[-1].subscribe(b"")
        watched[-1].connect(address)
        return watched[-1]

    return start


def test_an_event_of_an_endpoint(new_socket, watch):
    server = new_socket(zmq.ROUTER)
    monitor = watch(server)
    server.bind("tcp://127.0.0.1:*")
    parts = monitor.recv_multipart()
    assert len(parts) == 5
    assert numbers(parts[:2]) == [zmq.EVENT_LISTENING, 1]
    assert parts[3:] == [server.LAST_ENDPOINT, b""]
    assert parse_monitor_message(parts) == {
        "event": zmq.EVENT_LISTENING,
        "value": numbers(parts[2:3])[0],
        "endpoint": server.LAST_ENDPOINT,
        "values": numbers(parts[2:3]),
        "local": server.LAST_ENDPOINT,
        "remote": b"",
    }


def test_a_connection_has_two_ends(new_socket, watch):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    at_server, at_client = watch(server), watch(client)
    server.bind("tcp://127.0.0.1:*")
    endpoint = server.LAST_ENDPOINT
    client.connect(endpoint)
    heard = {}
    for name, monitor in (("server", at_server), ("client", at_client)):
        while (event := parse_monitor_message(monitor.recv_multipart()))[
            "event"
        ] != zmq.EVENT_HANDSHAKE_SUCCEEDED:
            pass
        heard[name] = event
    assert (heard["server"]["local"], heard["client"]["remote"]) == (endpoint, endpoint)
    assert heard["server"]["remote"] == heard["client"]["local"] != endpoint
    assert heard["client"]["endpoint"] == endpoint


def test_an_attempt_to_connect_has_a_remote_end_only(new_socket, watch, make_future_endpoint):
    client = new_socket(zmq.DEALER)
    monitor = watch(client, zmq.EVENT_CONNECT_RETRIED)
    endpoint = make_future_endpoint("tcp").encode()
    client.connect(endpoint)
    event = parse_monitor_message(monitor.recv_multipart())
    assert (event["local"], event["remote"]) == (b"", endpoint)


def test_the_monitor_ends_with_a_word(new_socket, watch):
    server = new_socket(zmq.ROUTER)
    monitor = watch(server)
    server.monitor(None)
    assert parse_monitor_message(monitor.recv_multipart())["event"] == zmq.EVENT_MONITOR_STOPPED


@pytest.mark.parametrize(("kind", "reader"), [(zmq.PUSH, zmq.PULL), (zmq.PUB, zmq.SUB)])
def test_other_types_of_monitors(new_socket, watch, kind, reader):
    server = new_socket(zmq.ROUTER)
    monitor = watch(server, kind=kind, reader=reader)
    if kind == zmq.PUB:  # its subscription is on its way
        while not monitor.poll(20):
            server.bind("tcp://127.0.0.1:*")
    else:
        server.bind("tcp://127.0.0.1:*")
    assert parse_monitor_message(monitor.recv_multipart())["event"] == zmq.EVENT_LISTENING


@pytest.mark.parametrize(
    ("arguments", "errno"),
    [
        (("inproc://x", zmq.EVENT_ALL, 3), zmq.EINVAL),
        (("inproc://x", zmq.EVENT_ALL_V2, 1), zmq.EINVAL),
        (("inproc://x", zmq.EVENT_ALL, 2, zmq.DEALER), zmq.EINVAL),
        (("ipc://x", zmq.EVENT_ALL, 2), zmq.EPROTONOSUPPORT),
    ],
)
def test_wrong_arguments_are_refused(new_socket, arguments, errno):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(zmq.ROUTER).monitor(*arguments)
    assert caught.value.errno == errno


def test_the_address_is_free_as_soon_as_the_monitor_is_stopped(new_socket):
    server = new_socket(zmq.ROUTER)
    for _ in range(20):
        server.monitor("inproc://again")
        server.monitor(None)
    server.monitor("inproc://again")
    server.monitor("inproc://again")


def test_what_happens_before_the_first_reader_comes_is_kept(new_socket):
    server = new_socket(zmq.ROUTER)
    server.monitor("inproc://late")
    for _ in range(10):
        server.bind("tcp://127.0.0.1:*")
    reader = new_socket(zmq.PAIR)
    reader.connect("inproc://late")
    server.bind("tcp://127.0.0.1:*")
    for _ in range(11):
        assert parse_monitor_message(reader.recv_multipart())["event"] == zmq.EVENT_LISTENING


# Pipe statistics


def test_pipes_stats(new_socket, watch):
    server, client = new_socket(zmq.DEALER), new_socket(zmq.DEALER)
    monitor = watch(server, zmq.EVENT_PIPES_STATS)
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT)
    server.wait_for_peers(timeout=PATIENCE_MS)
    for _ in range(3):
        client.send(b"hello")
    while server.stats()["queue_in"] < 3:
        server.poll(10)
    server.monitor_pipes_stats()
    event = parse_monitor_message(monitor.recv_multipart())
    assert event["event"] == zmq.EVENT_PIPES_STATS
    assert event["values"] == [0, 3]
    assert event["local"] == server.LAST_ENDPOINT and event["remote"]


def test_pipes_stats_as_objects_and_over_inproc(new_socket):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    pull.bind("inproc://stats")
    push.connect("inproc://stats")
    push.send(b"1")
    push.send(b"2")
    with push.monitor_events(zmq.EVENT_PIPES_STATS) as stream:
        push.monitor_pipes_stats()
        event = stream.receive(PATIENCE_MS)
    assert (event.name, event.values, event.endpoint) == ("PIPES_STATS", (2, 0), "inproc://stats")
    assert str(event) == "PIPES_STATS inproc://stats 2 out, 0 in"


def test_pipes_stats_need_somebody_who_listens(new_socket, watch):
    server = new_socket(zmq.DEALER)
    watch(server, zmq.EVENT_LISTENING)
    with pytest.raises(zmq.ZMQError, match="PIPES_STATS") as caught:
        server.monitor_pipes_stats()
    assert caught.value.errno == zmq.EINVAL


def test_pipes_stats_need_peers(new_socket, watch):
    server = new_socket(zmq.DEALER)
    watch(server)
    with pytest.raises(zmq.Again):
        server.monitor_pipes_stats()
