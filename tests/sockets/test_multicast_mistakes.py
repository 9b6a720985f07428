"""What pgm and epgm refuse, before anything is sent. (What they do is in tests/multicast, in network namespaces.)"""

from __future__ import annotations

import errno

import pytest

import purezmq as zmq
from purezmq.unpatched import socket as os_socket

pytestmark = pytest.mark.purezmq_only

SCHEMES = ["pgm", "epgm"]


def test_has_says_so():
    assert zmq.has("pgm")
    assert zmq.has("epgm")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("verb", ["bind", "connect"])
@pytest.mark.parametrize("kind", [zmq.PUSH, zmq.PULL, zmq.REQ, zmq.ROUTER, zmq.PAIR, zmq.STREAM])
def test_other_socket_types(new_socket, scheme, verb, kind):
    socket = new_socket(kind)
    with pytest.raises(zmq.ZMQError, match="is for PUB, SUB, XPUB and XSUB") as refused:
        getattr(socket, verb)(f"{scheme}://no-such-interface;239.192.1.1:5555")
    assert refused.value.errno == zmq.Errno.ENOCOMPATPROTO
    assert socket.peers() == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", [zmq.PUB, zmq.SUB, zmq.XPUB, zmq.XSUB])
@pytest.mark.parametrize(
    ("network", "number", "why"),
    [
        (
            "no-such-interface.invalid;239.192.1.1",
            errno.ENODEV,
            "neither a network interface of this machine",
        ),
        ("240.0.0.77;239.192.1.1", errno.ENODEV, "240.0.0.77 is no address of this machine"),
        ("240.0.0.0/24;239.192.1.1", errno.ENODEV, "240.0.0.0/24 is no address of this machine"),
        ("127.0.0.1;ff05::5", errno.EINVAL, "both must be IPv4, or both IPv6"),
        ("127.0.0.1;239.192.1.1,ff05::5", errno.EINVAL, "both must be IPv4, or both IPv6"),
    ],
)
def test_interfaces_and_groups(new_socket, scheme, kind, network, number, why):
    socket = new_socket(kind)
    endpoint = f"{scheme}://{network}:5555"
    with pytest.raises(zmq.ZMQError, match=why) as refused:
        socket.connect(endpoint)
    assert refused.value.errno == number
    assert str(refused.value).endswith(f"(addr={endpoint!r})")
    assert socket.peers() == []


@pytest.mark.parametrize(
    ("kind", "options", "why"),
    [
        (zmq.PUB, {"rate": 11}, "RATE is 11 kbit/s, less than one packet .*: set RATE to 12 or more"),
        (zmq.PUB, {"multicast_maxtpdu": 65535}, "RATE is 100 kbit/s"),
        (zmq.PUB, {"multicast_maxtpdu": 74}, "MULTICAST_MAXTPDU is 74, and has to be from 75 to 65535"),
        (zmq.SUB, {"multicast_maxtpdu": 74}, "MULTICAST_MAXTPDU is 74"),
        (zmq.SUB, {"multicast_maxtpdu": 65536}, "MULTICAST_MAXTPDU is 65536"),
        (zmq.PUB, {"multicast_hops": 256}, "MULTICAST_HOPS is 256, and 255 is the most"),
    ],
)
def test_options_that_cannot_work(new_socket, kind, options, why):
    socket = new_socket(kind, **options)
    for verb in (socket.bind, socket.connect):
        with pytest.raises(zmq.ZMQError, match=why) as refused:
            verb("epgm://127.0.0.1;239.192.1.1:5555")
        assert refused.value.errno == errno.EINVAL
    assert socket.peers() == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_security_that_cannot_be_had(new_socket, scheme):
    secured = [
        new_socket(zmq.PUB, plain_server=1),
        new_socket(zmq.SUB, plain_username=b"a", plain_password=b"b"),
    ]
    secured.append(new_socket(zmq.SUB))
    secured[-1].auth = lambda *args: True
    for socket in secured:
        with pytest.raises(
            zmq.ZMQError, match="nobody can be authenticated and nothing encrypted"
        ) as refused:
            socket.connect(f"{scheme}://127.0.0.1;239.192.1.1:5555")
        assert refused.value.errno == errno.EINVAL
        assert socket.peers() == []


def test_raw_sockets_without_permission(new_socket, monkeypatch):
    make = os_socket.socket

    def refuse_raw(family=-1, type=-1, proto=-1, fileno=None):
        if type & 0xF == os_socket.SOCK_RAW and family == os_socket.AF_INET:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return make(family, type, proto, fileno)

    monkeypatch.setattr(os_socket, "socket", refuse_raw)
    for kind in (zmq.PUB, zmq.SUB):
        with pytest.raises(zmq.ZMQError, match="CAP_NET_RAW.*epgm:// does the same over UDP") as refused:
            new_socket(kind).connect("pgm://127.0.0.1;239.192.1.1:5555")
        assert refused.value.errno == errno.EPERM


def test_a_failure_half_way_leaves_no_descriptor(new_socket, monkeypatch, leaves_nothing_behind):
    from purezmq.transports.pgm import Network

    def fail(*args):
        raise zmq.ZMQError(errno.EMFILE, "no more")

    monkeypatch.setattr(Network, "own_socket", fail)
    monkeypatch.setattr(Network, "group_socket", fail)
    for kind in (zmq.PUB, zmq.SUB):
        socket = new_socket(kind)
        with pytest.raises(zmq.ZMQError, match="no more"):
            socket.connect("epgm://127.0.0.1;239.192.1.1:5555")
        assert socket.peers() == []


def test_a_context_without_threads(make_context):
    with make_context(io_threads=0).socket(zmq.PUB) as socket, pytest.raises(zmq.ZMQError) as refused:
        socket.connect("epgm://127.0.0.1;239.192.1.1:5555")
    assert refused.value.errno == zmq.Errno.EMTHREAD
