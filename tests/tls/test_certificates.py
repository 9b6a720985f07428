"""Who is let in: only a certificate that is valid, for the right name, of a known authority."""

from __future__ import annotations

import errno
import logging
import ssl

import pytest

import purezmq as zmq


@pytest.fixture
def meet(new_socket, link):
    """Bind a PULL and connect a PUSH with these contexts; returns both."""

    def begin(server_context, client_context, **client_options):
        pull = new_socket(zmq.PULL, tls_context=server_context)
        push = new_socket(zmq.PUSH, tls_context=client_context, reconnect_ivl=50, **client_options)
        pull.bind("tls+tcp://127.0.0.1:*")
        return pull, push

    return begin


def is_refused(pull, push, watch, eventually, caplog, why):
    """The connecting side refuses: an event, a log line that says why, a counted failure, and no message."""
    wait_for = watch(push)
    with caplog.at_level(logging.WARNING, logger="purezmq"):
        push.connect(pull.last_endpoint)
        push.send(b"never", zmq.DONTWAIT)
        assert wait_for(zmq.Event.HANDSHAKE_FAILED_NO_DETAIL) == errno.EACCES
        wait_for(zmq.Event.DISCONNECTED)
        wait_for(zmq.Event.CONNECT_RETRIED)
        eventually(lambda: why in caplog.text, f"{why!r} in the log")
    assert push.stats()["failures"]["tls_failed"] >= 1
    eventually(lambda: pull.stats()["failures"].get("tls_failed"), "the server counts it too")
    assert not pull.poll(0)


def test_the_right_certificate(meet, certificates):
    pull, push = meet(certificates.server(), certificates.client())
    push.connect(pull.last_endpoint)
    push.send(b"hello")
    assert pull.recv() == b"hello"


def test_an_authority_that_nobody_knows(meet, certificates, other_authority, watch, eventually, caplog):
    stranger = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    other_authority.issue_cert("127.0.0.1").configure_cert(stranger)
    pull, push = meet(stranger, certificates.client())
    is_refused(pull, push, watch, eventually, caplog, "server's certificate is refused")


def test_the_default_trusts_no_private_authority(meet, certificates, watch, eventually, caplog):
    pull, push = meet(certificates.server(), None)
    is_refused(pull, push, watch, eventually, caplog, "server's certificate is refused")


def test_an_expired_certificate(meet, certificates, watch, eventually, caplog):
    pull, push = meet(certificates.expired_server(), certificates.client())
    is_refused(pull, push, watch, eventually, caplog, "expired")


def test_a_certificate_for_another_host(meet, certificates, watch, eventually, caplog):
    pull, push = meet(certificates.server("elsewhere.example"), certificates.client())
    is_refused(pull, push, watch, eventually, caplog, "127.0.0.1")


def test_hostname_says_which_name_the_certificate_must_have(meet, certificates):
    pull, push = meet(
        certificates.server("elsewhere.example"), certificates.client(), wss_hostname=b"elsewhere.example"
    )
    push.connect(pull.last_endpoint)
    push.send(b"hello")
    assert pull.recv() == b"hello"


def test_a_client_without_the_certificate_that_the_server_demands(
    meet, certificates, authority, watch, eventually, caplog
):
    pull, push = meet(certificates.server(client_authority=authority), certificates.client())
    wait_for = watch(pull)
    with caplog.at_level(logging.WARNING, logger="purezmq"):
        push.connect(pull.last_endpoint)
        push.send(b"never", zmq.DONTWAIT)
        wait_for(zmq.Event.HANDSHAKE_FAILED_NO_DETAIL)
        eventually(lambda: "the client has no certificate" in caplog.text, "the server says why")
        eventually(lambda: "demands a certificate of us" in caplog.text, "the client says why")
    eventually(lambda: push.stats()["failures"].get("tls_failed"), "the client counts it")
    assert pull.stats()["failures"]["tls_failed"] >= 1
    assert not pull.poll(0)


def test_a_client_of_an_authority_that_the_server_does_not_know(
    meet, certificates, authority, other_authority, eventually
):
    pull, push = meet(
        certificates.server(client_authority=other_authority), certificates.client("client.example")
    )
    push.connect(pull.last_endpoint)
    eventually(lambda: pull.stats()["failures"].get("tls_failed"), "the server refuses")
    eventually(lambda: push.stats()["failures"].get("tls_failed"), "the client hears it")
    assert not [peer for peer in pull.peers() if peer["state"] == "connected"]


def test_after_the_certificate_was_renewed_the_client_gets_in(meet, certificates, eventually):
    pull, push = meet(certificates.expired_server(), certificates.client())
    address = pull.last_endpoint
    push.connect(address)
    push.send(b"patience")
    eventually(lambda: push.stats()["failures"].get("tls_failed"), "the first attempt fails")
    pull.unbind(address)
    pull.tls_context = certificates.server()
    pull.bind(address)
    assert pull.recv() == b"patience"
