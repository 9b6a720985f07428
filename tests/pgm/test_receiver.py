"""A receiver: what it asks for and when, what it gives up, and whom it knows."""

import itertools

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from purezmq.pgm import packet as pgm
from purezmq.pgm.packet import parse
from purezmq.pgm.serial import after, distance

from .network import ADDRESS, GROUP, NLA, PORT, Network, fast, lose_once

TSI = bytes(range(1, 9))


class Scripted:
    """One receiver, and packets of a source that the test makes up."""

    def __init__(self, **more):
        self.network = Network()
        self.node = self.network.receiver(fast(**more))
        self.rules = self.node.rules
        self.spm_sqn = 0

    def data(self, *sqns, trail=0, kind=pgm.ODATA, tsi=TSI):
        for sqn in sqns:
            body = b"%d" % sqn
            payload = b"\0\0" + bytes((len(body) + 1, 0)) + body
            self.hear(pgm.make_data(kind, tsi, PORT, sqn, trail, payload))

    def spm(self, trail, lead, options=None, tsi=TSI):
        self.hear(pgm.make_spm(tsi, PORT, self.spm_sqn, trail, lead, NLA, options or {}))
        self.spm_sqn += 1

    def hear(self, packet):
        self.node.take(packet)

    def asked(self):
        """[(time, sequence numbers)] of the NAKs so far."""
        return [(when, parse(packet).sqns) for when, packet in self.node.sent if packet[4] == pgm.NAK]

    @property
    def got(self):
        return [int(message) for message in self.node.messages]


@pytest.fixture
def scripted():
    made = Scripted()
    made.spm(0, 0xFFFFFFFF)
    return made


def test_packets_in_order_are_delivered_at_once(scripted):
    scripted.data(0, 1, 2)
    assert scripted.got == [0, 1, 2]
    scripted.network.run(5)
    assert scripted.node.sent == []


def test_a_gap_is_asked_for_within_the_back_off_with_one_nak(scripted):
    scripted.data(0, 4)
    began = scripted.network.now
    scripted.network.run(0.05)
    ((when, sqns),) = scripted.asked()
    assert sqns == [1, 2, 3]
    assert began <= when <= began + 0.05
    assert scripted.got == [0]
    scripted.data(2, 1, 3, kind=pgm.RDATA)
    assert scripted.got == [0, 1, 2, 3, 4]
    scripted.network.run(5)
    assert len(scripted.asked()) == 1


def test_what_comes_late_by_itself_is_not_asked_for(scripted):
    scripted.data(1, 0)
    scripted.network.run(5)
    assert scripted.asked() == []
    assert scripted.got == [0, 1]


def test_repetitions_are_delivered_once(scripted):
    scripted.data(0, 0, 2, 2, 1, 1, 0, 2, kind=pgm.RDATA)
    assert scripted.got == [0, 1, 2]
    assert scripted.rules.counters["duplicates"] == 5


def test_an_spm_shows_that_the_tail_is_missing(scripted):
    scripted.data(0)
    scripted.spm(0, 2)
    scripted.network.run(0.05)
    assert [sqns for _, sqns in scripted.asked()] == [[1, 2]]


def test_a_nak_without_answer_is_repeated_after_a_fifth_of_a_second(scripted):
    scripted.data(0, 2)
    scripted.network.run(2)
    times = [when for when, _ in scripted.asked()]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(gaps) >= 6
    assert all(0.2 <= gap <= 0.26 for gap in gaps)


def test_a_confirmation_without_data_is_followed_by_another_nak(scripted):
    scripted.data(0, 2)
    scripted.network.run(0.051)
    scripted.hear(pgm.make_ncf(TSI, PORT, [1], NLA, GROUP))
    confirmed = scripted.network.now
    scripted.network.run(0.3)
    (_, (again, sqns)) = scripted.asked()
    assert sqns == [1]
    assert confirmed + 0.2 <= again <= confirmed + 0.25


