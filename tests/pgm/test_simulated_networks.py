"""Whole conversations over networks that lose, reorder and repeat: every message arrives, in order, once."""

import random

import pytest

from .network import Network, fast, lossy


def make_messages(rng, count, most=3000):
    messages = []
    for number in range(count):
        head = b"%d:" % number
        parts = [head + rng.randbytes(rng.choice((0, 3, 250, 251, 252, 253, 254, 1400, rng.randrange(most))))]
        parts += [rng.randbytes(rng.randrange(300)) for _ in range(rng.choice((0, 0, 0, 1, 4)))]
        messages.append(parts[0] if len(parts) == 1 else tuple(parts))
    return messages


def send_slowly(network, sender, messages, most_at_once=20):
    rng = random.Random(7)
    at = 0
    while at < len(messages):
        count = rng.randrange(1, most_at_once)
        sender.send(*messages[at : at + count])
        at += count
        network.run(rng.choice((0.0, 0.001, 0.02)))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("first_sqn", [0, 0xFFFFFFFE - 20])
def test_a_bad_network(seed, first_sqn):
    network = Network(seed)
    receivers = [network.receiver(), network.receiver()]
    sender = network.sender(first_sqn=first_sqn)
    network.run(0.1)  # everybody has heard of the source: what comes is theirs from the beginning
    lossy(network, rate=(0.0, 0.05, 0.2)[seed % 3], reorder=0.2, repeat=0.1)
    messages = make_messages(random.Random(seed), 150)
    send_slowly(network, sender, messages)
    network.run(40)
    for receiver in receivers:
        assert receiver.messages == messages, f"seed {seed}"
        assert receiver.rules.counters["lost_packets"] == 0


def test_five_per_cent_loss_of_everything_in_a_long_stream():
    network = Network(1)
    receiver = network.receiver()
    sender = network.sender()
    network.run(0.1)
    lossy(network, rate=0.05)
    messages = [b"%d" % number + bytes(700) for number in range(4000)]
    sender.send(*messages)
    network.run(20)
    assert receiver.messages == messages


def test_two_sources_do_not_mix():
    network = Network(3)
    receiver = network.receiver()
    senders = [network.sender(), network.sender()]
    network.run(0.1)
    lossy(network, rate=0.1, reorder=0.3)
    streams = [[b"%d %d" % (number, index) + bytes(900) for index in range(200)] for number in (0, 1)]
    for index in range(0, 200, 5):
        for sender, stream in zip(senders, streams, strict=True):
            sender.send(*stream[index : index + 5])
        network.run(0.01)
    network.run(20)
    for number in (0, 1):
        mine = [message for message in receiver.messages if message.startswith(b"%d " % number)]
        assert mine == streams[number]


def test_a_small_window_loses_whole_messages_and_nothing_else():
    network = Network(4)
    values = fast(recovery_ivl_ms=2, max_tpdu=1500)  # 16 packets
    receiver = network.receiver(values)
    sender = network.sender(values)
    network.run(0.1)
    lossy(network, rate=0.1)
    sent = [(b"%d" % number, bytes(2000), b"end") for number in range(1000)]
    sender.send(*sent)
    network.run(20)
    assert 0 < len(receiver.messages) < 1000
    assert receiver.rules.counters["lost_packets"] > 0
    assert "lost" in receiver.news_kinds()
    numbers = [int(message[0]) for message in receiver.messages]
    assert numbers == sorted(set(numbers))
    assert all(message == sent[int(message[0])] for message in receiver.messages)
