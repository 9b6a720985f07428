"""What a certificate says about the peer reaches messages, peers() and authentication."""

from __future__ import annotations

import pytest

import purezmq as zmq


@pytest.fixture
def linked(new_socket, link, certificates, authority):
    """A ROUTER that demands certificates and a DEALER that has one."""
    router = new_socket(zmq.ROUTER, tls_context=certificates.server(client_authority=authority))
    dealer = new_socket(
        zmq.DEALER, tls_context=certificates.client("client.example", "10.1.2.3", common_name="client 7")
    )
    link(router, dealer, "tls+tcp://127.0.0.1:*")
    return router, dealer


def test_every_message_names_its_sender(linked):
    router, dealer = linked
    dealer.send(b"hello")
    frame = router.recv_multipart(copy=False)[1]
    assert frame.get("TLS-Peer-Name") == "client 7"
    assert frame.get("TLS-Peer-Names") == "DNS:client.example, IP Address:10.1.2.3"
    assert frame.get("TLS-Version") == "TLSv1.3"


def test_peers_tells_it_on_both_sides(linked):
    router, dealer = linked
    dealer.send(b"hello")
    router.recv_multipart()
    (of_router,), (of_dealer,) = router.peers(), dealer.peers()
    assert of_router["tls"]["Peer-Name"] == "client 7"
    assert of_dealer["tls"]["Peer-Names"] == "DNS:localhost, IP Address:127.0.0.1" or (
        of_dealer["tls"]["Peer-Names"] == "IP Address:127.0.0.1, DNS:localhost"
    )
    assert of_dealer["tls"]["Version"] == "TLSv1.3"


@pytest.mark.parametrize("transport", ["tcp", "tls+tcp"])
def test_nobody_can_claim_a_name(new_socket, link, certificates, make_endpoint, transport):
    pull = new_socket(zmq.PULL, tls_context=certificates.server())
    push = new_socket(zmq.PUSH, tls_context=certificates.client())
    # Our own option refuses such names, so this pretends to be a peer that does not.
    push._pump.core.options.metadata = {"TLS-Peer-Name": b"root", "tls-peer-names": b"root", "X-me": b"1"}
    link(pull, push, make_endpoint(transport))
    push.send(b"hello")
    frame = pull.recv(copy=False)
    assert frame.get("X-me") == "1"
    for name in ("TLS-Peer-Name", "tls-peer-names"):
        with pytest.raises(zmq.ZMQError):
            frame.get(name)


def test_the_zap_handler_sees_the_name(context, new_socket, link, certificates, authority):
    handler = new_socket(zmq.REP)
    handler.bind("inproc://zeromq.zap.01")
    server = new_socket(
        zmq.PULL, tls_context=certificates.server(client_authority=authority), zap_domain=b"plant"
    )
    client = new_socket(zmq.PUSH, tls_context=certificates.client("client.example"))
    link(server, client, "tls+tcp://127.0.0.1:*")
    _, request_id, domain, address, _, mechanism, *credentials = handler.recv_multipart()
    assert (domain, address, mechanism) == (b"plant", b"127.0.0.1", b"NULL")
    assert credentials == [b"client.example"]
    handler.send_multipart([b"1.0", request_id, b"200", b"OK", b"seven", b""])
    client.send(b"hello")
    frame = server.recv(copy=False)
    assert frame.get("User-Id") == "seven"
    assert frame.get("TLS-Peer-Name") == "client.example"


def test_socket_auth_is_told(new_socket, link, certificates, authority):
    asked = []

    def judge(request):
        asked.append(request)
        return True

    server = new_socket(zmq.PULL, tls_context=certificates.server(client_authority=authority), auth=judge)
    client = new_socket(zmq.PUSH, tls_context=certificates.client("client.example"))
    link(server, client, "tls+tcp://127.0.0.1:*")
    client.send(b"hello")
    assert server.recv(copy=False).get("User-Id") == "client.example"
    (request,) = asked
    assert (request.mechanism, request.tls_name, request.name) == ("NULL", "client.example", "client.example")
    assert "client.example" in repr(request)


def test_the_authenticator_takes_it_for_the_user_id(context, new_socket, link, certificates, authority):
    from purezmq.auth.thread import ThreadAuthenticator

    authenticator = ThreadAuthenticator(context)
    authenticator.start()
    try:
        server = new_socket(
            zmq.PULL, tls_context=certificates.server(client_authority=authority), zap_domain=b"plant"
        )
        client = new_socket(zmq.PUSH, tls_context=certificates.client("client.example"))
        link(server, client, "tls+tcp://127.0.0.1:*")
        client.send(b"hello")
        assert server.recv(copy=False).get("User-Id") == "client.example"
    finally:
        authenticator.stop()
