"""Transcripts of libzmq with OpenPGM, replayed: the same packets, and the same messages out of them."""

from __future__ import annotations

import ipaddress
import json
import random
from collections import deque
from pathlib import Path

import pytest

from purezmq.pgm import packet as pgm
from purezmq.pgm.packet import parse
from purezmq.pgm.receiver import Receiver
from purezmq.pgm.sender import Sender
from purezmq.pgm.stream import StreamWriter

from .network import settings

VECTORS = sorted(Path(__file__).with_name("vectors").glob("*.json"))
TYPES = {
    "SPM": pgm.SPM,
    "ODATA": pgm.ODATA,
    "RDATA": pgm.RDATA,
    "NAK": pgm.NAK,
    "NCF": pgm.NCF,
    "SPMR": pgm.SPMR,
}
NLAS = ("nla", "src_nla", "grp_nla")


def load(path):
    vector = json.loads(path.read_text())
    vector["frames"] = [frame for frame in vector["frames"] if "tpdu" in frame]
    vector["marks"] = [frame for frame in json.loads(path.read_text())["frames"] if "mark" in frame]
    return vector


def find(name):
    return load(next(path for path in VECTORS if path.stem.startswith(name)))


def as_message(parts):
    found = tuple(
        bytes.fromhex(part) if set(part) <= set("0123456789abcdef") else part.encode() for part in parts
    )
    return found[0] if len(found) == 1 else found


def messages(vector, which):
    return [as_message(parts) for parts in vector[which]]


def packed(address):
    return ipaddress.ip_address(address).packed


@pytest.fixture(params=VECTORS, ids=lambda path: path.stem)
def vector(request):
    return load(request.param)


def test_every_packet_is_understood(vector):
    assert vector["frames"]
    for frame in vector["frames"]:
        decoded = frame["pgm"]
        packet = parse(bytes.fromhex(frame["tpdu"]))
        assert packet.type == TYPES[decoded["type"]]
        assert packet.tsi[:6].hex() == decoded["gsi"]
        upstream = decoded["type"] in ("NAK", "SPMR")
        assert int.from_bytes(packet.tsi[6:], "big") == decoded["dport" if upstream else "sport"]
        assert packet.port == decoded["sport" if upstream else "dport"]
        for field in ("spm_sqn", "trail", "lead"):
            if field in decoded:
                assert getattr(packet, field) == decoded[field]
        if decoded["type"] in ("ODATA", "RDATA"):
            assert packet.sqn == decoded["sqn"]
            assert len(packet.payload) == decoded["payload_len"]
        for field in NLAS:
            if field in decoded:
                assert getattr(packet, "group" if field == "grp_nla" else "nla") == packed(decoded[field])


def test_every_packet_is_made_alike(vector):
    for frame in vector["frames"]:
        data = bytes.fromhex(frame["tpdu"])
        packet = parse(data)
        common = (packet.tsi, packet.port)
        if packet.type == pgm.SPM:
            made = pgm.make_spm(
                *common, packet.spm_sqn, packet.trail, packet.lead, packet.nla, packet.options
            )
        elif packet.type in (pgm.ODATA, pgm.RDATA):
            made = pgm.make_data(packet.type, *common, packet.sqn, packet.trail, packet.payload)
        elif packet.type == pgm.NAK:
            made = pgm.make_nak(*common, packet.sqns, packet.nla, packet.group)
        elif packet.type == pgm.NCF:
            made = pgm.make_ncf(*common, packet.sqns, packet.nla, packet.group)
        else:
            made = pgm.make_spmr(*common)
        assert without_junk(made) == without_junk(data)


def without_junk(data):
    """OpenPGM leaves one byte of an option to chance, and the checksum with it."""
    cleared = bytearray(data)
    if data[5] & 1:
        body = {pgm.SPM: 20, pgm.NAK: 20, pgm.NCF: 20}[data[4]]
        if data[4] == pgm.SPM and data[16 + 13] == 2:
            body += 12
        elif data[4] != pgm.SPM and data[16 + 5] == 2:
            body += 24
        cleared[16 + body + 4 + 2] = 0
        cleared[6:8] = b"\0\0"
    return bytes(cleared)


def replay_to_receiver(vector, since=0.0):
    first = vector["frames"][0]
    receiver = Receiver(settings(port=int(first["pgm"]["dport"])), random.Random(1).random)
    inbox = deque()
    now = 0.0
    for frame in vector["frames"]:
        if frame.get("dir", "a>b") != "a>b" or frame.get("dropped") or frame["t"] < since:
            continue
        now = frame["t"]
        receiver.deadline_reached(now)
        receiver.receive(bytes.fromhex(frame["tpdu"]), frame["src"], packed(frame["dst"]), now)
        receiver.deliver(inbox, 1 << 30)
    return receiver, list(inbox)


