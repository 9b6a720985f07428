"""A network in memory: sources and receivers, a clock that the test moves, and a wire that loses and repeats."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable

from purezmq.pgm.packet import ODATA, parse
from purezmq.pgm.receiver import Receiver
from purezmq.pgm.sender import Sender
from purezmq.pgm.settings import Settings

PORT = 5556
NLA = bytes((10, 77, 0, 1))
GROUP = bytes((239, 192, 1, 1))
ADDRESS = "10.77.0.1"


def settings(**more):
    return Settings(**{"port": PORT, "nla": NLA, "group": GROUP, "header_size": 28, **more})


def fast(**more):
    """Settings with which RATE keeps nobody waiting and the window is large."""
    return settings(**{"rate_kbit_s": 100_000, "recovery_ivl_ms": 1000, **more})


class SenderNode:
    """A source with its queue of messages."""

    def __init__(self, network, values, tsi, first_sqn):
        self.network = network
        self.rules = Sender(values, tsi, network.now, first_sqn)
        self.outbox = deque()
        self.sent = []  # (time, packet)

    def send(self, *messages):
        self.outbox.extend(messages)
        self.flush()

    def flush(self):
        now = self.network.now
        while packet := self.rules.next_packet(self.outbox, now):
            self.sent.append((now, packet))
            self.network.multicast(packet)
            self.rules.sent(packet, now)

    def take(self, packet):
        self.rules.receive(packet, self.network.now)
        self.flush()

    def turn(self):
        self.rules.deadline_reached(self.network.now)
        self.flush()

    def sent_types(self):
        return [parse(packet).type for _, packet in self.sent]


class ReceiverNode:
    """A receiver with its inbox."""

    def __init__(self, network, values):
        self.network = network
        self.rules = Receiver(values, network.random.random)
        self.inbox = deque()
        self.news = []
        self.sent = []
        self.room = 1 << 30
        self.hears = True

    def take(self, packet):
        self.rules.receive(packet, ADDRESS, GROUP, self.network.now)
        self.flush()

    def turn(self):
        self.rules.deadline_reached(self.network.now)
        self.flush()

    def flush(self):
        self.rules.deliver(self.inbox, self.room)
        self.news += self.rules.news
        self.rules.news.clear()
        while self.rules.to_send:
            outgoing = self.rules.to_send.popleft()
            self.sent.append((self.network.now, outgoing.packet))
            self.network.unicast(outgoing.packet)

    @property
    def messages(self):
        return list(self.inbox)

    def news_kinds(self):
        return [news.kind for news in self.news]


class Network:
    """``wire(packet, number)`` gives the delays after which a packet arrives: none if it is lost."""

    def __init__(self, seed=0, wire: Callable[[bytes], list[float]] | None = None):
        self.now = 1000.0
        self.random = random.Random(seed)
        self.wire = wire or (lambda packet: [0.001])
        self.senders: list[SenderNode] = []
        self.receivers: list[ReceiverNode] = []
        self._queue = []
        self._numbers = itertools.count()

    def sender(self, values=None, tsi=None, first_sqn=0):
        node = SenderNode(self, values or fast(), tsi or self.random.randbytes(8), first_sqn)
        self.senders.append(node)
        node.flush()
        return node

    def receiver(self, values=None):
        node = ReceiverNode(self, values or fast())
        self.receivers.append(node)
        return node

    def multicast(self, packet):
        for node in self.receivers:
            if node.hears:
                self._post(node, packet)

    def unicast(self, packet):
        for node in self.senders:
            self._post(node, packet)

    def _post(self, node, packet):
        for delay in self.wire(packet):
            heapq.heappush(self._queue, (self.now + delay, next(self._numbers), node, packet))

    def run(self, seconds):
        """Let this much time pass."""
        end = self.now + seconds
        for _ in range(1_000_000):
            nodes = [*self.senders, *self.receivers]
            when, node = min(((n.rules.deadline(), n) for n in nodes), key=lambda pair: pair[0])
            if self._queue and self._queue[0][0] <= when:
                when = self._queue[0][0]
                if when > end:
                    break
                _, _, node, packet = heapq.heappop(self._queue)
                self.now = max(self.now, when)
                node.take(packet)
            else:
                if when > end:
                    break
                self.now = max(self.now, when)
                node.turn()
        else:
            raise AssertionError("the conversation does not come to an end")
        self.now = end


def lossy(network, rate, reorder=0.0, repeat=0.0, only=None):
    """A wire that loses a share of the packets, delays some and repeats some."""

    def wire(packet):
        chance = network.random.random
        if (only is None or packet[4] in only) and chance() < rate:
            return []
        delays = [0.001 + (0.02 * chance() if chance() < reorder else 0.0)]
        if chance() < repeat:
            delays.append(delays[0] + 0.03 * chance())
        return delays

    network.wire = wire


def lose_once(network, *sqns, types=(ODATA,)):
    """A wire that loses the first packet of these types for each of these sequence numbers."""
    left = {(kind, sqn) for kind in types for sqn in sqns}

    def wire(packet):
        sqn = int.from_bytes(packet[16:20], "big")
        if (packet[4], sqn) in left:
            left.discard((packet[4], sqn))
            return []
        return [0.001]

    network.wire = wire
