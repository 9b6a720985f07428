"""What can happen to a connection that speaks TLS, with Python's ssl or no TLS at all as the other peer."""

from __future__ import annotations

import errno
import random
import socket as os_socket
import ssl
import threading

import pytest

import purezmq as zmq
from tests.conftest import PATIENCE_S

PULL_GREETING = b"\xff" + bytes(8) + b"\x7f"


def port_of(socket):
    return int(socket.last_endpoint.rpartition(b":")[2])


def dial(port):
    sock = os_socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    sock.settimeout(PATIENCE_S)
    return sock


def read_exactly(sock, size):
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        assert more, f"the connection ended after {data!r}"
        data += more
    return data


@pytest.fixture
def pull(new_socket, certificates):
    pull = new_socket(zmq.PULL, tls_context=certificates.server())
    pull.bind("tls+tcp://127.0.0.1:*")
    return pull


READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH"
# All that a PUSH without security says before its first message.
HELLO = b"\xff" + bytes(7) + b"\x01\x7f\x03\x01NULL" + bytes(48) + b"\x04" + bytes((len(READY),)) + READY


def null_push(sock):
    """Begin a conversation as a PUSH."""
    sock.sendall(HELLO)
    read_exactly(sock, 64)
    header = read_exactly(sock, 2)
    read_exactly(sock, header[1])


def test_inside_is_ordinary_zmtp(pull, certificates):
    with certificates.client().wrap_socket(dial(port_of(pull)), server_hostname="127.0.0.1") as peer:
        null_push(peer)
        peer.sendall(b"\x01\x01a\x00\x01b")
        assert pull.recv_multipart() == [b"a", b"b"]
        # Ends are orderly: our close_notify answers the peer's.
        pull.close(linger=0)
        assert peer.recv(1) == b""


def test_bytes_may_come_one_by_one(pull, certificates):
    seed = random.getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = certificates.client().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with dial(port_of(pull)) as sock:
        sock.setsockopt(os_socket.IPPROTO_TCP, os_socket.TCP_NODELAY, 1)

        def drip():
            data = outgoing.read()
            while data:
                size = rng.choice([1, 1, 2, 7, 100])
                sock.sendall(data[:size])
                data = data[size:]

        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                drip()
                incoming.write(sock.recv(1000))
        tls.write(HELLO + b"\x00\x05hello")
        drip()
        assert pull.recv() == b"hello"


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n\r\n", PULL_GREETING, bytes(64), b"\x16\x03\x01\xff\xff"]
)
def test_who_does_not_speak_tls_is_turned_away(pull, watch, eventually, said):
    wait_for = watch(pull)
    with dial(port_of(pull)) as sock:
        sock.sendall(said)
        if said[:2] == b"\x16\x03":  # the beginning of something that never comes
            sock.shutdown(os_socket.SHUT_WR)
        wait_for(zmq.Event.HANDSHAKE_FAILED_NO_DETAIL)
        wait_for(zmq.Event.DISCONNECTED)
    failures = pull.stats()["failures"]
    assert failures.get("tls_failed") or failures.get("closed_in_handshake")
    assert pull.peers() == []


def test_a_server_without_tls_is_noticed(new_socket, certificates, watch):
    push = new_socket(zmq.PUSH, tls_context=certificates.client())
    plain = new_socket(zmq.PULL)
    plain.bind("tcp://127.0.0.1:*")
    wait_for = watch(push)
    push.connect(f"tls+tcp://127.0.0.1:{port_of(plain)}")
    assert wait_for(zmq.Event.HANDSHAKE_FAILED_NO_DETAIL) == errno.EPROTO
    assert push.stats()["failures"]["tls_failed"] >= 1


@pytest.mark.parametrize("says", [b"", b"\x16\x03\x01"])
def test_the_handshake_interval_covers_tls(new_socket, certificates, watch, says):
    pull = new_socket(zmq.PULL, tls_context=certificates.server(), handshake_ivl=100)
    pull.bind("tls+tcp://127.0.0.1:*")
    wait_for = watch(pull)
    with dial(port_of(pull)) as sock:
        sock.sendall(says)
        assert sock.recv(1000) == b""
    assert wait_for(zmq.Event.HANDSHAKE_FAILED_NO_DETAIL) == errno.EAGAIN
    assert pull.stats()["failures"] == {"handshake_timeout": 1}


def test_a_peer_that_vanishes_without_farewell(pull, certificates, eventually, watch):
    wait_for = watch(pull)
    with certificates.client().wrap_socket(dial(port_of(pull)), server_hostname="127.0.0.1") as peer:
        null_push(peer)
        peer.sendall(b"\x00\x02ok")
        assert pull.recv() == b"ok"
    wait_for(zmq.Event.DISCONNECTED)
    assert pull.peers() == []


