"""Certificates by option: PEM text or file names. What cannot work is refused at bind and connect."""

from __future__ import annotations

import errno
import ssl

import pytest

import purezmq as zmq


def test_texts(new_socket, link, tls_options):
    pull, push = new_socket(zmq.PULL, **tls_options), new_socket(zmq.PUSH, **tls_options)
    link(pull, push, "tls+tcp://127.0.0.1:*")
    push.send(b"hello")
    frame = pull.recv(copy=False)
    assert frame.get("TLS-Version")


def test_files(new_socket, link, tls_options, tmp_path):
    files = {}
    for name, text in tls_options.items():
        (tmp_path / name).write_bytes(text)
        files[name] = str(tmp_path / name).encode()
    pull, push = new_socket(zmq.PULL, **files), new_socket(zmq.PUSH, **files)
    link(pull, push, "tls+tcp://127.0.0.1:*")
    push.send(b"hello")
    assert pull.recv() == b"hello"


def refusal(call, *args):
    with pytest.raises(zmq.ZMQError) as refused:
        call(*args)
    assert "addr=" in str(refused.value)
    return refused.value


ADDRESS = "tls+tcp://127.0.0.1:9"


def test_a_server_without_a_certificate(new_socket, tls_options):
    error = refusal(new_socket(zmq.PULL).bind, "tls+tcp://127.0.0.1:*")
    assert error.errno == errno.EINVAL
    assert "tls_context, or WSS_CERT_PEM and WSS_KEY_PEM" in str(error)
    half = new_socket(zmq.PULL, wss_cert_pem=tls_options["wss_cert_pem"])
    assert refusal(half.bind, "tls+tcp://127.0.0.1:*").errno == errno.EINVAL
    assert "both" in str(refusal(half.connect, ADDRESS))


def test_a_context_for_the_other_side(new_socket, certificates):
    server = new_socket(zmq.PULL, tls_context=certificates.client())
    assert "ssl.Purpose.CLIENT_AUTH" in str(refusal(server.bind, "tls+tcp://127.0.0.1:*"))
    client = new_socket(zmq.PUSH, tls_context=certificates.server())
    assert "for servers" in str(refusal(client.connect, ADDRESS))


def test_what_is_no_context(new_socket):
    with pytest.raises(TypeError, match="must be an ssl.SSLContext or None, got: str"):
        new_socket(zmq.PULL).tls_context = "server.pem"


def test_the_context_can_be_read_and_taken_back(new_socket, certificates):
    socket = new_socket(zmq.PULL)
    assert socket.tls_context is None
    socket.tls_context = context = certificates.server()
    assert socket.tls_context is context
    socket.tls_context = None
    assert socket.tls_context is None


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("wss_key_pem", b"-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n", errno.EINVAL),
        ("wss_cert_pem", b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n", errno.EINVAL),
        ("wss_key_pem", b"/nowhere/key.pem", errno.ENOENT),
        ("wss_cert_pem", b"/nowhere/cert.pem", errno.ENOENT),
    ],
)
def test_a_server_with_a_bad_certificate_or_key(new_socket, tls_options, name, value, number):
    pull = new_socket(zmq.PULL, **{**tls_options, name: value})
    error = refusal(pull.bind, "tls+tcp://127.0.0.1:*")
    assert error.errno == number
    assert "WSS_KEY_PEM" in str(error)


def test_a_key_of_another_certificate(new_socket, tls_options, other_authority):
    other = other_authority.issue_cert("127.0.0.1").private_key_pem.bytes()
    pull = new_socket(zmq.PULL, **{**tls_options, "wss_key_pem": other})
    assert "mismatch" in str(refusal(pull.bind, "tls+tcp://127.0.0.1:*"))


def test_a_key_with_a_password_asks_nobody(new_socket, tls_options):
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    key = serialization.load_pem_private_key(tls_options["wss_key_pem"], None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.BestAvailableEncryption(b"secret"),
    )
    pull = new_socket(zmq.PULL, **{**tls_options, "wss_key_pem": locked})
    assert "tls_context" in str(refusal(pull.bind, "tls+tcp://127.0.0.1:*"))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n", errno.EINVAL),
        (b"/nowhere/ca.pem", errno.ENOENT),
    ],
)
def test_bad_trust(new_socket, value, number):
    error = refusal(new_socket(zmq.PUSH, wss_trust_pem=value).connect, ADDRESS)
    assert error.errno == number
    assert "WSS_TRUST_PEM" in str(error)


@pytest.mark.parametrize("name", [b".example", b"\xff"])
def test_a_bad_hostname(new_socket, tls_options, name):
    push = new_socket(zmq.PUSH, **tls_options, wss_hostname=name)
    assert refusal(push.connect, ADDRESS).errno == errno.EINVAL


def test_with_trust_of_its_own_the_system_is_trusted_only_if_asked(new_socket, tls_options, monkeypatch):
    asked = []
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda self, *args: asked.append(1))
    new_socket(zmq.PUSH, **tls_options).connect(ADDRESS)
    assert asked == []
    new_socket(zmq.PUSH, **tls_options, wss_trust_system=1).connect(ADDRESS)
    assert asked == [1]


def test_no_text_shows_the_key(new_socket):
    with pytest.raises(TypeError) as refused:
        new_socket(zmq.PUSH).set(zmq.WSS_KEY_PEM, ["secret"])
    assert "secret" not in str(refused.value)


def test_has_tells():
    assert zmq.has("tls")
