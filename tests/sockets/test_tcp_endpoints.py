"""Where tcp sockets bind and connect: interfaces, IPv6, scopes, source addresses; and what errors say."""

from __future__ import annotations

import errno
import os
import re
import socket as os_socket
import sys

import pytest

import purezmq as zmq


def has_ipv6():
    try:
        with os_socket.socket(os_socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def link_local():
    """(address, interface) of an IPv6 address that is valid on one link only; (None, None) without any."""
    try:
        with open("/proc/net/if_inet6") as table:
            for line in table:
                digits, *_, flags, name = line.split()
                if digits.startswith("fe80") and not int(flags, 16) & 0x40:  # 0x40: tentative
                    return os_socket.inet_ntop(os_socket.AF_INET6, bytes.fromhex(digits)), name
    except OSError:
        pass
    return None, None


ipv6_only = pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")


def exchange(pull, push, endpoint=None):
    push.connect(endpoint or pull.LAST_ENDPOINT.decode())
    push.send(b"x")
    assert pull.recv() == b"x"


def port_of(socket):
    return int(socket.LAST_ENDPOINT.rpartition(b":")[2])


@pytest.mark.parametrize("endpoint", ["tcp://lo:*", "tcp://lo:0", "tcp://localhost:*", "tcp://127.0.0.1:*"])
def test_names_of_this_machine(new_socket, endpoint):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.bind(endpoint)
    assert pull.LAST_ENDPOINT.startswith(b"tcp://127.0.0.1:")
    exchange(pull, push)


@ipv6_only
def test_an_interface_with_ipv6(new_socket):
    pull, push = new_socket(zmq.PULL, ipv6=1), new_socket(zmq.PUSH, ipv6=1)
    pull.bind("tcp://lo:*")
    assert pull.LAST_ENDPOINT.startswith(b"tcp://[::1]:")
    exchange(pull, push)


@ipv6_only
def test_any_address_with_ipv6_takes_both_families(new_socket):
    pull = new_socket(zmq.PULL, ipv6=1)
    pull.bind("tcp://*:*")
    assert pull.LAST_ENDPOINT.startswith(b"tcp://[::]:")
    for host in ("127.0.0.1", "[::1]", "localhost"):
        exchange(pull, new_socket(zmq.PUSH, ipv6=1), f"tcp://{host}:{port_of(pull)}")


@ipv6_only
def test_ipv4only_0_is_ipv6_1(new_socket):
    pull = new_socket(zmq.PULL, ipv4only=0)
    pull.bind("tcp://*:*")
    assert pull.LAST_ENDPOINT.startswith(b"tcp://[::]:")


@ipv6_only
def test_ipv6_of_the_context_is_the_default_of_its_sockets(make_context):
    context = make_context()
    context.set(zmq.IPV6, 1)
    with context.socket(zmq.PULL) as pull:
        pull.bind("tcp://*:*")
        assert pull.LAST_ENDPOINT.startswith(b"tcp://[::]:")


@pytest.mark.skipif(link_local()[0] is None, reason="no link-local address here")
def test_a_scope(new_socket):
    address, interface = link_local()
    pull, push = new_socket(zmq.PULL, ipv6=1), new_socket(zmq.PUSH, ipv6=1)
    pull.bind(f"tcp://[{address}%{interface}]:*")
    assert pull.LAST_ENDPOINT.decode() == f"tcp://[{address}%{interface}]:{port_of(pull)}"
    exchange(pull, push)
    exchange(
        pull,
        new_socket(zmq.PUSH, ipv6=1),
        f"tcp://[{address}%{os_socket.if_nametoindex(interface)}]:{port_of(pull)}",
    )


def test_a_scope_that_is_not_there(new_socket):
    with pytest.raises(zmq.ZMQError, match="no network interface is called 'nodev0'") as caught:
        new_socket(zmq.PULL, ipv6=1).bind("tcp://[fe80::1%nodev0]:*")
    assert caught.value.errno == errno.ENODEV


def test_connecting_to_a_scope_that_is_not_there_goes_on_trying(new_socket, eventually):
    push = new_socket(zmq.PUSH, ipv6=1, linger=0, reconnect_ivl=20)
    push.connect("tcp://[fe80::1%nodev0]:5555")
    eventually(lambda: push.stats()["failures"].get("lookup_failed", 0) > 1, "a second attempt")


@pytest.mark.parametrize("source", ["127.0.0.9:0", "127.0.0.9:*", "lo:0"])
def test_a_source_address(new_socket, source):
    router, dealer = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    router.bind("tcp://127.0.0.1:*")
    dealer.connect(f"tcp://{source};127.0.0.1:{port_of(router)}")
    dealer.send(b"x")
    _, frame = router.recv_multipart(copy=False)
    assert frame.get("Peer-Address") == ("127.0.0.9" if source.startswith("1") else "127.0.0.1")


def test_a_source_port(new_socket, make_future_endpoint):
    port = int(make_future_endpoint("tcp").rpartition(":")[2])
    with os_socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        push = new_socket(zmq.PUSH, linger=0)
        push.connect(f"tcp://127.0.0.1:{port};127.0.0.1:{listener.getsockname()[1]}")
        peer, address = listener.accept()
        peer.close()
    assert address == ("127.0.0.1", port)


@pytest.mark.parametrize(
    ("source", "reason"),
    [("203.0.113.1:0", "cannot call from 203.0.113.1:0"), ("[::1]:0", "of another family")],
)
def test_a_source_that_cannot_be_is_told_once(new_socket, caplog, eventually, source, reason):
    push = new_socket(zmq.PUSH, linger=0, reconnect_ivl=20)
    with caplog.at_level("WARNING", logger="purezmq"):
        push.connect(f"tcp://{source};127.0.0.1:5555")
        eventually(lambda: push.stats()["failures"].get("connect_failed", 0) > 2, "a third attempt")
        eventually(lambda: reason in caplog.text, "a warning")
    assert caplog.text.count(reason) == 1


@pytest.mark.parametrize("port", ["65536", "-1", "http", "", "5555x", " 5555", "99999999999"])
@pytest.mark.parametrize("call", ["bind", "connect"])
def test_what_is_no_port(new_socket, call, port):
    with pytest.raises(zmq.ZMQError) as caught:
        getattr(new_socket(zmq.PUSH), call)(f"tcp://127.0.0.1:{port}")
    assert caught.value.errno == errno.EINVAL
    assert "port" in str(caught.value)


@pytest.mark.parametrize("port", ["0", "*"])
def test_any_port_is_for_bind(new_socket, port):
    with pytest.raises(zmq.ZMQError, match="bind only"):
        new_socket(zmq.PUSH).connect(f"tcp://127.0.0.1:{port}")


def test_a_port_that_this_process_has(new_socket):
    one, two = new_socket(zmq.PULL), new_socket(zmq.PULL)
    one.bind("tcp://127.0.0.1:*")
    with pytest.raises(zmq.ZMQError) as caught:
        two.bind(one.LAST_ENDPOINT.decode())
    assert caught.value.errno == zmq.EADDRINUSE
    assert f"127.0.0.1:{port_of(one)} (this process, pid {os.getpid()})" in str(caught.value)
    assert f"(addr='tcp://127.0.0.1:{port_of(one)}')" in str(caught.value)


def test_a_port_that_another_process_has(new_socket, start_python):
    child = start_python(
        """
        with zmq.Context() as context, context.socket(zmq.PULL) as pull:
            pull.bind("tcp://127.0.0.1:*")
            print(pull.LAST_ENDPOINT.decode(), flush=True)
            sys.stdin.readline()
        """
    )
    endpoint = child.read_line("its endpoint")
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(zmq.PULL).bind(endpoint)
    assert re.search(rf"\(pid {child.pid}, {re.escape(sys.executable)}", str(caught.value))


def test_a_port_that_somebody_has_who_does_not_listen(new_socket):
    with os_socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        with pytest.raises(zmq.ZMQError, match="a socket that is not listening has port") as caught:
            new_socket(zmq.PULL).bind(f"tcp://127.0.0.1:{holder.getsockname()[1]}")
        assert caught.value.errno == zmq.EADDRINUSE


def test_an_address_of_another_machine(new_socket):
    with pytest.raises(zmq.ZMQError, match="not one of this machine's addresses") as caught:
        new_socket(zmq.PULL).bind("tcp://203.0.113.1:*")
    assert caught.value.errno == zmq.EADDRNOTAVAIL


def test_an_interface_that_is_not_there(new_socket):
    with pytest.raises(zmq.ZMQError, match="neither an address nor a network interface") as caught:
        new_socket(zmq.PULL).bind("tcp://nodev0:*")
    assert caught.value.errno == errno.ENODEV
