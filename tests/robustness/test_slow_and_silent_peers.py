"""Peers that take their time, in any number."""

from __future__ import annotations

import time

import pytest

from .conftest import KINDS
from .raw_peer import GREETING, RawPeer, frame, handshake
from .test_garbage import PARTNER

CROWD = 200


@pytest.fixture
def crowd(server):
    """Opens many connections at once, and closes them afterwards."""
    peers = []

    def gather(kind, first_words):
        for number in range(CROWD):
            peers.append(RawPeer(server.endpoints[kind]))
            peers[-1].try_send(first_words[: number % (len(first_words) + 1)])

    yield gather
    for peer in peers:
        peer.socket.close()


@pytest.mark.parametrize("kind", ["ROUTER", "PULL", "XPUB"])
def test_a_silent_crowd_does_not_keep_good_peers_out(server, crowd, still_serves, kind):
    crowd(kind, b"")
    still_serves(server, kind)


@pytest.mark.parametrize("kind", ["ROUTER", "PULL", "XPUB"])
def test_neither_does_a_crowd_of_half_done_handshakes(server, crowd, still_serves, kind):
    crowd(kind, handshake(PARTNER[kind])[:-1])
    still_serves(server, kind)


def test_a_peer_that_sends_byte_by_byte_is_served_in_the_end(server, still_serves):
    with RawPeer(server.endpoints["ROUTER"]) as peer:
        for byte in handshake(b"DEALER") + frame(b"drip"):
            peer.socket.sendall(bytes([byte]))
            time.sleep(0.001)
        still_serves(server, "ROUTER")
        received = peer.receive(64)
        assert received.startswith(b"\xff")
        _, length = peer.receive(2)
        peer.receive(length)
        assert peer.receive(6) == frame(b"drip")


def test_a_large_message_that_never_ends_holds_up_nobody(server, kind, still_serves):
    with RawPeer(server.endpoints[kind]) as peer:
        peer.shake_hands(PARTNER[kind])
        peer.try_send(frame(bytes(3_000_000))[:2_000_000])
        still_serves(server, kind)


def test_the_handshake_has_a_deadline(make_server, still_serves):
    server = make_server({"handshake_ivl": 300})
    for kind in ("ROUTER", "PULL", "XPUB"):
        with RawPeer(server.endpoints[kind]) as silent, RawPeer(server.endpoints[kind]) as half:
            half.try_send(GREETING)
            assert silent.is_closed_by_the_other_end()
            assert half.is_closed_by_the_other_end()
            still_serves(server, kind)
    server.end()
    assert server.stderr() == ""


def test_a_finished_handshake_outlives_the_deadline(make_server, still_serves):
    server = make_server({"handshake_ivl": 100})
    with RawPeer(server.endpoints["ROUTER"]) as peer:
        peer.shake_hands(b"DEALER", b"")
        still_serves(server, "ROUTER")
        time.sleep(0.3)
        peer.socket.sendall(frame(b"hello"))
        assert peer.receive(7) == frame(b"hello")
    server.end()
    assert server.stderr() == ""


def test_when_descriptors_run_out_the_server_survives_and_recovers(make_server, still_serves):
    server = make_server({}, 80)
    crowd = RawPeer.crowd(server.endpoints["ROUTER"], 100)
    for peer in crowd:
        peer.try_send(GREETING)
    for peer in crowd:
        peer.socket.close()
    for kind in KINDS:
        still_serves(server, kind)
    server.end()
    assert server.stderr() == ""
