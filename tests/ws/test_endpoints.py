"""Names, options and limits of ws:// and wss://."""

from __future__ import annotations

import errno
import importlib.util

import pytest

import purezmq as zmq
from purezmq.drivers import transport_table

pytest.importorskip("wsproto")


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize(
    ("asked", "path"), [("127.0.0.1:*", "/"), ("127.0.0.1:0/", "/"), ("*:*/feed/a?b=c", "/feed/a?b=c")]
)
def test_last_endpoint_has_address_and_path(new_socket, tls_options, scheme, asked, path):
    pull, push = new_socket(zmq.PULL, **tls_options), new_socket(zmq.PUSH, **tls_options)
    pull.bind(f"{scheme}://{asked}")
    address = pull.last_endpoint.decode()
    host = "0.0.0.0" if asked[0] == "*" else "127.0.0.1"
    assert address.startswith(f"{scheme}://{host}:")
    assert address.endswith(path)
    push.connect(address.replace("0.0.0.0", "127.0.0.1"))
    push.send(b"hello")
    frame = pull.recv(copy=False)
    assert frame.get("WS-Path") == path


def test_every_name_of_an_endpoint_ends_it(new_socket):
    pull = new_socket(zmq.PULL)
    pull.bind("ws://127.0.0.1:*/a")
    port = pull.last_endpoint.decode().split(":")[2].split("/")[0]
    for wrong in (f"ws://127.0.0.1:{port}", f"ws://127.0.0.1:{port}/b", f"tcp://127.0.0.1:{port}"):
        with pytest.raises(zmq.ZMQError) as refused:
            pull.unbind(wrong)
        assert refused.value.errno == errno.ENOENT
    pull.unbind(f"ws://localhost:{port}/a")
    push = new_socket(zmq.PUSH)
    push.connect(f"ws://127.0.0.1:{port}/a")
    push.disconnect(f"ws://localhost:{port}/a")
    assert push.peers() == []


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ws://127.0.0.1:5555/a b", "' ' cannot be in the path"),
        ("ws://127.0.0.1:5555/a#b", "%23"),
        ("ws://127.0.0.1/feed", "did you mean ws://127.0.0.1:5555/feed?"),
        ("ws://", "expected ws://host:port/path"),
        ("wss://x:99999/", "above 65535"),
        ("ws://a..b:80/", "no HTTP request"),
    ],
)
def test_texts_that_are_no_endpoint(new_socket, address, why):
    with pytest.raises(zmq.ZMQError) as refused:
        new_socket(zmq.PUSH).connect(address)
    assert refused.value.errno == errno.EINVAL
    assert why in str(refused.value)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_stream_sockets_have_no_business_here(new_socket, tls_options, scheme):
    stream = new_socket(zmq.STREAM, **tls_options)
    for begin in (stream.bind, stream.connect):
        with pytest.raises(zmq.ZMQError) as refused:
            begin(f"{scheme}://127.0.0.1:5555")
        assert refused.value.errno == zmq.Errno.ENOCOMPATPROTO


def test_without_wsproto_it_says_what_is_missing(new_socket, monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "wsproto" else find_spec(name)
    )
    monkeypatch.setattr(transport_table, "_KINDS", {})
    for scheme in ("ws", "wss"):
        assert not zmq.has(scheme)
        with pytest.raises(zmq.ZMQError, match=r"pip install purezmq\[ws\]") as refused:
            new_socket(zmq.PULL).bind(f"{scheme}://127.0.0.1:*")
        assert refused.value.errno == errno.EPROTONOSUPPORT
    assert zmq.has("tls")


def test_has_tells():
    assert zmq.has("ws")
    assert zmq.has("WSS")


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.0 404 No\r\n\r\n"]
)
def test_a_server_that_is_not_ready_yet_is_asked_again(new_socket, answer, eventually):
    import socket as os_socket

    push = new_socket(zmq.PUSH, reconnect_ivl=20)
    with os_socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        push.connect(f"ws://127.0.0.1:{port}/x")
        push.send(b"hello")
        for _ in range(2):
            sock = listener.accept()[0]
            assert sock.recv(10_000).startswith(b"GET /x HTTP/1.1\r\nHost: 127.0.0.1:")
            sock.sendall(answer)
            sock.close()
    pull = new_socket(zmq.PULL)
    pull.bind(f"ws://127.0.0.1:{port}/x")
    assert pull.recv() == b"hello"
    assert push.stats()["failures"]["ws_upgrade"] >= 2
