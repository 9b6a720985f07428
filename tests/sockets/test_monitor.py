"""Monitor: what happens to connections, as messages."""

from __future__ import annotations

import os
import socket as os_socket

import pytest

import purezmq as zmq
from purezmq.utils.monitor import parse_monitor_message, recv_monitor_message


def next_event(monitor):
    assert monitor.poll(10_000), "no event"
    return recv_monitor_message(monitor)


def events_until(monitor, last):
    events = []
    while not events or events[-1] != last:
        events.append(next_event(monitor)["event"])
    return events


@pytest.fixture
def watch():
    """Gives the monitor of a socket, and ends it afterwards."""
    watched = []

    def start(socket, events=zmq.EVENT_ALL):
        monitor = socket.get_monitor_socket(events)
        watched.append((socket, monitor))
        return monitor

    yield start
    for socket, monitor in watched:
        if not socket.closed:
            socket.disable_monitor()
        monitor.close()


def test_a_connection_begins_in_the_known_order(new_socket, wire_endpoint, watch):
    server, client = new_socket(zmq.DEALER), new_socket(zmq.DEALER)
    at_server, at_client = watch(server), watch(client)
    server.bind(wire_endpoint)
    client.connect(server.LAST_ENDPOINT.decode())
    assert events_until(at_server, zmq.EVENT_HANDSHAKE_SUCCEEDED) == [
        zmq.EVENT_LISTENING,
        zmq.EVENT_ACCEPTED,
        zmq.EVENT_HANDSHAKE_SUCCEEDED,
    ]
    events = events_until(at_client, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    assert [e for e in events if e != zmq.EVENT_CONNECT_DELAYED] == [
        zmq.EVENT_CONNECTED,
        zmq.EVENT_HANDSHAKE_SUCCEEDED,
    ]


def test_the_end_of_a_connection_is_told_and_the_client_retries(new_socket, wire_endpoint, watch):
    server, client = new_socket(zmq.DEALER), new_socket(zmq.DEALER)
    at_client = watch(client)
    server.bind(wire_endpoint)
    client.connect(server.LAST_ENDPOINT.decode())
    events_until(at_client, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    server.close()
    assert events_until(at_client, zmq.EVENT_CONNECT_RETRIED)[0] == zmq.EVENT_DISCONNECTED


def test_the_server_hears_of_a_client_that_leaves(new_socket, wire_endpoint, watch):
    server, client = new_socket(zmq.DEALER), new_socket(zmq.DEALER)
    at_server = watch(server)
    server.bind(wire_endpoint)
    client.connect(server.LAST_ENDPOINT.decode())
    events_until(at_server, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    client.close()
    assert events_until(at_server, zmq.EVENT_DISCONNECTED) == [zmq.EVENT_DISCONNECTED]


def test_unbind_closes_the_listener(new_socket, wire_endpoint, watch):
    server = new_socket(zmq.DEALER)
    monitor = watch(server)
    server.bind(wire_endpoint)
    server.unbind(server.LAST_ENDPOINT.decode())
    assert events_until(monitor, zmq.EVENT_CLOSED) == [zmq.EVENT_LISTENING, zmq.EVENT_CLOSED]


def test_a_refused_connection_is_retried_after_the_reconnect_interval(
    new_socket, make_future_endpoint, watch
):
    client = new_socket(zmq.DEALER, reconnect_ivl=50)
    monitor = watch(client)
    client.connect(make_future_endpoint("tcp"))
    while (event := next_event(monitor))["event"] != zmq.EVENT_CONNECT_RETRIED:
        assert event["event"] in (zmq.EVENT_CONNECT_DELAYED, zmq.EVENT_CLOSED)
    assert 50 <= event["value"] < 100


def test_an_event_names_endpoint_and_descriptor(new_socket, watch):
    server = new_socket(zmq.DEALER)
    monitor = watch(server)
    server.bind("tcp://127.0.0.1:*")
    event = next_event(monitor)
    assert event["event"] == zmq.EVENT_LISTENING
    assert event["endpoint"] == server.LAST_ENDPOINT
    os.fstat(int(event["value"]))  # raises if it is not an open descriptor


def test_only_the_events_asked_for_are_told(new_socket, watch):
    server, client = new_socket(zmq.DEALER), new_socket(zmq.DEALER)
    monitor = watch(server, zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED)
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT.decode())
    assert next_event(monitor)["event"] == zmq.EVENT_ACCEPTED
    client.close()
    assert next_event(monitor)["event"] == zmq.EVENT_DISCONNECTED


def test_a_peer_that_does_not_speak_zmtp_fails_the_handshake(new_socket, watch):
    server = new_socket(zmq.DEALER)
    monitor = watch(server)
    port = server.bind_to_random_port("tcp://127.0.0.1")
    with os_socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NOSUCH".ljust(20, b"\0") + bytes(32))
        events = events_until(monitor, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
    assert events == [zmq.EVENT_LISTENING, zmq.EVENT_ACCEPTED, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL]


def test_a_mechanism_mismatch_has_its_own_value(new_socket, watch):
    server = new_socket(zmq.DEALER)
    monitor = watch(server, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
    port = server.bind_to_random_port("tcp://127.0.0.1")
    with os_socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"CURVE".ljust(20, b"\0") + bytes(32))
        assert next_event(monitor)["value"] == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH


def test_the_raw_message_has_two_parts(new_socket, watch):
    server = new_socket(zmq.DEALER)
    monitor = watch(server)
    server.bind("tcp://127.0.0.1:*")
    parts = monitor.recv_multipart()
    assert [len(parts[0]), parts[1]] == [6, server.LAST_ENDPOINT]
    assert parse_monitor_message(parts)["event"] == zmq.EVENT_LISTENING


def test_a_monitor_can_be_made_by_hand(new_socket, context):
    server, monitor = new_socket(zmq.DEALER), new_socket(zmq.PAIR)
    server.monitor("inproc://by-hand", zmq.EVENT_ALL)
    monitor.connect("inproc://by-hand")
    server.bind("tcp://127.0.0.1:*")
    assert next_event(monitor)["event"] == zmq.EVENT_LISTENING
    server.monitor(None, 0)
    assert next_event(monitor)["event"] == zmq.EVENT_MONITOR_STOPPED


def test_monitors_speak_inproc_only(new_socket):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(zmq.DEALER).monitor("tcp://127.0.0.1:*", zmq.EVENT_ALL)
    assert caught.value.errno == zmq.EPROTONOSUPPORT


def test_the_monitor_socket_is_made_once(new_socket, watch):
    server = new_socket(zmq.DEALER)
    assert watch(server) is server.get_monitor_socket()


def test_closing_the_socket_ends_its_monitor(new_socket, watch):
    server = new_socket(zmq.DEALER)
    monitor = watch(server)
    server.bind("tcp://127.0.0.1:*")
    server.close()
    assert zmq.EVENT_MONITOR_STOPPED in events_until(monitor, zmq.EVENT_MONITOR_STOPPED)


def test_a_malformed_monitor_message_is_refused():
    with pytest.raises((ValueError, RuntimeError)):
        parse_monitor_message([b"abc", b""])


@pytest.mark.purezmq_only  # libzmq stops the whole context after about 2000 unread events
def test_a_monitor_that_nobody_reads_stops_nothing(new_socket, watch):
    server = new_socket(zmq.PULL, backlog=1000)
    watch(server)
    port = server.bind_to_random_port("tcp://127.0.0.1")
    for _ in range(1000):
        os_socket.create_connection(("127.0.0.1", port)).close()
    push = new_socket(zmq.PUSH)
    push.connect(f"tcp://127.0.0.1:{port}")
    push.send(b"still served")
    assert server.recv() == b"still served"
