"""udp:// with RADIO, DISH and DGRAM, against plain sockets and against each other."""

from __future__ import annotations

import errno
import json
import socket as os_socket
from pathlib import Path

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only  # libzmq has it in special builds only

VECTORS = Path(__file__).parent.parent / "vectors"


def errno_of(call, *args, **kwargs):
    with pytest.raises(zmq.ZMQError) as caught:
        call(*args, **kwargs)
    return caught.value.errno


def events_of(name):
    vector = json.loads((VECTORS / f"{name}.json").read_text())
    return vector["api"], [bytes.fromhex(event["hex"]) for event in vector["events"]]


@pytest.fixture
def raw():
    with os_socket.socket(os_socket.AF_INET, os_socket.SOCK_DGRAM) as socket:
        socket.bind(("127.0.0.1", 0))
        socket.settimeout(20)
        yield socket


def port_of(socket):
    return int(socket.last_endpoint.rpartition(b":")[2])


def test_what_a_radio_sends_is_what_libzmq_sends(new_socket, raw):
    api, datagrams = events_of("udp_radio")
    radio = new_socket(zmq.RADIO)
    radio.connect(f"udp://127.0.0.1:{raw.getsockname()[1]}")
    for call in api:
        radio.send(bytes.fromhex(call["frames"][0]), group=call["group"])
    assert [raw.recv(10_000) for _ in datagrams] == datagrams


def test_what_a_dish_makes_of_datagrams(new_socket, raw):
    _, datagrams = events_of("udp_dish")
    dish = new_socket(zmq.DISH)
    dish.bind("udp://127.0.0.1:*")
    dish.join("grp")
    for datagram in [*datagrams, b"", b"\xff", bytes([3]) + b"grp" + bytes(8189), b"\x03grplast"]:
        raw.sendto(datagram, ("127.0.0.1", port_of(dish)))
    got = [dish.recv(copy=False) for _ in range(3)]
    assert [(frame.bytes, frame.group) for frame in got] == [(b"body", "grp"), (b"", "grp"), (b"last", "grp")]
    stats = dish.stats()
    assert stats["failures"] == {"bad_datagram": 3, "datagram_too_large": 1}
    assert stats["drops"] == {"filtered": 1}


def test_radio_to_dish(new_socket):
    dish, radio = new_socket(zmq.DISH), new_socket(zmq.RADIO)
    dish.join("g")
    dish.bind("udp://*:*")
    assert dish.last_endpoint.startswith(b"udp://0.0.0.0:")
    radio.connect(f"udp://localhost:{port_of(dish)}")
    for number in range(100):
        radio.send(b"%d" % number, group="g")
        assert dish.recv() == b"%d" % number
    assert errno_of(radio.send, bytes(8192), group="g") == zmq.EMSGSIZE
    assert radio.stats()["messages_out"] == dish.stats()["messages_in"] == 100


def test_what_finds_no_room_is_counted(new_socket, raw):
    dish = new_socket(zmq.DISH, rcvhwm=3)
    dish.join("")
    dish.bind("udp://127.0.0.1:*")
    for number in range(10):
        raw.sendto(b"\0%d" % number, ("127.0.0.1", port_of(dish)))
    assert dish.poll(20_000)
    assert [dish.recv() for _ in range(3)] == [b"0", b"1", b"2"]
    assert dish.stats()["drops"] == {"no_room": 7}


def test_dgram_both_ways(new_socket, raw):
    dgram = new_socket(zmq.DGRAM)
    dgram.bind("udp://127.0.0.1:*")
    own = raw.getsockname()
    raw.sendto(b"question", ("127.0.0.1", port_of(dgram)))
    address, body = dgram.recv_multipart()
    assert (address, body) == (b"127.0.0.1:%d\0" % own[1], b"question")
    dgram.send_multipart([address, b"answer"])
    dgram.send(b"127.0.0.1:%d" % own[1], zmq.SNDMORE)
    dgram.send(b"")
    assert [raw.recv(100), raw.recv(100)] == [b"answer", b""]
    assert errno_of(dgram.send_multipart, [b"nowhere", b"x"]) == zmq.EINVAL
    assert errno_of(dgram.send, b"x") == zmq.EINVAL
    assert errno_of(dgram.bind, "udp://127.0.0.1:*") == zmq.EINVAL


