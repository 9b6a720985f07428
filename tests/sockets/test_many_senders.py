"""One socket receives from several peers: in turn, in the order of each, with the facts and limits of each."""

from __future__ import annotations

import threading

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only

PEERS = 3


@pytest.fixture
def gathered(new_socket, make_endpoint, link, eventually):
    """A receiver, and peers whose messages (``each`` of every one) have all arrived."""

    def make(kinds, each, **options):
        receiver = new_socket(kinds[0], **options)
        endpoint = make_endpoint("tcp")
        peers = []
        for number in range(PEERS):
            peer = new_socket(
                kinds[1], **({"routing_id": b"peer %d" % number} if kinds[1] == zmq.DEALER else {})
            )
            link(peer, receiver, endpoint)
            peers.append(peer)
        for number, peer in enumerate(peers):
            for count in range(each):
                peer.send(b"%d %d" % (number, count))
        eventually(lambda: receiver.stats()["queue_in"] == PEERS * each, "the messages of all peers")
        return receiver, peers

    return make


def in_turn(each):
    return [b"%d %d" % (number, count) for count in range(each) for number in range(PEERS)]


def by_turns(messages):
    """The messages of each round in the order of the peers, which is that of their arrival."""
    return [sorted(messages[start : start + PEERS]) for start in range(0, len(messages), PEERS)]


@pytest.mark.parametrize("kinds", [(zmq.PULL, zmq.PUSH), (zmq.DEALER, zmq.DEALER)], ids=["PULL", "DEALER"])
def test_every_round_has_one_message_of_each_peer(gathered, kinds):
    receiver, _ = gathered(kinds, 200)
    assert by_turns([receiver.recv() for _ in range(PEERS * 200)]) == by_turns(in_turn(200))


def test_a_router_tells_who_sent_each_of_them(gathered):
    router, _ = gathered((zmq.ROUTER, zmq.DEALER), 100)
    for _ in range(PEERS * 50):
        name, message = router.recv_multipart()
        assert name.split()[1] == message.split()[0]
    for _ in range(PEERS * 25):
        name = router.recv()
        assert name.split()[1] == router.recv().split()[0]
    for name, message in router.recv_many(multipart=True):
        assert name.split()[1] == message.split()[0]
    assert router.stats()["queue_in"] == 0


def test_all_ways_of_receiving_may_alternate(gathered):
    pull, _ = gathered((zmq.PULL, zmq.PUSH), 120)
    found = []
    while len(found) < PEERS * 100:
        found.append(pull.recv())
        found.append(pull.recv(copy=False).bytes)
        found += pull.recv_many(7)
        found += pull.recv_multipart()
        assert pull.poll(1000) == zmq.POLLIN
        found.append(bytes(pull.recv_multipart(copy=False)[0]))
    found += [pull.recv() for _ in range(PEERS * 120 - len(found))]
    assert by_turns(found) == by_turns(in_turn(120))


def test_recv_many_takes_what_is_there_from_all_peers(gathered):
    pull, _ = gathered((zmq.PULL, zmq.PUSH), 300)
    assert by_turns(pull.recv_many()) == by_turns(in_turn(300))


def test_frames_know_their_peer(gathered):
    pull, peers = gathered((zmq.PULL, zmq.PUSH), 50)
    fds = {}
    for count in range(PEERS * 50):
        if count % 3:
            pull.recv()
            continue
        frame = pull.recv(copy=False)
        fds.setdefault(frame.bytes.split()[0], set()).add(frame.get(zmq.SRCFD))
    assert all(len(seen) == 1 for seen in fds.values())


def test_messages_that_wait_are_counted_wherever_they_wait(gathered):
    pull, _ = gathered((zmq.PULL, zmq.PUSH), 100)
    for received in range(1, 250):
        pull.recv()
        if received % 50 == 0:
            assert pull.stats()["queue_in"] == 300 - received
            assert sum(peer["queue_in"] for peer in pull.peers()) == 300 - received


def test_the_high_water_mark_of_each_peer_holds_while_messages_are_drawn(gathered):
    pull, peers = gathered((zmq.PULL, zmq.PUSH), 10, rcvhwm=20)
    stop = threading.Event()

    def send_on(peer):
        while not stop.is_set():
            try:
                peer.send(b"more", timeout=50)
            except zmq.Again:
                pass

    threads = [threading.Thread(target=send_on, args=(peer,)) for peer in peers]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2000):
            pull.recv()
            assert max(peer["queue_in"] for peer in pull.peers()) <= 20
        for _ in range(2000):
            pull.recv()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_threads_that_share_the_receiver_get_each_peers_messages_in_order(
    new_socket, make_endpoint, link, in_thread, eventually
):
    pull = new_socket(zmq.PULL, rcvtimeo=30_000)
    endpoint = make_endpoint("tcp")
    pushes = [new_socket(zmq.PUSH) for _ in range(PEERS)]
    for push in pushes:
        link(push, pull, endpoint)
    each = 3000

    def send(number):
        for count in range(each):
            pushes[number].send(b"%d %d" % (number, count))

    found = [[], [], []]

    def receive(messages):
        while (message := pull.recv()) != b"end":
            messages.append(message)

    receivers = [in_thread(receive, messages) for messages in found]
    for sender in [in_thread(send, number) for number in range(PEERS)]:
        sender.result(60)
    eventually(lambda: sum(map(len, found)) == PEERS * each, "all messages", 60)
    for _ in receivers:
        pushes[0].send(b"end")
    for receiver in receivers:
        receiver.result(60)
    for messages in found:
        last = [-1] * PEERS
        for message in messages:
            number, count = map(int, message.split())
            assert count > last[number]
            last[number] = count


def test_what_was_drawn_and_never_received_is_counted_as_unread(gathered):
    pull, _ = gathered((zmq.PULL, zmq.PUSH), 50)
    for _ in range(20):
        pull.recv()
    pump = pull._pump
    pull.close(0)
    assert pump.core.drops["unread"] == 130


def test_a_peer_that_leaves_is_received_to_the_end(gathered, eventually):
    pull, peers = gathered((zmq.PULL, zmq.PUSH), 50)
    found = [pull.recv() for _ in range(10)]
    peers[1].close()
    eventually(lambda: pull.stats()["peers"] == PEERS - 1, "the end of a peer")
    found += [pull.recv() for _ in range(PEERS * 50 - 10)]
    assert sorted(found) == sorted(in_turn(50))
