"""Connections that end at every possible moment."""

from __future__ import annotations

import socket

import pytest

from .raw_peer import RawPeer, frame, handshake
from .test_garbage import PARTNER

ENDINGS = {
    "close": lambda peer: peer.socket.close(),
    "reset": lambda peer: peer.reset(),
    "half close": lambda peer: peer.socket.shutdown(socket.SHUT_WR),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
@pytest.mark.parametrize("kind", ["ROUTER", "PULL", "XPUB", "SUB"])
def test_the_connection_ends_after_every_byte_of_the_handshake(server, kind, end):
    data = handshake(PARTNER[kind]) + frame(b"a message")
    peers = []
    for size in range(len(data) + 1):
        peers.append(RawPeer(server.endpoints[kind]))
        peers[-1].try_send(data[:size])
        end(peers[-1])
    for peer in peers:
        peer.socket.close()


def test_connections_that_say_nothing_and_go(server, kind):
    for _ in range(100):
        RawPeer(server.endpoints[kind]).socket.close()


def test_a_message_cut_by_the_end_of_the_connection_is_not_delivered(server, still_serves):
    with RawPeer(server.endpoints["PULL"]) as peer:
        peer.shake_hands(b"PUSH")
        peer.try_send(frame(b"good part", 1) + frame(b"good end")[:-1])
    still_serves(server, "PULL")
    assert not server.heard_yet("good end")