@pytest.mark.parametrize("make", [pgm.make_ncf, pgm.make_nak])
def test_somebody_elses_nak_makes_ours_needless(scripted, make):
    scripted.data(0, 3)
    scripted.hear(make(TSI, PORT, [1, 2], NLA, GROUP))
    scripted.network.run(0.19)
    assert scripted.asked() == []
    scripted.data(1, 2, kind=pgm.RDATA)
    assert scripted.got == [0, 1, 2, 3]


def test_a_confirmation_tells_of_packets_that_we_have_not_heard_of(scripted):
    scripted.data(0)
    scripted.hear(pgm.make_ncf(TSI, PORT, [2], NLA, GROUP))
    scripted.network.run(0.05)
    assert [sqns for _, sqns in scripted.asked()] == [[1]]
    scripted.network.run(0.3)
    assert [2] in [sqns for _, sqns in scripted.asked()]


def test_many_missing_packets_are_asked_for_in_lists(scripted):
    scripted.data(0, 150)
    scripted.network.run(0.051)
    assert [len(sqns) for _, sqns in scripted.asked()] == [63, 63, 23]
    assert [sqn for _, sqns in scripted.asked() for sqn in sqns] == list(range(1, 150))


def test_in_the_end_a_packet_is_given_up_and_the_rest_goes_on(scripted):
    scripted.data(0, 2, 3)
    scripted.network.run(20)
    assert scripted.got == [0, 2, 3]
    assert scripted.rules.counters["lost_packets"] == 1
    assert len(scripted.asked()) == 51
    assert scripted.node.news_kinds() == ["appeared", "lost"]
    scripted.data(4)
    assert scripted.got == [0, 2, 3, 4]


def test_what_the_source_has_no_more_is_lost_at_once(scripted):
    scripted.data(0, 2, 4)
    scripted.spm(4, 4)
    assert scripted.got == [0, 2, 4]
    assert scripted.rules.counters["lost_packets"] == 2


def test_data_tells_the_trail_as_well(scripted):
    scripted.data(0, 2)
    scripted.data(3, trail=2)
    assert scripted.got == [0, 2, 3]


def test_a_gap_larger_than_the_window_is_skipped():
    scripted = Scripted(recovery_ivl_ms=10)
    size = fast(recovery_ivl_ms=10).window_size
    scripted.data(0, 2)
    scripted.data(3 + 2 * size)
    scripted.network.run(60)
    assert scripted.got == [0, 2, 3 + 2 * size]
    assert scripted.rules.counters["lost_packets"] == 1 + 2 * size


def test_an_absurd_announcement_costs_no_more_than_a_window(scripted):
    scripted.data(0)
    scripted.spm(0, 0x7FFFFFF0)
    assert scripted.rules.counters["lost_packets"] > 0x7FFF0000
    assert len(next(iter(scripted.rules.sources.values()))._missing) <= fast().window_size


def test_a_large_gap_is_not_answered_with_a_storm():
    scripted = Scripted(recovery_ivl_ms=10_000)
    scripted.spm(0, 0xFFFFFFFF)
    scripted.data(0, 5000)
    scripted.rules.deadline_reached(scripted.network.now + 0.05)
    assert len(scripted.rules.to_send) == 16


def test_losses_are_reported_once_a_second_and_all_are_counted(scripted):
    scripted.data(0)
    for sqn in range(2, 100, 2):
        scripted.data(sqn, trail=sqn)
    scripted.network.run(1.5)
    reports = [news.reason for news in scripted.node.news if news.kind == "lost"]
    assert len(reports) == 2
    assert reports[0].startswith("1 packet of source 01.02.03.04.05.06.1800 cannot be recovered")
    assert reports[1].startswith("48 packets ")


def test_a_late_receiver_asks_for_nothing_that_was_before():
    scripted = Scripted()
    scripted.data(100, 101)
    scripted.spm(0, 101)
    scripted.network.run(5)
    assert scripted.got == [100, 101]
    assert scripted.asked() == []


