"""A source: what it sends and when, and what it repeats."""

from collections import deque

import pytest

from purezmq import ZMQError
from purezmq.pgm import packet as pgm
from purezmq.pgm.packet import parse
from purezmq.pgm.sender import Sender

from .network import GROUP, NLA, PORT, Network, fast, settings

TSI = bytes(range(1, 9))


class Source:
    """A sender with its outbox and clock; collects what it sends."""

    def __init__(self, values=None, **more):
        self.now = 100.0
        self.rules = Sender(values or fast(), TSI, self.now, **more)
        self.outbox = deque()

    def flush(self):
        packets = []
        while packet := self.rules.next_packet(self.outbox, self.now):
            self.rules.sent(packet, self.now)
            packets.append(parse(packet))
        return packets

    def send(self, *messages):
        """Each message in a packet of its own."""
        packets = []
        for message in messages:
            self.outbox.append(message)
            packets += self.flush()
        return packets

    def until(self, when):
        """[(time, type)] of everything sent until then."""
        found = []
        while self.rules.deadline() <= when:
            self.now = max(self.now, self.rules.deadline())
            self.rules.deadline_reached(self.now)
            found += [(self.now, packet.type) for packet in self.flush()]
        self.now = when
        return found

    def hear(self, packet):
        other = self.rules.receive(packet, self.now)
        return other, self.flush()


@pytest.fixture
def source():
    made = Source()
    made.flush()
    return made


def types(packets):
    return [packet.type for packet in packets]


def test_it_begins_with_three_spms_that_announce_nothing():
    packets = Source().flush()
    assert types(packets) == [pgm.SPM] * 3
    assert [packet.spm_sqn for packet in packets] == [0, 1, 2]
    assert {(packet.trail, packet.lead, packet.nla) for packet in packets} == {(0, 0xFFFFFFFF, NLA)}


def test_it_ends_with_three_final_spms(source):
    source.send(b"x")
    packets = [parse(packet) for packet in source.rules.last_words(source.now)]
    assert types(packets) == [pgm.SPM] * 3
    assert all(pgm.OPT_FIN in packet.options and packet.lead == 0 for packet in packets)
    assert [packet.spm_sqn for packet in packets] == [3, 4, 5]


def test_a_silent_source_sends_an_spm_every_thirty_seconds(source):
    assert source.until(191) == [(130.0, pgm.SPM), (160.0, pgm.SPM), (190.0, pgm.SPM)]


def test_after_data_spms_become_rarer(source):
    source.send(b"x")
    times = [when - 100 for when, _ in source.until(160)]
    assert times == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 1.8, 8.8, 24.8, 54.8])


def test_steady_data_still_needs_ambient_spms(source):
    spms = []
    for twentieth in range(1, 1400):
        spms += source.until(100 + twentieth / 20)
        source.send(b"x")
    assert [round(when) for when, _ in spms] == [130, 160]


def test_an_spm_tells_of_nothing_that_is_held_back_by_the_rate():
    source = Source(settings())  # 100 kbit/s: eight packets at once
    source.flush()
    source.outbox.extend([bytes(1400)] * 20)
    assert len(source.flush()) == 8
    spm = source.hear(pgm.make_spmr(TSI, PORT))[1]
    assert spm == []  # the last one is too fresh
    source.now += 0.1
    (spm,) = [packet for packet in source.hear(pgm.make_spmr(TSI, PORT))[1] if packet.type == pgm.SPM]
    assert spm.lead == 7


def test_requests_for_spms_are_answered_once_per_tenth_of_a_second(source):
    source.until(100.5)
    for _ in range(50):
        source.hear(pgm.make_spmr(TSI, PORT))
    assert source.rules.counters["spmr_in"] == 50
    assert source.rules.counters["spm_out"] == 3 + 1
    assert source.until(101) == [(pytest.approx(100.6), pgm.SPM)]


def test_a_nak_is_confirmed_and_answered(source):
    payloads = {packet.sqn: packet.payload for packet in source.send(b"a", b"b", b"c")}
    _, packets = source.hear(pgm.make_nak(TSI, PORT, [0, 2], NLA, GROUP))
    assert types(packets) == [pgm.NCF, pgm.RDATA, pgm.RDATA]
    assert packets[0].sqns == [0, 2]
    assert [(packet.sqn, packet.payload) for packet in packets[1:]] == [(0, payloads[0]), (2, payloads[2])]


def test_two_naks_at_once_get_one_repair(source):
    source.send(b"a")
    nak = pgm.make_nak(TSI, PORT, [0], NLA, GROUP)
    source.rules.receive(nak, source.now)
    source.rules.receive(nak, source.now)
    assert types(source.flush()) == [pgm.NCF, pgm.NCF, pgm.RDATA]


def test_what_left_the_window_is_confirmed_but_not_repaired():
    source = Source(fast(recovery_ivl_ms=1))  # 8 packets
    source.flush()
    source.send(*[b"%d" % number for number in range(20)])
    assert (source.rules.trail, source.rules.lead) == (12, 19)
    _, packets = source.hear(pgm.make_nak(TSI, PORT, [11, 12, 19, 20], NLA, GROUP))
    assert types(packets) == [pgm.NCF, pgm.RDATA, pgm.RDATA]
    assert {(packet.sqn, packet.trail) for packet in packets[1:]} == {(12, 12), (19, 12)}


