"""Every transcript of libzmq that can be judged at this level, replayed.

Each libzmq side of a vector is replaced by our Connection. It is fed what the other side sent, and sends what the
recorded application sent, in the recorded order. Then three things are compared with the recording: the bytes we
sent, the messages that came out, and whether we closed. Everything is fed whole, byte by byte and in random pieces.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pytest

from purezmq.base.message import GroupChange, PipeItem, Subscription
from purezmq.zmtp.connection import Connection, ConnectionConfig
from purezmq.zmtp.curve import CurveKeys
from purezmq.zmtp.raw import RawConnection

from .helpers import NOW, PLENTY, SPLITS, Pieces, take_output
from .recorded import (
    DIRECTORY,
    SIDES,
    Frame,
    Stream,
    api_messages,
    as_bytes,
    is_subsequence,
    kind_of,
    load,
    messages_of,
)

# Not at this level, or not yet.
NOT_COVERED = {
    "udp_dish": "no ZMTP: tests/sockets/test_udp.py has it",
    "udp_radio": "as above",
    "heartbeat_vs_rcvhwm": "needs a full pipe: test_heartbeat.py tells it, with the better ending",
}

# Where we differ from libzmq on purpose. Each is still replayed, and must differ.
STAYS_OPEN = {
    "raw31_all_at_once": "a message right behind READY is fine with us, whether or not our READY is on its way",
    "draft_dish_raw_radio": "the shape of group messages is checked by the session, which knows about DISH",
    "draft_dish_three_frames": "as above",
    "req_bad_reply": "the shape of replies is checked by the session, which knows about REQ",
}
CLOSES = {
    "raw31_ready_lowercase_name": "property names are case-insensitive for us (RFC 37), so the wrong type is seen",
}

# What the application sends or gets is not what the connection is given or gives; the bytes are still compared.
PATTERNS_WORK = {
    "draft_dish_raw_radio": "DISH takes the group off and filters",
    "draft_dish_three_frames": "DISH takes the group off and filters",
    "draft_radio_dish": "RADIO puts the group before the message, DISH takes it off",
    "draft_radio_raw_dish": "RADIO puts the group before the message, and ignores messages",
    "draft_hello_disconnect_msg": "HELLO_MSG and DISCONNECT_MSG are made by the pattern",
    "draft_hiccup_msg": "HICCUP_MSG is delivered locally",
    "draft_router_notify": "ROUTER_NOTIFY is delivered locally",
    "draft_xsub_verbose_unsubscribe": "XSUB keeps count of subscriptions",
    "null_xpub_xsub": "XSUB keeps count of subscriptions",
    "null_xsub_reconnect": "XSUB replays subscriptions",
    "null_sub_reconnect": "SUB replays subscriptions, XPUB tells the user of cancellations",
    "raw31_two_subs_xpub_notifications": "XPUB tells the user of cancellations",
    "raw31_sub_multipart_subscribe": "XPUB takes multipart subscriptions apart",
    "draft_only_first_subscribe": "XPUB takes multipart subscriptions apart",
    "raw31_double_subscribe_single_cancel": "XPUB deduplicates",
    "raw31_ready_lowercase_name": "we close, see above",
    "raw31_pull_gets_subscribe": "libzmq hands a SUBSCRIBE command to the user of a PULL; we drop it",
    "stream_stream": "STREAM_NOTIFY messages are made by the pattern",
    "stream_vs_raw": "STREAM_NOTIFY messages are made by the pattern",
}

OPTIONS = {
    "HANDSHAKE_IVL": "handshake_ivl_ms",
    "HEARTBEAT_IVL": "heartbeat_ivl_ms",
    "HEARTBEAT_TIMEOUT": "heartbeat_timeout_ms",
    "HEARTBEAT_TTL": "heartbeat_ttl_ms",
    "MAXMSGSIZE": "max_msg_size",
}

HAS_ENVELOPE = ("REQ", "REP")


def sides_to_play(vector: dict[str, Any]) -> Iterator[str]:
    """The libzmq sides we can stand in for: those without security, and those that refuse before it starts."""
    for wire_side, side in SIDES.items():
        options = vector[side]["options"]
        secured = any(key.startswith(("PLAIN", "CURVE")) for key in options)
        if vector[side]["type"] != "RAW" and (
            not secured or vector["name"] in ("raw20_to_plain", "raw10_to_curve")
        ):
            yield wire_side


# test_secured_vectors.py has those.
SECURED = ("plain_", "curve_", "mismatch_plain_")
ALL = sorted(path.stem for path in DIRECTORY.glob("*.json") if not path.stem.startswith((*SECURED, "ws_")))
CASES = [(name, side) for name in ALL if name not in NOT_COVERED for side in sides_to_play(load(name))]


class Replay:
    """One side of one connection of a vector."""

    def __init__(self, vector: dict[str, Any], side: str, number: int, pieces: Pieces) -> None:
        self.vector = vector
        self.side = side
        self.pieces = pieces
        self.type: str = vector[SIDES[side]]["type"]
        self.events = [event for event in vector["events"] if event.get("conn", 0) == number]
        ours = b"".join(bytes.fromhex(e["hex"]) for e in self.events if e["from"] == side)
        theirs = b"".join(bytes.fromhex(e["hex"]) for e in self.events if e["from"] != side)
        if vector["name"] == "raw30_sub_topic_255_bug":
            # libzmq forgets the LONG flag for this one length; everybody else needs it.
            bug = b"\x00" + (256).to_bytes(8, "big")
            assert bug in ours
            ours = ours.replace(bug, b"\x02" + bug[1:])
        kind = "9" if self.type == "STREAM" else kind_of(ours, theirs)
        self.ours = Stream(ours, kind)
        self.theirs = Stream(theirs, kind)
        self.now = NOW
        self.connection = self._new_connection()
        self.output = b""
        self.inbox: deque[PipeItem] = deque()
        self.outbox: deque[PipeItem] = deque()
        self.unfinished: tuple[bytes, ...] = ()

    def _new_connection(self) -> Connection | RawConnection:
        if self.type == "STREAM":
            return RawConnection()
        options = self.vector[SIDES[self.side]]["options"]
        settings: dict[str, Any] = {OPTIONS[key]: options[key] for key in OPTIONS if key in options}
        if "METADATA" in options:
            name, _, value = options["METADATA"].partition(":")
            settings["properties"] = ((name, value.encode()),)
        mechanism = "NULL"
        for secured in ("PLAIN", "CURVE"):
            if any(key.startswith(secured) for key in options):
                mechanism = secured
        if mechanism == "CURVE":
            pytest.importorskip("nacl")
            settings["curve_keys"] = CurveKeys(bytes(range(32)))
        config = ConnectionConfig(
            self.type,
            as_bytes(options.get("ROUTING_ID", "")),
            mechanism,
            zap_required="ZAP_DOMAIN" in options,
            **settings,
        )
        return Connection(config, self.now)

    # Playing.

    def step_by_step(self) -> None:
        """Event by event, as recorded."""
        recorded = 0
        pending = deque(self.ours.traffic)
        self._take()
        for event in self.events:
            if event["from"] == self.side:
                recorded += len(event["hex"]) // 2
                if event.get("close") and not self._peer_closed_before(event):
                    self._wait_for_timeout()
                while pending and pending[0].start < recorded:
                    self._send(pending.popleft())
                if self.type == "STREAM" and event["hex"]:
                    self._encode(bytes.fromhex(event["hex"]))
            else:
                self._feed(bytes.fromhex(event["hex"]))
        assert not pending

    def all_at_once(self) -> None:
        """Everything the peer ever sent, then everything we sent."""
        self._take()
        self._feed(self.theirs.data)
        for frame in self.ours.traffic:
            self._send(frame)
        if self.closed_in_recording():
            self._wait_for_timeout()

    def _feed(self, data: bytes) -> None:
        for piece in self.pieces(data):
            self.connection.receive(piece, self.now)
            if self.connection.zap_request is not None:
                assert self.connection.zap_request == (b"NULL",)
                reply = (
                    self.vector["zap"][0]["reply"] if self.vector.get("zap") else ["", "", "323030", "", ""]
                )
                self.connection.zap_answered(int(bytes.fromhex(reply[2])), self.now, bytes.fromhex(reply[4]))
            self.connection.decode(self.inbox, PLENTY, self.now)
            # libzmq talks to a 2.0 peer before it has the peer's identity; our messages wait for it.
            self.connection.encode(self.outbox, PLENTY)
            self._take()

    def _send(self, frame: Frame) -> None:
        """Do what made libzmq send this frame."""
        if frame.is_command and frame.body.startswith(b"\x04PONG"):
            return  # that was the connection's own doing, and so it is here
        if frame.is_command and frame.body.startswith(b"\x04PING"):
            deadline = self.connection.deadline()
            assert deadline is not None
            self.now = deadline
            self.connection.deadline_reached(self.now)
            self._take()
        elif frame.is_command:
            name, data = frame.body[1 : 1 + frame.body[0]], frame.body[1 + frame.body[0] :]
            change = GroupChange if name in (b"JOIN", b"LEAVE") else Subscription
            assert name in (b"SUBSCRIBE", b"CANCEL", b"JOIN", b"LEAVE")
            self._encode(change(name in (b"SUBSCRIBE", b"JOIN"), data))
        elif self.type == "SUB":
            self._encode(Subscription(frame.body[0] == 1, frame.body[1:]))
        else:
            parts = (*self.unfinished, frame.body)
            self.unfinished = () if not frame.has_more else parts
            if not frame.has_more:
                self._encode(parts[0] if len(parts) == 1 else parts)

    def _encode(self, item: PipeItem) -> None:
        self.outbox.append(item)
        self.connection.encode(self.outbox, PLENTY)
        self._take()

    def _wait_for_timeout(self) -> None:
        for _ in range(10):
            deadline = self.connection.deadline()
            if self.connection.is_closed or deadline is None:
                return
            self.now = deadline
            self.connection.deadline_reached(self.now)
            self._take()

    def _take(self) -> None:
        self.output += take_output(self.connection)  # type: ignore[arg-type]

    # Judging.

    def _peer_closed_before(self, event: dict[str, Any]) -> bool:
        earlier = self.events[: self.events.index(event)]
        return any(e.get("close") and e["from"] != self.side for e in earlier)

    def closed_in_recording(self) -> bool:
        """True when libzmq closed, other than in answer to its peer's or application's doing."""
        closes = [event for event in self.events if event.get("close")]
        return bool(closes) and closes[0]["from"] == self.side and self.type != "STREAM"

    def check_output(self) -> None:
        found = self.output
        if self.connection.is_closed and not self.ours.traffic:
            # How much of the handshake leaves before the stream is closed is a matter of timing.
            assert found.startswith(self.ours.data) or self.ours.data.startswith(found)
            return
        if self.vector["name"] in STAYS_OPEN and not found.startswith(self.ours.data[:10]):
            raise AssertionError("not even the signature")
        if b"\x04PONG" not in self.ours.data:
            expected = self.ours.data
            assert found == expected or (self.vector["name"] in STAYS_OPEN and found.startswith(expected))
            return
        # Where a PONG stands among our own frames is a matter of timing.
        stream = Stream(found, "3")
        assert found[: stream.opening] == self.ours.data[: self.ours.opening]
        for pongs in (True, False):
            assert _bodies(stream.frames, pongs) == _bodies(self.ours.frames, pongs)

    def check_messages(self) -> None:
        if self.vector["name"] in CLOSES or self.type == "STREAM":
            return
        expected: list[PipeItem] = []
        if self.connection.is_ready:
            limit = self.vector[SIDES[self.side]]["options"].get("MAXMSGSIZE", PLENTY)
            frames = list(takewhile(lambda frame: len(frame.body) <= limit, self.theirs.traffic))
            expected = list(messages_of(frames))
        publishes = self.type in ("PUB", "XPUB", "RADIO")
        if publishes and self.connection.version == (1, 0) and self.connection.peer_socket_type == "":
            expected.insert(0, b"\x01")  # on behalf of a peer that cannot subscribe
        found = [m.as_message() if isinstance(m, Subscription) else m for m in self.inbox]
        if publishes and self.connection.version >= (3, 0):
            # Commands come out as subscriptions, in their place among the messages.
            assert [m for m in found if m in expected] == expected
            commands = [f.body for f in self.theirs.traffic if f.is_command]
            subscriptions = [m for m in self.inbox if isinstance(m, Subscription)]
            assert len(subscriptions) == sum(
                c.startswith((b"\x09SUBSCRIBE", b"\x06CANCEL", b"\x04JOIN", b"\x05LEAVE")) for c in commands
            )
        else:
            assert found == expected

    def check_end(self) -> None:
        name = self.vector["name"]
        failure = self.connection.failure
        if name in STAYS_OPEN:
            assert self.closed_in_recording() and failure is None
        elif name in CLOSES:
            assert not self.closed_in_recording() and failure is not None
        elif self.closed_in_recording():
            assert failure is not None
            self._check_monitor()
        elif not any(event.get("close") for event in self.events):
            assert failure is None, failure
        assert self.connection.is_closed == (failure is not None)

    def _check_monitor(self) -> None:
        """The monitor of the recording saw the same kind of failure."""
        failure = self.connection.failure
        assert failure is not None
        events = self.vector.get("monitor", {}).get(SIDES[self.side])
        if not events or any(event.get("conn", 0) for event in self.vector["events"]):
            return
        failed = [event for event in events if event["event"].startswith("HANDSHAKE_FAILED")]
        if not failed:
            assert failure.event == "", failure
        elif failed[0].get("value") != "Broken pipe":  # that would be the end of the stream, not our business
            assert failure.event == failed[0]["event"]
            names = {"ZMTP_UNEXPECTED_COMMAND": 0x10000001, "ZMTP_MECHANISM_MISMATCH": 0x11000002}
            names |= {"ZMTP_MALFORMED_COMMAND_ERROR": 0x10000015, "Resource temporarily unavailable": 11}
            value = failed[0]["value"]
            assert failure.value == names.get(value, value)


def _bodies(frames: list[Frame], pongs: bool) -> list[tuple[int, bytes]]:
    is_pong = {id(f): f.is_command and f.body.startswith(b"\x04PONG") for f in frames}
    return [(frame.flags, frame.body) for frame in frames if is_pong[id(frame)] == pongs]


def replays(name: str, side: str, pieces: Pieces) -> list[Replay]:
    vector = load(name)
    numbers = sorted({event.get("conn", 0) for event in vector["events"]})
    return [Replay(vector, side, number, pieces) for number in numbers]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(("name", "side"), CASES)
def test_step_by_step(name: str, side: str, split: str) -> None:
    for replay in replays(name, side, SPLITS[split]):
        replay.step_by_step()
        replay.check_output()
        replay.check_messages()
        replay.check_end()


@pytest.mark.parametrize(
    ("name", "side"), [c for c in CASES if not c[0].startswith(("heartbeat", "raw30_heart"))]
)
def test_all_at_once(name: str, side: str) -> None:
    for replay in replays(name, side, SPLITS["whole"]):
        replay.all_at_once()
        if replay.type != "STREAM":
            replay.check_output()
        replay.check_messages()
        replay.check_end()


@pytest.mark.parametrize(("name", "side"), [case for case in CASES if case[0] not in PATTERNS_WORK])
def test_what_passes_is_what_the_applications_sent_and_got(name: str, side: str) -> None:
    """The api section agrees with what we were made to send and what came out."""
    vector = load(name)
    socket_type = vector[SIDES[side]]["type"]
    played = replays(name, side, SPLITS["whole"])
    sent: list[tuple[bytes, ...]] = []
    got: list[tuple[bytes, ...]] = []
    for replay in played:
        replay.step_by_step()
        sent += [_user_parts(socket_type, message) for message in messages_of(replay.ours.traffic)]
        got += [_user_parts(socket_type, message) for message in replay.inbox]
    drop_id = socket_type == "ROUTER"
    api_sent = [tuple(frames[drop_id:]) for frames in api_messages(vector, "send", SIDES[side])]
    api_got = [tuple(frames[drop_id:]) for frames in api_messages(vector, "recv", SIDES[side])]
    if name not in ("maxmsgsize_ok_and_exceeded",):
        assert is_subsequence(sent, api_sent) or is_subsequence(api_sent, sent)
    if name not in ("draft_server_gets_multipart",):
        assert is_subsequence(api_got, got)


def _user_parts(socket_type: str, message: PipeItem) -> tuple[Any, ...]:
    """What the user of this socket type sees of a message."""
    if isinstance(message, Subscription):
        return (message.as_message(),)
    parts = message if isinstance(message, tuple) else (message,)
    if socket_type in HAS_ENVELOPE and b"" in parts:
        return parts[parts.index(b"") + 1 :]
    return parts


def test_every_vector_is_accounted_for() -> None:
    """Covered, or listed with the reason. The numbers are in the report of a failure."""
    covered = {name for name, _ in CASES}
    families = Counter(name.split("_")[0] for name in covered)
    assert covered | set(NOT_COVERED) == set(ALL), sorted(set(ALL) - covered - set(NOT_COVERED))
    assert not covered & set(NOT_COVERED)
    assert len(covered) >= 140, families
    for table in (STAYS_OPEN, CLOSES, PATTERNS_WORK):
        assert set(table) <= covered
