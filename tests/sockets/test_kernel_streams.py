"""vsock and tipc: what can be tried where the kernel lacks them, or a second machine."""

from __future__ import annotations

import socket as os_socket

import pytest

import purezmq as zmq
from purezmq.drivers import transport_table
from purezmq.drivers.transport_table import StreamKind
from purezmq.transports.kernel_streams import TipcTransport, VsockTransport

pytestmark = pytest.mark.purezmq_only


def errno_of(call, *args):
    with pytest.raises(zmq.ZMQError) as caught:
        call(*args)
    return caught.value.errno


class NoSuchVsock(VsockTransport):
    family_name = "AF_NOTHING"


class VsockInDisguise(VsockTransport):
    """The same over the abstract namespace, so that streams can be made on one machine."""

    family_name = "AF_UNIX"

    def bind_address(self, endpoint):
        return f"\0purezmq-test-vsock-{endpoint.port}"

    connect_address = bind_address

    def bound_text(self, sock, endpoint):
        return endpoint.text


@pytest.mark.parametrize("scheme", ["vsock", "tipc"])
def test_has_tells_what_the_kernel_has(scheme):
    family = getattr(os_socket, f"AF_{scheme.upper()}", None)
    try:
        os_socket.socket(family, os_socket.SOCK_STREAM).close()
        expected = True
    except (OSError, TypeError):
        expected = False
    assert zmq.has(scheme) == expected


def test_without_the_kernel_s_help(new_socket, monkeypatch):
    monkeypatch.setitem(transport_table._KINDS, "vsock", StreamKind(NoSuchVsock()))
    assert errno_of(new_socket(zmq.PULL).bind, "vsock://*:*") == zmq.EPROTONOSUPPORT
    assert errno_of(new_socket(zmq.PUSH).connect, "vsock://2:5555") == zmq.EPROTONOSUPPORT


@pytest.mark.skipif(zmq.has("tipc"), reason="this kernel has tipc")
def test_tipc_is_not_there(new_socket):
    assert errno_of(new_socket(zmq.PULL).bind, "tipc://{5555,0,0}") == zmq.EPROTONOSUPPORT
    assert errno_of(new_socket(zmq.PUSH).connect, "tipc://{5555,0}") == zmq.EPROTONOSUPPORT


@pytest.mark.skipif(not zmq.has("vsock"), reason="this kernel has no vsock")
def test_binding_vsock(new_socket):
    pull = new_socket(zmq.PULL)
    pull.bind("vsock://*:*")
    endpoint = pull.last_endpoint.decode()
    assert endpoint.startswith("vsock://*:")
    assert errno_of(new_socket(zmq.PULL).bind, endpoint) == zmq.EADDRINUSE
    pull.unbind(endpoint)
    new_socket(zmq.PULL).bind(endpoint)


def test_messages_travel(new_socket, monkeypatch):
    monkeypatch.setitem(transport_table._KINDS, "vsock", StreamKind(VsockInDisguise()))
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    push.connect("vsock://@:5555")  # before there is anybody: it dials again
    pull.bind("vsock://@:5555")
    push.send(b"hello")
    assert pull.recv() == b"hello"
    push.disconnect("vsock://@:5555")
    pull.unbind("vsock://@:5555")


def test_addresses_for_the_kernel():
    from purezmq.base.endpoint import parse_endpoint

    def to_bind(text):
        return parse_endpoint(text, for_bind=True)

    def to_connect(text):
        return parse_endpoint(text, for_bind=False)

    assert VsockTransport().bind_address(to_bind("vsock://*:*")) == (2**32 - 1, 2**32 - 1)
    assert VsockTransport().bind_address(to_bind("vsock://@:7")) == (1, 7)
    assert VsockTransport().connect_address(to_connect("vsock://2:7")) == (2, 7)
    tipc = TipcTransport()
    assert tipc.bind_address(to_bind("tipc://<*>")) is None
    assert tipc.bind_address(to_bind("tipc://{5555,0,7}")) == (1, 5555, 0, 7)
    assert tipc.connect_address(to_connect("tipc://{5555,3}")) == (2, 5555, 3, 0)
    assert tipc.connect_address(to_connect("tipc://{5555,3}@1.1.2")) == (2, 5555, 3, 1 << 24 | 1 << 12 | 2)
    assert tipc.connect_address(to_connect("tipc://<1.1.2:9>")) == (3, 1 << 24 | 1 << 12 | 2, 9, 0)