def test_an_spm_defines_the_beginning_too():
    scripted = Scripted()
    scripted.spm(0, 9)
    scripted.network.run(1)
    scripted.data(11)
    scripted.network.run(0.1)
    assert [sqns for _, sqns in scripted.asked()] == [[10]]


def test_a_source_without_spm_is_asked_for_one():
    scripted = Scripted()
    scripted.data(5)
    began = scripted.network.now
    scripted.network.run(5)
    ((when, packet),) = scripted.node.sent
    assert packet == pgm.make_spmr(TSI, PORT)
    assert when == pytest.approx(began + 0.025)


def test_without_an_address_naks_wait_for_an_spm():
    scripted = Scripted()
    scripted.data(5, 7)
    scripted.network.run(0.5)
    assert scripted.asked() == []
    assert 2 <= sum(packet[4] == pgm.SPMR for _, packet in scripted.node.sent) <= 3
    scripted.spm(0, 7)
    scripted.network.run(0.3)
    assert scripted.asked()[0][1] == [6]


def test_without_an_spm_for_long_the_packet_is_given_up():
    scripted = Scripted()
    scripted.data(5, 7)
    scripted.network.run(5)
    assert scripted.got == [5, 7]
    assert sum(packet[4] == pgm.SPMR for _, packet in scripted.node.sent) == 8


def test_requests_go_to_the_source_and_to_the_group():
    scripted = Scripted()
    scripted.data(5, 7)
    scripted.rules.deadline_reached(scripted.network.now + 0.03)
    (request,) = [each for each in scripted.rules.to_send if each.packet[4] == pgm.SPMR]
    assert (request.nla, request.address, request.group) == (b"", ADDRESS, GROUP)
    scripted.rules.to_send.clear()
    scripted.spm(0, 7)
    scripted.rules.deadline_reached(scripted.network.now + 1)
    (nak,) = scripted.rules.to_send
    assert (nak.nla, nak.group) == (NLA, b"")


def test_old_spms_are_ignored(scripted):
    scripted.data(0)
    scripted.spm(0, 0)
    scripted.spm_sqn = 0
    scripted.spm(0, 50)
    scripted.network.run(1)
    assert scripted.asked() == []


def test_impossible_windows_are_refused(scripted):
    scripted.data(0)
    scripted.spm(5, 3)
    scripted.data(1, trail=2)
    assert scripted.rules.counters["bad_window"] == 2
    scripted.data(1)
    assert scripted.got == [0, 1]


def test_silent_sources_are_forgotten_after_five_minutes(scripted):
    scripted.data(0)
    scripted.network.run(299)
    assert len(scripted.rules.sources) == 1
    scripted.network.run(2)
    assert scripted.rules.sources == {}
    assert scripted.node.news_kinds() == ["appeared", "gone"]
    assert scripted.rules.messages_in == 1


def test_a_source_that_says_goodbye_is_forgotten_soon_and_stays_so(scripted):
    scripted.data(0)
    for _ in range(3):
        scripted.spm(0, 0, {pgm.OPT_FIN: b""})
    scripted.network.run(3)
    assert scripted.rules.sources == {}
    scripted.spm(0, 0, {pgm.OPT_FIN: b""})
    assert scripted.rules.sources == {}
    assert [news.reason for news in scripted.node.news] == ["", ""]


def test_packets_that_never_came_are_reported_with_the_goodbye(scripted):
    scripted.data(0, 2)
    scripted.spm(0, 2, {pgm.OPT_FIN: b""})
    scripted.network.run(5)
    assert scripted.node.news[-1].kind == "gone"
    assert "1 packets never came" in scripted.node.news[-1].reason


def test_sources_can_be_invented_only_up_to_a_limit():
    scripted = Scripted()
    for number in range(300):
        scripted.data(0, tsi=number.to_bytes(8, "big"))
    assert len(scripted.rules.sources) == 256
    assert scripted.rules.counters["too_many_sources"] == 44