def test_damaged_records_end_the_connection(pull, certificates, watch):
    wait_for = watch(pull)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = certificates.client().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with dial(port_of(pull)) as sock:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                sock.sendall(outgoing.read())
                incoming.write(sock.recv(10_000))
        tls.write(b"\xff" + bytes(63))
        record = bytearray(outgoing.read())
        record[-1] ^= 1
        sock.sendall(record)
        wait_for(zmq.Event.DISCONNECTED)
    assert pull.stats()["failures"] == {"tls_failed": 1}


def test_what_was_sent_leaves_before_the_close(make_context, certificates, in_thread):
    """LINGER counts what is encrypted and not written yet: the peer reads slowly, and gets all of it."""
    context = make_context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.tls_context, push.tls_context = certificates.server(), certificates.client()
    pull.rcvtimeo = int(PATIENCE_S * 1000)
    pull.rcvhwm = 1
    pull.rcvbuf = push.sndbuf = 4096
    pull.bind("tls+tcp://127.0.0.1:*")
    push.connect(pull.last_endpoint)
    messages = [random.randbytes(200_000) for _ in range(20)]
    for message in messages:
        push.send(message)
    push.close(linger=-1)
    for message in messages:
        assert pull.recv() == message
    pull.close()
    in_thread(context.term).result()


def test_what_nobody_reads_is_lost_with_linger_0_and_counted(new_socket, certificates):
    pull = new_socket(zmq.PULL, tls_context=certificates.server(), rcvhwm=1, rcvbuf=4096)
    pull.bind("tls+tcp://127.0.0.1:*")
    push = new_socket(zmq.PUSH, tls_context=certificates.client(), sndbuf=4096, linger=0)
    push.connect(pull.last_endpoint)
    for _ in range(50):
        push.send(bytes(1_000_000))
    push.disconnect(pull.last_endpoint)
    assert 40 < sum(push.stats()["drops"].values()) <= 50


@pytest.mark.parametrize("who", ["server", "client"])
def test_stream_sockets_talk_to_any_program_over_tls(new_socket, certificates, who):
    stream = new_socket(zmq.STREAM)
    if who == "server":
        stream.tls_context = certificates.server()
        stream.bind("tls+tcp://127.0.0.1:*")
        sock = certificates.client().wrap_socket(dial(port_of(stream)), server_hostname="127.0.0.1")
    else:
        stream.tls_context = certificates.client()
        with os_socket.create_server(("127.0.0.1", 0)) as listener:
            stream.connect(f"tls+tcp://127.0.0.1:{listener.getsockname()[1]}")
            accepted = listener.accept()[0]
        accepted.settimeout(PATIENCE_S)
        sock = certificates.server().wrap_socket(accepted, server_side=True)
    with sock:
        sock.sendall(b"hello")
        peer, notice = stream.recv_multipart()
        assert notice == b""
        assert stream.recv_multipart() == [peer, b"hello"]
        stream.send_multipart([peer, b"x" * 100_000])
        assert read_exactly(sock, 100_000) == b"x" * 100_000
        stream.send_multipart([peer, b""])
        assert sock.recv(1) == b""


def test_alpn_is_agreed_on(pull, certificates):
    pull.tls_context.set_alpn_protocols(["zmtp"])
    context = certificates.client()
    context.set_alpn_protocols(["other", "zmtp"])
    with context.wrap_socket(dial(port_of(pull)), server_hostname="127.0.0.1") as peer:
        assert peer.selected_alpn_protocol() == "zmtp"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions(new_socket, link, certificates, version):
    context = certificates.client()
    context.minimum_version = context.maximum_version = version
    pull = new_socket(zmq.PULL, tls_context=certificates.server())
    push = new_socket(zmq.PUSH, tls_context=context)
    link(pull, push, "tls+tcp://127.0.0.1:*")
    for size in (1, 20_000, 500_000):
        push.send(bytes(size))
        assert pull.recv() == bytes(size)


def test_many_threads_many_sizes(new_socket, link, certificates):
    """Both directions at once, small and large mixed: nothing is lost, mixed up or out of order."""
    seed = random.getrandbits(32)
    print(f"seed {seed}")
    left = new_socket(zmq.PAIR, tls_context=certificates.server(), sndhwm=10, rcvhwm=10)
    right = new_socket(zmq.PAIR, tls_context=certificates.client(), sndhwm=10, rcvhwm=10)
    link(left, right, "tls+tcp://127.0.0.1:*")
    wrong = []

    def talk(socket, mine, theirs):
        def send():
            for size in mine:
                socket.send(bytes([size % 256]) * size)

        sender = threading.Thread(target=send)
        sender.start()
        for size in theirs:
            if socket.recv() != bytes([size % 256]) * size:
                wrong.append(size)
        sender.join(PATIENCE_S)

    rng = random.Random(seed)
    sizes = [
        [rng.choice([0, 1, 100, 8191, 8192, 8193, 16384, 70_000, 300_000]) for _ in range(200)] for _ in "ab"
    ]
    threads = [
        threading.Thread(target=talk, args=(left, sizes[0], sizes[1])),
        threading.Thread(target=talk, args=(right, sizes[1], sizes[0])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(3 * PATIENCE_S)
        assert not thread.is_alive()
    assert wrong == []
