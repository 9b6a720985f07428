"""Types that do not understand each other: the connection is refused and the good peer goes on working."""

from __future__ import annotations

import pytest

import purezmq as zmq
from purezmq.utils.monitor import recv_monitor_message

from .conversation import INVALID_PARTNERS, VALID_PAIRS, Conversation

PARTNER = dict(reversed(VALID_PAIRS))  # one valid partner for each type


def expect_disconnects(monitor, count):
    for _ in range(count):
        assert monitor.poll(10_000), "the connection is not refused"
        assert recv_monitor_message(monitor)["event"] == zmq.EVENT_DISCONNECTED


@pytest.mark.parametrize("kind", INVALID_PARTNERS, ids=lambda kind: kind.name)
def test_bad_peers_that_connect_to_us(new_socket, libzmq, wire_endpoint, link, watch, kind):
    ours, good = new_socket(kind), libzmq.socket(PARTNER[kind])
    conversation = Conversation(ours, good)
    address = link(ours, good, wire_endpoint)
    conversation.open()
    conversation.exchange([b"before"])
    monitor = watch(ours, zmq.EVENT_DISCONNECTED)
    bad_peers = [libzmq.socket(bad) for bad in INVALID_PARTNERS[kind]]
    for bad in bad_peers:
        bad.connect(address)
    expect_disconnects(monitor, len(bad_peers))
    conversation.exchange([b"after"])


@pytest.mark.parametrize("kind", INVALID_PARTNERS, ids=lambda kind: kind.name)
def test_bad_peers_that_we_connect_to(new_socket, libzmq, make_endpoint, link, watch, kind):
    ours, good = new_socket(kind, linger=0, immediate=1), libzmq.socket(PARTNER[kind])
    conversation = Conversation(ours, good)
    monitor = watch(ours, zmq.EVENT_DISCONNECTED)
    for bad in INVALID_PARTNERS[kind]:
        link(libzmq.socket(bad), ours, make_endpoint("tcp"))
    expect_disconnects(monitor, len(INVALID_PARTNERS[kind]))
    link(good, ours, make_endpoint("tcp"))
    conversation.open()
    conversation.exchange([b"hello"])