def test_the_receiver_gets_what_libzmq_got(vector):
    name = vector["name"]
    since = 0.0  # when libzmq's SUB was opened
    if name.startswith("18"):
        since = vector["marks"][0]["t"]
    elif name.startswith("19"):
        since = next(frame["t"] for frame in vector["frames"] if frame.get("dropped"))
    receiver, found = replay_to_receiver(vector, since)
    if name.startswith("23"):  # libzmq glues the head of a message to the next one
        expected = [message for message in messages(vector, "sent_messages") if isinstance(message, bytes)]
    elif name.startswith(("24", "26", "27", "28")):
        expected = messages(vector, "sent_messages")
    else:
        expected = messages(vector, "received_messages")
    assert found == expected
    assert receiver.counters["lost_packets"] == (1 if name.startswith(("17", "23")) else 0)


@pytest.mark.parametrize("name", ["02", "03", "04", "07", "08", "09"])
def test_the_sender_cuts_messages_as_libzmq_does(name):
    vector = find(name)
    writer = StreamWriter(settings().payload_size)
    recorded = [
        parse(bytes.fromhex(frame["tpdu"])).payload
        for frame in vector["frames"]
        if frame["pgm"]["type"] == "ODATA"
    ]
    outbox = deque(messages(vector, "sent_messages"))
    for payload in recorded:
        made = writer.next_payload(outbox)
        assert made[2:] == payload[2:]
        offset = int.from_bytes(payload[:2], "big")
        # When its queue runs empty, libzmq writes the end of the payload where no message begins.
        expected = 0xFFFF if offset == len(payload) - 2 else offset
        assert int.from_bytes(made[:2], "big") == expected
    assert writer.next_payload(outbox) == b""


@pytest.mark.parametrize("name", ["06", "10", "20", "21"])
def test_the_stream_is_the_same_however_it_was_cut(name):
    vector = find(name)
    writer = StreamWriter(settings().payload_size)
    outbox = deque(messages(vector, "sent_messages"))
    made = b""
    while payload := writer.next_payload(outbox):
        made += payload[2:]
    packets = [parse(bytes.fromhex(frame["tpdu"])) for frame in vector["frames"]]
    assert made == b"".join(packet.payload[2:] for packet in packets if packet.type == pgm.ODATA)


@pytest.mark.parametrize("name", ["11", "12", "13", "14", "15", "16", "20", "21", "22"])
def test_the_sender_repairs_what_libzmq_asks_for(name):
    vector = find(name)
    frames = vector["frames"]
    first = parse(bytes.fromhex(frames[0]["tpdu"]))
    group = packed(next(frame["dst"] for frame in frames if frame["pgm"]["type"] == "ODATA"))
    values = settings(nla=first.nla, group=group, port=first.port)
    sender = Sender(values, first.tsi, 0.0)
    recorded = {}
    for frame in frames:
        packet = parse(bytes.fromhex(frame["tpdu"]))
        if packet.type == pgm.ODATA:
            recorded[packet.sqn] = packet.payload
    for sqn in sorted(recorded):  # the payloads as they were: every message began a packet of its own
        sender._window[sqn] = recorded[sqn]
        sender.lead = sqn
    answers = []
    for frame in frames:
        if frame["pgm"]["type"] == "NAK":
            sender.receive(bytes.fromhex(frame["tpdu"]), 0.0)
        while made := sender.next_packet(deque(), 0.0):
            sender.sent(made, 0.0)
            answers.append(made)
    asked = [parse(bytes.fromhex(frame["tpdu"])).sqns for frame in frames if frame["pgm"]["type"] == "NAK"]
    ncfs = [parse(made).sqns for made in answers if made[4] == pgm.NCF]
    assert asked and ncfs == asked
    repairs = [parse(made) for made in answers if made[4] == pgm.RDATA]
    assert [repair.sqn for repair in repairs] == [sqn for sqns in asked for sqn in sqns]
    assert all(repair.payload == recorded[repair.sqn] for repair in repairs)


def test_heartbeats_come_when_libzmq_sends_them():
    vector = find("28")
    data_at = next(frame["t"] for frame in vector["frames"] if frame["pgm"]["type"] == "ODATA")
    recorded = [frame["t"] - data_at for frame in vector["frames"] if frame["t"] > data_at]
    sender = Sender(settings(), bytes(8), 0.0)
    outbox = deque([b"x"])
    made = []
    now = 0.0
    while now < 60:
        sender.deadline_reached(now)
        while packet := sender.next_packet(outbox, now):
            sender.sent(packet, now)
            made.append((now, packet[4]))
        now = sender.deadline()
    assert [kind for _, kind in made[:4]] == [pgm.SPM, pgm.SPM, pgm.SPM, pgm.ODATA]
    ours = [when for when, kind in made[4:]]
    # The last step of the ladder came when the SPM of every 30 seconds had just been sent there.
    assert ours[:7] == pytest.approx(recorded[:7], abs=0.15)
    assert ours[7:] == pytest.approx([24.8, 54.8])
