"""Taking endpoints away again."""

from __future__ import annotations

import errno

import pytest

import purezmq as zmq


def is_bindable(socket, address):
    try:
        socket.bind(address)
    except zmq.ZMQError as error:
        assert error.errno == zmq.EADDRINUSE
        return False
    return True


def test_an_unbound_name_can_be_bound_by_another(new_socket, endpoint, eventually):
    first, second = new_socket(zmq.PULL), new_socket(zmq.PULL)
    first.bind(endpoint)
    address = first.LAST_ENDPOINT.decode()
    first.unbind(address)
    eventually(lambda: is_bindable(second, address), f"{address} to be free")


def test_unbind_keeps_inproc_connections(new_socket, link):
    server, client = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    server.unbind(link(server, client, "inproc://kept"))
    client.send(b"after")
    assert server.recv() == b"after"
    server.send(b"back")
    assert client.recv() == b"back"


def test_unbind_ends_the_connections_that_the_listener_accepted(new_socket, wire_endpoint, link, eventually):
    router, client = new_socket(zmq.ROUTER, router_mandatory=1), new_socket(zmq.DEALER, routing_id=b"client")
    address = link(router, client, wire_endpoint)
    client.send(b"before")
    assert router.recv_multipart() == [b"client", b"before"]
    router.unbind(address)

    def is_unroutable():
        try:
            router.send_multipart([b"client", b"x"])
        except zmq.ZMQError as error:
            return error.errno == zmq.EHOSTUNREACH
        return False

    eventually(is_unroutable, "the connection to end")


def test_what_was_sent_before_unbind_still_arrives(new_socket, wire_endpoint, link):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    address = link(push, pull, wire_endpoint)
    for number in range(500):
        push.send(b"%d" % number)
    push.unbind(address)
    assert [int(pull.recv()) for _ in range(500)] == list(range(500))


@pytest.mark.parametrize("transport", ["tcp", "ipc", "tls+tcp", "ws"])
def test_after_unbind_nobody_new_gets_in(new_socket, make_endpoint, link, transport, eventually):
    server, old, new = new_socket(zmq.PULL), new_socket(zmq.PUSH), new_socket(zmq.PUSH, immediate=1, linger=0)
    address = link(server, old, make_endpoint(transport))
    old.send(b"x")
    server.recv()
    server.unbind(address)
    probe = new_socket(zmq.PULL)
    if transport == "tcp":  # taking the port over shows that the listener is gone
        eventually(lambda: is_bindable(probe, address), "the port to be free")
        probe.unbind(address)
        eventually(lambda: is_bindable(probe, address), "the port to be free")
        probe.close()
    new.connect(address)
    assert not server.poll(100)


def test_disconnect_ends_the_traffic(new_socket, endpoint, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH, sndtimeo=50)
    address = link(pull, push, endpoint)
    push.send(b"before")
    assert pull.recv() == b"before"
    push.disconnect(address)
    with pytest.raises(zmq.Again):
        push.send(b"nobody is there")


def test_disconnecting_one_of_two_leaves_the_other(new_socket, make_endpoint, link):
    a, b, push = new_socket(zmq.PULL), new_socket(zmq.PULL), new_socket(zmq.PUSH)
    address_of_a = link(a, push, make_endpoint("tcp"))
    link(b, push, make_endpoint("tcp"))
    push.disconnect(address_of_a)
    for number in range(10):
        push.send(b"%d" % number)
    assert [int(b.recv()) for _ in range(10)] == list(range(10))


def test_a_disconnected_endpoint_can_be_connected_again(new_socket, endpoint, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    address = link(pull, push, endpoint)
    for round_number in range(3):
        push.send(b"%d" % round_number)
        assert pull.recv() == b"%d" % round_number
        push.disconnect(address)
        push.connect(address)


@pytest.mark.parametrize("call", ["unbind", "disconnect"])
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:5555", "inproc://unknown", "ipc:///tmp/pz-unknown"])
def test_an_unknown_endpoint_is_enoent(new_socket, call, address):
    with pytest.raises(zmq.ZMQError) as caught:
        getattr(new_socket(zmq.PULL), call)(address)
    assert caught.value.errno == errno.ENOENT


def test_a_bind_can_be_a_with_block(new_socket, endpoint, eventually):
    socket, other = new_socket(zmq.PULL), new_socket(zmq.PULL)
    with socket.bind(endpoint) as same:
        assert same is socket
        address = socket.LAST_ENDPOINT.decode()
    eventually(lambda: is_bindable(other, address), "the block's end to unbind")


def test_a_connect_can_be_a_with_block(new_socket, endpoint):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.bind(endpoint)
    with push.connect(pull.LAST_ENDPOINT.decode()):
        push.send(b"inside")
        assert pull.recv() == b"inside"
    with pytest.raises(zmq.Again):
        push.send(b"outside", zmq.DONTWAIT)
