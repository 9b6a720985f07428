"""Attacks on memory: much of something that must not be kept. The server fixture compares memory before and after."""

from __future__ import annotations

import pytest

from .raw_peer import GREETING, MORE, RawPeer, command, frame, ready
from .test_garbage import PARTNER


def test_unfinished_messages_are_forgotten_with_their_connection(server, kind):
    for _ in range(10):
        with RawPeer(server.endpoints[kind]) as peer:
            peer.shake_hands(PARTNER[kind])
            peer.try_send(frame(bytes(100_000), MORE) * 40)


# libzmq's XPUB keeps them all until they are received. Its PUSH stops reading, and then misses the end as well.
@pytest.mark.parametrize(
    "kind", ["PUB", *(pytest.param(k, marks=pytest.mark.purezmq_only) for k in ("XPUB", "PUSH"))]
)
def test_messages_to_a_socket_that_only_sends_are_not_kept(server, kind):
    with RawPeer(server.endpoints[kind], timeout_s=1) as peer:
        peer.shake_hands(PARTNER[kind])
        try:
            for _ in range(100):
                peer.try_send(frame(b"x" * 10_000) * 100)
        except TimeoutError:
            pass  # a socket that stops reading from such a peer is right too


@pytest.mark.parametrize("kind", ["PUB", "XPUB"])
def test_huge_topics_can_be_subscribed_and_cancelled(server, kind):
    topic = b"t" * 200_000
    with RawPeer(server.endpoints[kind]) as peer:
        peer.shake_hands(b"SUB")
        for _ in range(5):
            peer.try_send(command(b"SUBSCRIBE", topic) + command(b"CANCEL", topic))
            peer.try_send(frame(b"\x01" + topic) + frame(b"\x00" + topic))


@pytest.mark.parametrize("kind", ["PUB", "XPUB"])
def test_deeply_nested_topics_are_forgotten_with_their_peer(server, kind):
    with RawPeer(server.endpoints[kind]) as peer:
        peer.shake_hands(b"SUB")
        for length in range(1, 2000):
            peer.try_send(command(b"SUBSCRIBE", b"t" * length))


def test_a_flood_of_commands_is_not_kept(server, kind, still_serves):
    with RawPeer(server.endpoints[kind]) as peer:
        peer.shake_hands(PARTNER[kind])
        peer.socket.settimeout(20)
        for _ in range(50):
            peer.try_send(command(b"NOSUCH", b"x" * 200) * 1000)
        still_serves(server, kind)


def test_a_flood_of_pings_whose_answers_nobody_reads(server, kind, still_serves):
    with RawPeer(server.endpoints[kind], receive_buffer=4096) as peer:
        peer.shake_hands(PARTNER[kind])
        peer.socket.settimeout(1)
        try:
            for _ in range(200):
                peer.try_send(command(b"PING", b"\0\0" + b"c" * 16) * 1000)
        except TimeoutError:
            pass  # a server that stops reading such a peer is right too
        still_serves(server, kind)


def test_connections_by_the_thousand_leave_nothing(server, kind):
    for number in range(400):
        with RawPeer(server.endpoints[kind]) as peer:
            if number % 2:
                peer.try_send(GREETING + ready(PARTNER[kind]))