def test_ipv6(new_socket):
    if not os_socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    dgram, other = new_socket(zmq.DGRAM, ipv6=1), new_socket(zmq.DGRAM, ipv6=1)
    dgram.bind("udp://[::1]:*")
    other.bind("udp://[::1]:*")
    other.send_multipart([b"[::1]:%d" % port_of(dgram), b"six"])
    address, body = dgram.recv_multipart()
    assert (address, body) == (b"[::1]:%d\0" % port_of(other), b"six")
    assert errno_of(new_socket(zmq.DGRAM).bind, "udp://[::1]:*") == zmq.EINVAL


@pytest.mark.parametrize(
    ("kind", "method", "endpoint"),
    [
        (zmq.RADIO, "bind", "udp://127.0.0.1:*"),
        (zmq.DISH, "connect", "udp://127.0.0.1:5555"),
        (zmq.DGRAM, "connect", "udp://127.0.0.1:5555"),
        (zmq.PUB, "bind", "udp://127.0.0.1:*"),
        (zmq.DEALER, "connect", "udp://127.0.0.1:5555"),
    ],
)
def test_types_and_sides_that_udp_is_not_for(new_socket, kind, method, endpoint):
    assert errno_of(getattr(new_socket(kind), method), endpoint) == zmq.ENOCOMPATPROTO


@pytest.mark.parametrize(
    "endpoint",
    ["udp://", "udp://127.0.0.1", "udp://127.0.0.1:0", "udp://*:5555", "udp://;1.2.3.4:1", "udp://lo;"],
)
def test_malformed_endpoints(new_socket, endpoint):
    assert errno_of(new_socket(zmq.RADIO).connect, endpoint) == zmq.EINVAL


def test_no_such_interface(new_socket):
    radio = new_socket(zmq.RADIO)
    assert errno_of(radio.connect, "udp://nosuchif0;239.1.2.3:5555") == errno.ENODEV
    assert errno_of(new_socket(zmq.DISH).bind, "udp://nosuchif0;239.1.2.3:5555") == errno.ENODEV


def test_the_address_is_in_use(new_socket):
    first = new_socket(zmq.DISH)
    first.bind("udp://127.0.0.1:*")
    assert errno_of(new_socket(zmq.DISH).bind, first.last_endpoint.decode()) == zmq.EADDRINUSE


def test_unbind_disconnect_and_peers(new_socket, raw):
    dish, radio = new_socket(zmq.DISH), new_socket(zmq.RADIO)
    dish.bind("udp://127.0.0.1:*")
    endpoint = dish.last_endpoint.decode()
    radio.connect(endpoint)
    assert [(peer["endpoint"], peer["state"]) for peer in radio.peers()] == [(endpoint, "connected")]
    radio.disconnect(endpoint)
    dish.unbind(endpoint)
    assert radio.peers() == dish.peers() == []
    assert errno_of(dish.unbind, endpoint) == errno.ENOENT
    new_socket(zmq.DISH).bind(endpoint)


def test_monitor_events(new_socket):
    dish = new_socket(zmq.DISH)
    monitor = dish.get_monitor_socket()
    dish.bind("udp://127.0.0.1:*")
    endpoint = dish.last_endpoint
    dish.unbind(endpoint.decode())
    from purezmq.utils.monitor import recv_monitor_message

    got = [recv_monitor_message(monitor) for _ in range(2)]
    assert [(event["event"], event["endpoint"]) for event in got] == [
        (zmq.EVENT_LISTENING, endpoint),
        (zmq.EVENT_CLOSED, endpoint),
    ]
    dish.disable_monitor()
    monitor.close()
