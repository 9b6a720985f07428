"""CLIENT, SERVER, SCATTER, GATHER, PEER, CHANNEL: what their one-part messages have in common."""

from __future__ import annotations

import errno

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only  # libzmq has them in special builds only

PAIRS = [
    (zmq.CLIENT, zmq.SERVER),
    (zmq.SCATTER, zmq.GATHER),
    (zmq.PEER, zmq.PEER),
    (zmq.CHANNEL, zmq.CHANNEL),
]
# inproc checks no socket types, so these can send what the other may not receive.
SENDERS_OF_PARTS = [
    (zmq.DEALER, zmq.SERVER),
    (zmq.DEALER, zmq.CLIENT),
    (zmq.PUSH, zmq.GATHER),
    (zmq.DEALER, zmq.PEER),
    (zmq.PAIR, zmq.CHANNEL),
]


def name(kind):
    return kind.name if isinstance(kind, zmq.SocketType) else None


@pytest.mark.parametrize(("sending", "receiving"), PAIRS, ids=name)
def test_a_message_arrives(new_socket, endpoint, link, sending, receiving):
    sender, receiver = new_socket(sending), new_socket(receiving)
    receiver.bind(endpoint)
    address = receiver.LAST_ENDPOINT.decode()
    if sending == zmq.PEER:
        number = sender.connect_peer(address)
        sender.send(b"hello", routing_id=number)
    else:
        sender.connect(address)
        sender.send(b"hello")
    assert receiver.recv() == b"hello"
    assert not receiver.get(zmq.RCVMORE)


@pytest.mark.parametrize("sending", [zmq.CLIENT, zmq.SERVER, zmq.SCATTER, zmq.PEER, zmq.CHANNEL], ids=name)
def test_several_parts_cannot_be_sent(new_socket, sending):
    sender = new_socket(sending)
    sender.bind("tcp://127.0.0.1:*")
    for attempt in (lambda: sender.send(b"1", zmq.SNDMORE), lambda: sender.send_multipart([b"1", b"2"])):
        with pytest.raises(zmq.ZMQError, match="exactly one part") as caught:
            attempt()
        assert caught.value.errno == errno.EINVAL


@pytest.mark.parametrize("receive", ["recv", "recv_multipart", "frame", "poll", "fd"])
@pytest.mark.parametrize(("sending", "receiving"), SENDERS_OF_PARTS, ids=name)
def test_several_parts_do_not_arrive(new_socket, make_endpoint, link, sending, receiving, receive):
    receiver, sender = new_socket(receiving), new_socket(sending)
    link(receiver, sender, make_endpoint("inproc"))
    if receive == "fd":
        assert receiver.fileno() > 0
    sender.send(b"1")
    assert receiver.recv() == b"1"
    # The second time round the receiver may take the short way past the pattern.
    for number in range(3):
        sender.send(b"good")
        sender.send_multipart([b"bad", b"bad"])
        sender.send(b"too")
        if receive == "poll":
            assert receiver.poll(1000)
        if receive == "recv_multipart":
            assert [receiver.recv_multipart() for _ in range(2)] == [[b"good"], [b"too"]]
        elif receive == "frame":
            assert [receiver.recv(copy=False).bytes for _ in range(2)] == [b"good", b"too"]
        else:
            assert [receiver.recv() for _ in range(2)] == [b"good", b"too"]
        assert receiver.stats()["drops"] == {"multipart": number + 1}
    sender.send_multipart([b"bad", b"bad"])
    assert receiver.poll(20) == 0
    with pytest.raises(zmq.Again):
        receiver.recv(zmq.DONTWAIT)


@pytest.mark.parametrize(("sending", "receiving"), PAIRS, ids=name)
def test_a_message_of_megabytes_and_an_empty_one(new_socket, endpoint, sending, receiving):
    sender, receiver = new_socket(sending), new_socket(receiving)
    receiver.bind(endpoint)
    kwargs = {}
    if sending == zmq.PEER:
        kwargs["routing_id"] = sender.connect_peer(receiver.LAST_ENDPOINT)
    else:
        sender.connect(receiver.LAST_ENDPOINT)
    large = bytes(3_000_000)
    for data in (large, b"", memoryview(large), bytearray(b"abc")):
        for copy in (True, False):
            sender.send(data, copy=copy, **kwargs)
            assert receiver.recv() == data


def test_wrong_partners_do_not_come_together(new_socket, wire_endpoint, link, eventually):
    gather, client = new_socket(zmq.GATHER), new_socket(zmq.CLIENT, linger=0)
    link(gather, client, wire_endpoint)
    eventually(lambda: client.stats()["failures"] or gather.stats()["failures"], "the handshake to fail")
    client.sndtimeo = 50
    assert gather.poll(50) == 0


@pytest.mark.parametrize("kind", list(zmq.SocketType)[:12], ids=name)
def test_stable_types_are_not_called_thread_safe(new_socket, kind):
    assert new_socket(kind).get(zmq.THREAD_SAFE) == 0


@pytest.mark.parametrize("kind", sorted({kind for pair in PAIRS for kind in pair}), ids=name)
def test_these_types_are_called_thread_safe(new_socket, kind):
    socket = new_socket(kind)
    assert socket.THREAD_SAFE == 1
    assert socket.type == kind
    assert socket.fileno() > 0  # libzmq refuses; here there is no reason to


def test_drafts_are_announced_when_all_of_them_are_there(context):
    def exists(kind):
        try:
            context.socket(kind).close()
        except zmq.ZMQError:
            return False
        return True

    assert zmq.has("draft") == zmq.DRAFT_API == all(exists(kind) for kind in zmq.SocketType)


def test_scatter_shares_out_and_gather_collects(new_socket, endpoint, link):
    scatter = new_socket(zmq.SCATTER)
    gathers = [new_socket(zmq.GATHER) for _ in range(2)]
    link(scatter, *gathers, endpoint)
    for gather in gathers:  # both must be there before work is shared out
        while not gather.poll(10):
            scatter.send(b"warm-up")
    for gather in gathers:
        while gather.poll(50):
            gather.recv()
    for number in range(20):
        scatter.send(b"%d" % number)
    shares = [[gather.recv() for _ in range(10)] for gather in gathers]
    assert sorted(int(data) for share in shares for data in share) == list(range(20))


def test_channel_talks_to_one_partner_only(new_socket, endpoint, link, eventually):
    bound, first, second = new_socket(zmq.CHANNEL), new_socket(zmq.CHANNEL), new_socket(zmq.CHANNEL, linger=0)
    address = link(bound, first, endpoint)
    first.send(b"here")
    assert bound.recv() == b"here"
    second.connect(address)
    second.send(b"me, too")
    assert bound.poll(50) == 0
    bound.send(b"to the first")
    assert first.recv() == b"to the first"


def test_many_messages_in_both_directions_of_a_channel(new_socket, endpoint, link, in_thread):
    bound, connected = new_socket(zmq.CHANNEL), new_socket(zmq.CHANNEL)
    link(bound, connected, endpoint)
    messages = [b"%d" % number for number in range(5000)]

    def send(socket):
        for message in messages:
            socket.send(message)

    sending = [in_thread(send, socket) for socket in (bound, connected)]
    for socket in (connected, bound):
        assert [socket.recv() for _ in messages] == messages
    for thread in sending:
        thread.result()
