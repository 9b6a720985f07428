"""Which endpoint names are understood, refused, and reported back."""

from __future__ import annotations

import errno
import re

import pytest

import purezmq as zmq

BAD_FOR_BOTH = [
    ("", errno.EINVAL),
    ("tcp", errno.EINVAL),
    ("tcp://", errno.EINVAL),
    ("://x", errno.EINVAL),
    ("nosuch://x", zmq.EPROTONOSUPPORT),
    ("tcp://127.0.0.1", errno.EINVAL),
    ("tcp://127.0.0.1:", errno.EINVAL),
    ("tcp://127.0.0.1:port", errno.EINVAL),
    ("tcp://*.5559", errno.EINVAL),
    ("inproc://", errno.EINVAL),
]


def errno_of(call, *args):
    with pytest.raises(zmq.ZMQError) as caught:
        call(*args)
    return caught.value.errno


@pytest.mark.parametrize(("address", "number"), BAD_FOR_BOTH)
@pytest.mark.parametrize("verb", ["bind", "connect"])
def test_nonsense_is_refused_with_the_right_number(new_socket, verb, address, number):
    assert errno_of(getattr(new_socket(zmq.DEALER), verb), address) == number


@pytest.mark.parametrize("verb", ["bind", "connect"])
def test_the_error_text_repeats_the_address(new_socket, verb):
    with pytest.raises(zmq.ZMQError, match=re.escape("nosuch://x")):
        getattr(new_socket(zmq.DEALER), verb)("nosuch://x")


def test_an_address_that_is_not_text_is_a_type_error(new_socket):
    with pytest.raises(TypeError):
        new_socket(zmq.DEALER).bind(1234)


def test_connect_needs_a_real_port_and_host(new_socket):
    socket = new_socket(zmq.DEALER)
    assert errno_of(socket.connect, "tcp://127.0.0.1:*") == errno.EINVAL
    assert errno_of(socket.connect, "tcp://*:5555") == errno.EINVAL


def test_binding_an_unknown_interface_is_enodev(new_socket):
    assert errno_of(new_socket(zmq.DEALER).bind, "tcp://nosuchnic0:*") == errno.ENODEV


def test_binding_a_foreign_address_is_eaddrnotavail(new_socket):
    assert errno_of(new_socket(zmq.DEALER).bind, "tcp://192.0.2.1:5555") == zmq.EADDRNOTAVAIL


def test_a_name_that_does_not_resolve_is_retried_in_the_background(new_socket):
    socket = new_socket(zmq.DEALER, linger=0)
    socket.connect("tcp://host.invalid:5555")
    socket.send(b"queued")


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_name_in_use_is_eaddrinuse(new_socket, make_endpoint, transport):
    first = new_socket(zmq.PULL)
    first.bind(make_endpoint(transport))
    address = first.LAST_ENDPOINT.decode()
    assert errno_of(new_socket(zmq.PULL).bind, address) == zmq.EADDRINUSE
    assert errno_of(first.bind, address) == zmq.EADDRINUSE


def test_before_any_bind_or_connect_the_last_endpoint_is_empty(new_socket):
    assert new_socket(zmq.PULL).LAST_ENDPOINT == b""


@pytest.mark.parametrize(
    "wildcard", ["tcp://127.0.0.1:*", "tcp://127.0.0.1:0", "tcp://localhost:*", "tcp://lo:*"]
)
def test_a_wildcard_port_is_reported_as_a_number(new_socket, wildcard):
    socket = new_socket(zmq.PULL)
    socket.bind(wildcard)
    assert re.fullmatch(rb"tcp://127\.0\.0\.1:[1-9]\d+", socket.LAST_ENDPOINT)


def test_all_interfaces_are_reported_as_zeros_and_reachable(new_socket):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.bind("tcp://*:*")
    match = re.fullmatch(rb"tcp://0\.0\.0\.0:(\d+)", pull.LAST_ENDPOINT)
    assert match
    push.connect(f"tcp://127.0.0.1:{int(match[1])}")
    push.send(b"hello")
    assert pull.recv() == b"hello"


def test_connect_reports_the_text_it_was_given(new_socket, make_future_endpoint):
    socket = new_socket(zmq.PUSH, linger=0)
    for transport in ("tcp", "ipc", "inproc"):
        address = make_future_endpoint(transport)
        socket.connect(address)
        assert socket.LAST_ENDPOINT == address.encode()


def test_localhost_is_found_by_name(new_socket):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.bind("tcp://127.0.0.1:*")
    push.connect(f"tcp://localhost:{pull.LAST_ENDPOINT.decode().rpartition(':')[2]}")
    push.send(b"hello")
    assert pull.recv() == b"hello"


def test_a_source_address_may_precede_the_target(new_socket):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    push.connect(f"tcp://127.0.0.1:0;127.0.0.1:{port}")
    push.send(b"hello")
    assert pull.recv() == b"hello"


def test_an_ephemeral_port_comes_from_bind_to_random_port(new_socket):
    socket = new_socket(zmq.PULL)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    assert socket.LAST_ENDPOINT == b"tcp://127.0.0.1:%d" % port


def test_a_random_port_keeps_to_the_range_asked_for(new_socket):
    socket = new_socket(zmq.PULL)
    port = socket.bind_to_random_port("tcp://127.0.0.1", min_port=12000, max_port=12500)
    assert 12000 <= port <= 12500


def test_a_range_without_a_free_port_is_a_bind_error(new_socket):
    taken = new_socket(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port=13000, max_port=31000)
    with pytest.raises(zmq.ZMQBindError):
        new_socket(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", taken, taken + 1, max_tries=2)


def test_ipv6_works_when_it_is_switched_on(new_socket):
    pull, push = new_socket(zmq.PULL, ipv6=1), new_socket(zmq.PUSH, ipv6=1)
    try:
        pull.bind("tcp://[::1]:*")
    except zmq.ZMQError:
        pytest.skip("this machine has no IPv6 loopback")
    assert re.fullmatch(rb"tcp://\[::1\]:\d+", pull.LAST_ENDPOINT)
    push.connect(pull.LAST_ENDPOINT.decode())
    push.send(b"six")
    assert pull.recv() == b"six"