def test_fragments_and_other_ports_are_ignored(scripted):
    block = pgm.make_options({pgm.OPT_FRAGMENT: bytes(12)})
    plain = pgm.make_data(pgm.ODATA, TSI, PORT, 0, 0, b"\0\0\x02\0x")
    data = bytearray(plain[:24] + block + plain[24:])
    data[5] |= 1
    data[6:8] = b"\0\0"
    data[6:8] = pgm.checksum(bytes(data)).to_bytes(2, "big")
    scripted.hear(bytes(data))
    scripted.hear(pgm.make_data(pgm.ODATA, TSI, PORT + 1, 0, 0, b"\0\0\x02\0x"))
    assert scripted.got == []
    assert scripted.rules.counters["fragment"] == 1


def test_nonsense_in_the_stream_is_counted_and_reported(scripted):
    scripted.hear(pgm.make_data(pgm.ODATA, TSI, PORT, 0, 0, b"\0\0\0\0"))
    scripted.data(1)
    assert scripted.got == [1]
    assert scripted.rules.counters["bad_frame"] == 1
    assert scripted.node.news[-1].reason.endswith("bad frame; its next message is looked for")


def test_no_room_keeps_messages_back_and_shares_it_out(scripted):
    scripted.node.room = 0
    other = bytes(8)
    scripted.data(0, 1, 2)
    scripted.data(0, 1, 2, tsi=other)
    assert scripted.got == []
    assert scripted.rules.has_undelivered
    assert scripted.rules.deliver(scripted.node.inbox, 3) == 3
    assert scripted.got == [0, 0, 1]
    assert scripted.rules.deliver(scripted.node.inbox, 30) == 3
    assert not scripted.rules.has_undelivered


def test_five_receivers_need_hardly_more_than_one_nak():
    network = Network(2)
    receivers = [network.receiver() for _ in range(5)]
    sender = network.sender()
    network.run(0.1)
    sender.send(b"first")
    network.run(0.1)
    network.wire = lambda packet: []
    sender.send(b"lost")
    network.wire = lambda packet: [0.0001]
    sender.send(b"third")
    network.run(1)
    assert all(node.messages == [b"first", b"lost", b"third"] for node in receivers)
    assert sum(len(node.sent) for node in receivers) <= 2


def test_the_loss_of_everything_once_is_repaired():
    network = Network()
    receiver = network.receiver()
    sender = network.sender()
    network.run(0.1)
    lose_once(network, 1, types=(pgm.ODATA, pgm.NAK, pgm.NCF, pgm.RDATA))
    for message in (b"a", b"b", b"c"):
        sender.send(message)
    network.run(2)
    assert receiver.messages == [b"a", b"b", b"c"]


@hypothesis_settings(max_examples=200, deadline=None, database=None)
@given(st.lists(st.tuples(st.sampled_from("dsnf"), st.integers(-40, 40), st.integers(-40, 40)), max_size=60))
def test_the_window_stays_in_order_whatever_arrives(steps):
    scripted = Scripted(recovery_ivl_ms=2)  # 16 packets
    base = 0xFFFFFFF0
    for kind, one, two in steps:
        sqn, trail = after(base, one), after(base, two)
        if kind == "d":
            scripted.data(sqn, trail=trail)
        elif kind == "s":
            scripted.spm(trail, sqn)
        elif kind == "n":
            scripted.hear(pgm.make_ncf(TSI, PORT, [sqn, trail], NLA, GROUP))
        else:
            scripted.network.run(0.07)
        for source in scripted.rules.sources.values():
            between = distance(source.next, source.lead) + 1
            assert 0 <= between <= 16
            assert len(source._held) + len(source._missing) == between
    got = scripted.got
    assert all(distance(earlier, later) > 0 for earlier, later in itertools.pairwise(got))
