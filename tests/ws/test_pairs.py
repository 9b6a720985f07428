"""Every valid pair of types over every transport that wraps its bytes, whoever binds, with every mechanism."""

from __future__ import annotations

import pytest

import purezmq as zmq
from tests.interop.conversation import VALID_PAIRS, Conversation, pair_name

pytest.importorskip("wsproto")

TRANSPORTS = ["tls+tcp", "ws", "wss"]
MESSAGES = [[b"x"], [b""], [b"a", b"", b"c"], [b"y" * 255], [b"z" * 300_000], [b"small", b"z" * 70_000, b""]]

ONE_PART_TYPES = [(zmq.CLIENT, zmq.SERVER), (zmq.SCATTER, zmq.GATHER), (zmq.CHANNEL, zmq.CHANNEL)]


@pytest.fixture(params=TRANSPORTS)
def address(request, make_endpoint):
    return make_endpoint(request.param)


@pytest.mark.parametrize("pair", VALID_PAIRS, ids=pair_name)
def test_null(new_socket, link, tls_options, address, pair):
    first, second = (new_socket(kind, **tls_options) for kind in pair)
    conversation = Conversation(first, second)
    link(first, second, address)
    conversation.open()
    for message in MESSAGES:
        conversation.exchange(message)


@pytest.mark.parametrize("pair", VALID_PAIRS[::2], ids=pair_name)
def test_curve(new_socket, link, tls_options, address, pair):
    pytest.importorskip("nacl")
    public, secret = zmq.curve_keypair()
    first = new_socket(pair[0], curve_server=1, curve_secretkey=secret, zap_enforce_domain=1, **tls_options)
    own_public, own_secret = zmq.curve_keypair()
    second = new_socket(
        pair[1],
        curve_serverkey=public,
        curve_publickey=own_public,
        curve_secretkey=own_secret,
        **tls_options,
    )
    conversation = Conversation(first, second)
    link(first, second, address)
    conversation.open()
    for message in MESSAGES:
        conversation.exchange(message)


@pytest.mark.parametrize("pair", VALID_PAIRS[1::2], ids=pair_name)
def test_plain(new_socket, link, tls_options, address, pair, everybody_may_in):
    first = new_socket(pair[0], plain_server=1, **tls_options)
    second = new_socket(pair[1], plain_username=b"me", plain_password=b"secret", **tls_options)
    conversation = Conversation(first, second)
    link(first, second, address)
    conversation.open()
    for message in MESSAGES:
        conversation.exchange(message)


@pytest.mark.parametrize("sizes", [(1, 200), (1000, 200), (70_000, 3)])
@pytest.mark.parametrize("pair", ONE_PART_TYPES, ids=pair_name)
def test_types_with_one_part(new_socket, link, tls_options, address, pair, sizes):
    size, count = sizes
    one, other = (new_socket(kind, **tls_options) for kind in pair)
    link(other, one, address)
    for number in range(count):
        one.send(bytes([number % 256]) * size)
    for number in range(count):
        assert other.recv() == bytes([number % 256]) * size


def test_radio_and_dish(new_socket, link, tls_options, address, eventually):
    radio, dish = new_socket(zmq.RADIO, **tls_options), new_socket(zmq.DISH, **tls_options)
    dish.join("news")
    link(radio, dish, address)

    def arrives():
        radio.send(b"no", group="sport")
        radio.send(b"yes", group="news")
        return dish.poll(20)

    eventually(arrives, "the group is known to the radio")
    frame = dish.recv(copy=False)
    assert (frame.bytes, frame.group) == (b"yes", "news")