def test_a_data_packet_tells_the_trail_before_its_own_eviction():
    source = Source(fast(recovery_ivl_ms=1))
    source.flush()
    assert [packet.trail for packet in source.send(*[b"x"] * 10)] == [0] * 9 + [1]


@pytest.mark.parametrize(
    ("sqns", "nla", "group"),
    [([0], bytes(4), GROUP), ([0], NLA, bytes(4)), ([0], bytes(16), bytes(16))],
)
def test_naks_with_other_addresses_are_not_ours(source, sqns, nla, group):
    source.send(b"a")
    assert source.hear(pgm.make_nak(TSI, PORT, sqns, nla, group)) == (b"", [])
    assert source.rules.counters["stray_nak"] == 1


def test_naks_for_other_sources_are_named(source):
    source.send(b"a")
    other = bytes(8)
    assert source.hear(pgm.make_nak(other, PORT, [0], NLA, GROUP)) == (other, [])
    assert source.hear(pgm.make_nak(TSI, PORT + 1, [0], NLA, GROUP)) == (b"", [])


def test_what_receivers_do_not_send_is_ignored(source):
    for packet in (
        pgm.make_data(pgm.ODATA, TSI, PORT, 0, 0, b"x"),
        pgm.make_ncf(TSI, PORT, [0], NLA, GROUP),
        b"",
        b"\xff" * 100,
    ):
        assert source.hear(packet) == (b"", [])


def test_repairs_cost_no_more_than_the_rate_and_leave_data_its_own():
    source = Source(settings(recovery_ivl_ms=60_000))  # 100 kbit/s
    source.flush()
    source.outbox.extend([bytes(1400)] * 8)
    assert len(source.flush()) == 8
    source.until(120)
    source.outbox.extend([bytes(1400)] * 100)
    repaired = sent = 0
    while source.now < 130:
        for packet in source.hear(pgm.make_nak(TSI, PORT, list(range(8)), NLA, GROUP))[1]:
            repaired += packet.type == pgm.RDATA
            sent += packet.type == pgm.ODATA
        source.now += 0.01
    assert 85 <= repaired <= 95
    assert 85 <= sent <= 95


def test_a_packet_that_the_kernel_refuses_is_offered_again_and_paid_for_once():
    source = Source(settings())
    source.flush()
    source.outbox.extend([bytes(1400)] * 8)
    for _ in range(20):
        first = source.rules.next_packet(source.outbox, source.now)
    assert parse(first).sqn == 0
    assert source.rules.lead == 0xFFFFFFFF
    assert len(source.flush()) == 8


def test_messages_count_when_their_packet_has_left(source):
    source.outbox.extend([b"a", b"b", bytes(3000)])
    packet = source.rules.next_packet(source.outbox, source.now)
    assert (source.rules.messages_out, source.rules.unsent) == (0, 3)
    source.rules.sent(packet, source.now)
    assert (source.rules.messages_out, source.rules.unsent) == (2, 1)
    source.flush()
    assert (source.rules.messages_out, source.rules.unsent) == (3, 0)


def test_sequence_numbers_wrap():
    source = Source(fast(recovery_ivl_ms=1), first_sqn=0xFFFFFFFC)
    source.flush()
    assert [packet.sqn for packet in source.send(*[b"x"] * 6)] == [*range(0xFFFFFFFC, 1 << 32), 0, 1]
    _, packets = source.hear(pgm.make_nak(TSI, PORT, [0xFFFFFFFE, 0xFFFFFFFF, 0, 1], NLA, GROUP))
    assert [packet.sqn for packet in packets[1:]] == [0xFFFFFFFE, 0xFFFFFFFF, 0, 1]
    source.send(*[b"x"] * 10)
    assert (source.rules.trail, source.rules.lead) == (4, 11)


@pytest.mark.parametrize(
    ("more", "size"),
    [({}, 80), ({"recovery_ivl_ms": 1000}, 8), ({"recovery_ivl_ms": 0}, 1), ({"rate_kbit_s": 7}, 1)],
)
def test_the_window_has_as_many_packets_as_libzmqs(more, size):
    assert settings(**more).window_size == size


@pytest.mark.parametrize(("header_size", "size"), [(28, 1428), (20, 1436), (48, 1408), (40, 1416)])
def test_payloads_are_as_large_as_libzmqs(header_size, size):
    assert settings(header_size=header_size).payload_size == size


@pytest.mark.parametrize("more", [{"max_tpdu": 74}, {"max_tpdu": 65536}, {"rate_kbit_s": 11}])
def test_values_that_cannot_work_are_refused(more):
    with pytest.raises(ZMQError, match=r"MULTICAST_MAXTPDU|RATE"):
        settings(**more).check_sender()


@pytest.mark.parametrize(
    "more", [{"max_tpdu": 75}, {"max_tpdu": 65535, "rate_kbit_s": 1000}, {"rate_kbit_s": 12}]
)
def test_values_at_the_border_are_accepted(more):
    settings(**more).check_sender()
    network = Network()
    receiver = network.receiver(settings(**more))
    sender = network.sender(settings(**more))
    sender.send(b"hello")
    network.run(10)
    assert receiver.messages == [b"hello"]
