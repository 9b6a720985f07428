"""Connecting through a SOCKS5 proxy."""

from __future__ import annotations

import socket as os_socket

import pytest

import purezmq as zmq

from .socks_server import SocksServer

RETRIED, CONNECTED, CLOSED = zmq.EVENT_CONNECT_RETRIED, zmq.EVENT_CONNECTED, zmq.EVENT_CLOSED


@pytest.fixture
def start_proxy():
    """``start_proxy(login=, reply=)``: a proxy that ends with the test."""
    proxies = []

    def start(**options):
        proxies.append(SocksServer(**options))
        return proxies[-1]

    yield start
    for proxy in proxies:
        proxy.close()


@pytest.fixture
def pull(new_socket):
    socket = new_socket(zmq.PULL)
    socket.bind("tcp://127.0.0.1:*")
    return socket


def port_of(socket):
    return int(socket.LAST_ENDPOINT.rpartition(b":")[2])


def connecting(new_socket, proxy, **options):
    return new_socket(zmq.PUSH, **{"socks_proxy": proxy.address, "reconnect_ivl": 20, "linger": 0, **options})


def test_messages_pass_the_proxy(new_socket, start_proxy, pull):
    proxy = start_proxy()
    push = connecting(new_socket, proxy)
    push.connect(f"tcp://127.0.0.1:{port_of(pull)}")
    push.send(b"x" * 100_000)
    assert pull.recv() == b"x" * 100_000
    assert proxy.requests == [("127.0.0.1", port_of(pull))]


def test_the_proxy_looks_names_up(new_socket, start_proxy, pull):
    proxy = start_proxy()
    push = connecting(new_socket, proxy)
    push.connect(f"tcp://only.the.proxy.knows:{port_of(pull)}")
    push.send(b"x")
    assert pull.recv() == b"x"
    assert proxy.requests == [("only.the.proxy.knows", port_of(pull))]


def test_the_name_of_the_proxy_is_looked_up_here(new_socket, start_proxy, pull):
    proxy = start_proxy()
    push = connecting(new_socket, proxy, socks_proxy=proxy.address.replace(b"127.0.0.1", b"localhost"))
    push.connect(f"tcp://127.0.0.1:{port_of(pull)}")
    push.send(b"x")
    assert pull.recv() == b"x"


def test_name_and_password(new_socket, start_proxy, pull):
    proxy = start_proxy(login=(b"me", b"secret"))
    push = connecting(new_socket, proxy, socks_username=b"me", socks_password=b"secret")
    push.connect(f"tcp://127.0.0.1:{port_of(pull)}")
    push.send(b"x")
    assert pull.recv() == b"x"
    assert proxy.logins == [(b"me", b"secret")]


def test_it_is_taken_at_connect(new_socket, start_proxy, pull):
    proxy = start_proxy()
    push = connecting(new_socket, proxy)
    push.socks_proxy = b""
    push.connect(f"tcp://127.0.0.1:{port_of(pull)}")
    push.send(b"x")
    assert pull.recv() == b"x"
    assert proxy.requests == []


def test_a_connection_that_breaks_is_made_again(new_socket, start_proxy, pull, eventually):
    proxy = start_proxy()
    push = connecting(new_socket, proxy)
    push.connect(f"tcp://127.0.0.1:{port_of(pull)}")
    push.send(b"1")
    assert pull.recv() == b"1"
    proxy.break_connections()
    eventually(lambda: len(proxy.requests) == 2, "a second request")
    push.send(b"2")
    assert pull.recv() == b"2"


@pytest.mark.parametrize(
    ("options", "login", "reply", "text"),
    [
        ({}, (b"me", b"secret"), 0, "set SOCKS_USERNAME and SOCKS_PASSWORD"),
        ({"socks_username": b"me", "socks_password": b"wrong"}, (b"me", b"secret"), 0, "does not accept"),
        ({}, None, 4, "it cannot reach or does not know the host"),
        ({}, None, 2, "its rules do not allow this connection"),
    ],
)
def test_a_failure_is_told_with_its_reason_and_tried_again(
    new_socket, start_proxy, watch, caplog, options, login, reply, text
):
    push = connecting(new_socket, start_proxy(login=login, reply=reply), **options)
    events = watch(push)
    with caplog.at_level("WARNING", logger="purezmq"):
        push.connect("tcp://far.host:5555")
        for _ in range(3):
            events.wait_for(CLOSED)
            events.wait_for(RETRIED)
    assert CONNECTED not in events.seen
    assert sum(text in record.getMessage() for record in caplog.records) == 1  # said once, not every time
    assert "wrong" not in caplog.text
    assert push.stats()["failures"]["connect_failed"] >= 3


def test_refused_by_the_host_behind_the_proxy(new_socket, start_proxy, watch, eventually):
    push = connecting(new_socket, start_proxy(), reconnect_stop=zmq.RECONNECT_STOP_CONN_REFUSED)
    events = watch(push)
    with os_socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        push.connect(f"tcp://127.0.0.1:{holder.getsockname()[1]}")
        events.wait_for(CLOSED)
        eventually(lambda: not push.peers(), "the endpoint to be given up")


@pytest.mark.parametrize("name", ["connect_timeout", "handshake_ivl"])
def test_a_proxy_that_says_nothing_is_given_up(new_socket, start_proxy, watch, name):
    proxy = start_proxy()
    proxy.is_mute = True
    push = connecting(new_socket, proxy, **{name: 50})
    events = watch(push)
    push.connect("tcp://far.host:5555")
    for _ in range(2):
        events.wait_for(RETRIED)


def test_close_and_disconnect_in_the_middle_of_it(new_socket, start_proxy, watch):
    proxy = start_proxy()
    proxy.is_mute = True
    push = connecting(new_socket, proxy)
    events = watch(push)
    push.connect("tcp://far.host:5555")
    events.wait_for(zmq.EVENT_CONNECT_DELAYED)
    push.disconnect("tcp://far.host:5555")
    events.wait_for(CLOSED)
    push.connect("tcp://far.host:5555")
    push.close()


def test_a_proxy_that_is_no_proxy(new_socket, watch, caplog):
    other = new_socket(zmq.STREAM)
    other.bind("tcp://127.0.0.1:*")
    push = new_socket(zmq.PUSH, socks_proxy=b"127.0.0.1:%d" % port_of(other), reconnect_ivl=20, linger=0)
    events = watch(push)
    push.connect("tcp://far.host:5555")
    name, _ = other.recv_multipart()
    assert other.recv_multipart() == [name, b"\5\1\0"]
    with caplog.at_level("WARNING", logger="purezmq"):
        other.send_multipart([name, b"HTTP/1.0 400 Bad Request"])
        events.wait_for(RETRIED)
    assert "does not answer as a SOCKS5 proxy does" in caplog.text
