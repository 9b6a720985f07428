"""Heartbeats: living peers stay, frozen ones are given up and welcomed back."""

from __future__ import annotations

import pytest

import purezmq as zmq
from purezmq.utils.monitor import recv_monitor_message

EVENTS = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED
QUICK = {"heartbeat_ivl": 50, "heartbeat_timeout": 400}


def expect(monitor, event, timeout_ms=10_000):
    assert monitor.poll(timeout_ms), f"no {event!r}"
    assert recv_monitor_message(monitor)["event"] == event


@pytest.mark.parametrize(
    ("our_options", "their_options"),
    [
        (QUICK, QUICK),
        (QUICK, {}),
        ({}, QUICK),
        ({}, {"heartbeat_ttl": 500, **QUICK}),
        ({"heartbeat_ttl": 500, **QUICK}, {}),
    ],
    ids=["both", "we ask", "libzmq asks", "libzmq asks with ttl", "we ask with ttl"],
)
def test_a_quiet_connection_stays(new_socket, libzmq, wire_endpoint, link, watch, our_options, their_options):
    ours, theirs = new_socket(zmq.DEALER, **our_options), libzmq.socket(zmq.DEALER, **their_options)
    monitor = watch(ours, EVENTS)
    link(ours, theirs, wire_endpoint)
    expect(monitor, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    assert not monitor.poll(700), recv_monitor_message(monitor)
    theirs.send(b"still there")
    assert ours.recv() == b"still there"


@pytest.mark.parametrize("who_binds", ["we bind", "we connect"])
def test_a_frozen_libzmq_peer_is_given_up_and_comes_back(
    new_socket, start_libzmq, make_endpoint, link, watch, who_binds
):
    peer = start_libzmq()
    ours = new_socket(zmq.DEALER, reconnect_ivl=20, heartbeat_ivl=50, heartbeat_timeout=300)
    theirs = peer.socket(zmq.DEALER, reconnect_ivl=20)
    monitor = watch(ours, EVENTS)
    link(*((ours, theirs) if who_binds == "we bind" else (theirs, ours)), make_endpoint("tcp"))
    expect(monitor, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    peer.freeze()
    expect(monitor, zmq.EVENT_DISCONNECTED)
    peer.thaw()
    expect(monitor, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    ours.send(b"welcome back")
    assert theirs.recv() == b"welcome back"


def test_a_peer_that_asked_for_a_time_to_live_is_given_up_when_silent(
    new_socket, start_libzmq, make_endpoint, link, watch
):
    peer = start_libzmq()
    ours, theirs = new_socket(zmq.DEALER), peer.socket(zmq.DEALER, heartbeat_ivl=50, heartbeat_ttl=300)
    monitor = watch(ours, EVENTS)
    link(ours, theirs, make_endpoint("tcp"))
    expect(monitor, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    assert not monitor.poll(200)  # long enough for the first heartbeat to have told us
    peer.freeze()
    expect(monitor, zmq.EVENT_DISCONNECTED)


def test_messages_flow_between_heartbeats(new_socket, libzmq, make_endpoint, link):
    ours = new_socket(zmq.DEALER, heartbeat_ivl=1, heartbeat_timeout=5000)
    theirs = libzmq.socket(zmq.DEALER, heartbeat_ivl=1, heartbeat_timeout=5000)
    link(ours, theirs, make_endpoint("tcp"))
    for number in range(200):
        ours.send_multipart([b"%d" % number, b"x" * 100_000])
        assert theirs.recv_multipart()[0] == b"%d" % number
        theirs.send_multipart([b"%d" % number, b"second"])
        assert ours.recv_multipart() == [b"%d" % number, b"second"]
