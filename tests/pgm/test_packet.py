"""PGM packets: what is read, what is refused, and that nothing else than Malformed comes of any input."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purezmq.pgm import packet as pgm
from purezmq.pgm.checksum import checksum, is_intact
from purezmq.pgm.packet import Malformed, parse

from .network import GROUP, NLA, PORT

TSI = bytes(range(1, 9))

sqns = st.integers(0, 2**32 - 1)


def slow_checksum(data):
    """Word by word, as RFC 1071 has it."""
    total = 0
    for at in range(0, len(data), 2):
        total += int.from_bytes(data[at : at + 2].ljust(2, b"\0"), "big")
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF) or 0xFFFF


@settings(deadline=None, database=None)
@given(st.binary(max_size=200))
def test_the_checksum_is_that_of_the_internet_protocols(data):
    assert checksum(data) == slow_checksum(data)


@settings(deadline=None, database=None)
@given(
    st.sampled_from([pgm.ODATA, pgm.RDATA]),
    st.binary(min_size=8, max_size=8),
    sqns,
    sqns,
    st.binary(max_size=300),
)
def test_data(kind, tsi, sqn, trail, payload):
    packet = parse(pgm.make_data(kind, tsi, PORT, sqn, trail, payload))
    assert (packet.type, packet.tsi, packet.port) == (kind, tsi, PORT)
    assert (packet.sqn, packet.trail, packet.payload) == (sqn, trail, payload)


@settings(deadline=None, database=None)
@given(sqns, sqns, sqns, st.sampled_from([NLA, bytes(range(16))]), st.sampled_from([{}, {pgm.OPT_FIN: b""}]))
def test_spm(spm_sqn, trail, lead, nla, options):
    packet = parse(pgm.make_spm(TSI, PORT, spm_sqn, trail, lead, nla, options))
    assert (packet.type, packet.spm_sqn, packet.trail, packet.lead) == (pgm.SPM, spm_sqn, trail, lead)
    assert (packet.nla, packet.options) == (nla, options)


@settings(deadline=None, database=None)
@given(st.sampled_from([pgm.make_nak, pgm.make_ncf]), st.lists(sqns, min_size=1, max_size=63))
def test_naks_and_confirmations(make, wanted):
    packet = parse(make(TSI, PORT, wanted, NLA, GROUP))
    assert (packet.tsi, packet.port, packet.nla, packet.group) == (TSI, PORT, NLA, GROUP)
    assert packet.sqns == wanted


def test_spmr():
    data = pgm.make_spmr(TSI, PORT)
    assert len(data) == 16
    assert parse(data).tsi == TSI


def test_several_options_are_read_and_unknown_ones_skipped():
    options = {pgm.OPT_SYN: b"", pgm.OPT_JOIN: bytes(4), 0x33: b"what is this", pgm.OPT_RST: b""}
    data = pgm.make_spm(TSI, PORT, 0, 0, 0, NLA, options)
    assert parse(data).options == options


def test_a_payload_follows_the_options():
    block = pgm.make_options({pgm.OPT_FRAGMENT: bytes(12)})
    plain = pgm.make_data(pgm.ODATA, TSI, PORT, 1, 0, b"payload")
    data = bytearray(plain[:24] + block + plain[24:])
    data[5] |= 1
    assert parse(sealed(data)).payload == b"payload"


def sealed(data):
    data = bytearray(data)
    data[6:8] = b"\0\0"
    data[6:8] = checksum(bytes(data)).to_bytes(2, "big")
    return bytes(data)


ODATA = pgm.make_data(pgm.ODATA, TSI, PORT, 1, 0, b"payload")
SPM = pgm.make_spm(TSI, PORT, 0, 0, 0, NLA, {pgm.OPT_FIN: b""})
NAK = pgm.make_nak(TSI, PORT, [1, 2], NLA, GROUP)


def changed(data, at, value):
    data = bytearray(data)
    data[at] = value
    return data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "truncated"),
        (ODATA[:15], "truncated"),
        (sealed(ODATA[:20]), "truncated"),
        (changed(ODATA, 25, 1), "bad_checksum"),
        (ODATA[:6] + b"\0\0" + ODATA[8:], "bad_checksum"),
        (sealed(changed(ODATA, 4, 0x44)), "bad_version"),
        (sealed(ODATA + b"!"), "bad_length"),
        (sealed(ODATA[:-1]), "bad_length"),
        (sealed(changed(ODATA, 5, 0x80)), "parity"),
        (sealed(SPM[:30]), "truncated"),
        (sealed(changed(SPM, 29, 3)), "bad_address"),
        (sealed(SPM[:34]), "bad_address"),
        (sealed(SPM[:38]), "bad_options"),
        (sealed(changed(SPM, 36, 5)), "bad_options"),
        (sealed(changed(SPM, 41, 3)), "bad_options"),
        (sealed(changed(SPM, 41, 5)), "bad_options"),
        (sealed(SPM[:39] + b"\x40" + SPM[40:]), "bad_options"),
        (sealed(SPM[:39] + b"\x06" + SPM[40:42]), "bad_options"),
        (sealed(changed(NAK, 41, 7)[:-1]), "bad_options"),
    ],
)
def test_what_is_malformed(data, why):
    with pytest.raises(Malformed, match=why):
        parse(bytes(data))


def test_an_spm_without_checksum_is_accepted():
    assert parse(SPM[:6] + b"\0\0" + SPM[8:]).type == pgm.SPM


def test_any_bytes_are_a_packet_or_malformed():
    rng = random.Random(5)
    for round_number in range(20_000):
        data = bytearray(
            rng.choice((ODATA, SPM, NAK)) if round_number % 2 else rng.randbytes(rng.randrange(60))
        )
        for _ in range(rng.randrange(4)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        data = bytes(data)
        if len(data) > 8:
            data = sealed(data)
            assert is_intact(data)
        try:
            parse(data[: rng.randrange(len(data) + 1)] if round_number % 5 == 0 else data)
        except Malformed:
            pass


def test_names_are_as_openpgm_writes_them():
    assert pgm.name_of(bytes.fromhex("b7c6d1bc038a10ae")) == "b7.c6.d1.bc.03.8a.4270"
