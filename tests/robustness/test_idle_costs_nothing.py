"""Whatever peers leave behind, waiting takes no processor time."""

from __future__ import annotations

import socket
import time

import pytest

from .raw_peer import GREETING, RawPeer, frame


def seconds_of_work(server):
    """Processor time that the server takes in half a second of real time; it polls and ticks meanwhile."""
    before = server.status()["milliseconds_of_work"]
    time.sleep(0.5)
    return (server.status()["milliseconds_of_work"] - before) / 1000


def half_closed(peer):
    peer.try_send(GREETING)
    peer.socket.shutdown(socket.SHUT_WR)


STATES = {
    "silent": lambda peer: None,
    "in the handshake": lambda peer: peer.try_send(GREETING),
    "half closed": half_closed,
    "in a message": lambda peer: (peer.shake_hands(b"PUSH"), peer.try_send(frame(bytes(10_000))[:5000])),
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_peers_that_are(server, state):
    peers = [RawPeer(server.endpoints["PULL"]) for _ in range(10)]
    for peer in peers:
        state(peer)
    work = seconds_of_work(server)
    for peer in peers:
        peer.socket.close()
    assert work < 0.25


@pytest.mark.purezmq_only  # libzmq tries to accept again and again
def test_a_full_table_of_descriptors(make_server):
    server = make_server({}, 80)
    crowd = RawPeer.crowd(server.endpoints["ROUTER"], 100)
    work = seconds_of_work(server)
    for peer in crowd:
        peer.socket.close()
    server.end()
    assert work < 0.25
