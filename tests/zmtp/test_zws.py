"""ZWS 2.0: recorded conversations of libzmq, every way to cut the bytes, and everything a peer can do wrong."""

from __future__ import annotations

import random
import re
from collections import deque

import pytest

from purezmq.base.message import Subscription
from purezmq.zmtp import masking
from purezmq.zmtp.config import ConnectionConfig
from purezmq.zmtp.zws import ZwsConnection, ZwsPlace
from purezmq.zmtp.zws_decoder import ZwsDecoder
from purezmq.zmtp.zws_framing import MaskingEncoder, ZwsEncoder

from .recorded import as_bytes, load

MANY = 1 << 20


def slow_mask(data, key):
    return bytes(byte ^ key[place % 4] for place, byte in enumerate(data))


def split_frames(data, masked):
    """The frames in a byte string: (first byte, payload in clear). Written anew, to be believed."""
    frames = []
    while data:
        first, length, data = data[0], data[1], data[2:]
        assert bool(length & 128) == masked
        length &= 127
        if length == 126:
            length, data = int.from_bytes(data[:2], "big"), data[2:]
        elif length == 127:
            length, data = int.from_bytes(data[:8], "big"), data[8:]
        key = bytes(4)
        if masked:
            key, data = data[:4], data[4:]
        frames.append((first, slow_mask(data[:length], key)))
        data = data[length:]
    return frames


def frame(payload, first=0x82, key=None):
    """One frame, masked if there is a key."""
    size = len(payload)
    mark = 0 if key is None else 128
    if size < 126:
        header = bytes((first, mark | size))
    elif size < 65536:
        header = bytes((first, mark | 126)) + size.to_bytes(2, "big")
    else:
        header = bytes((first, mark | 127)) + size.to_bytes(8, "big")
    return header + payload if key is None else header + key + slow_mask(payload, key)


def output_of(connection):
    output = b""
    while data := b"".join(map(bytes, connection.buffers_to_send())):
        connection.bytes_sent(len(data))
        output += data
    return output


def feed(connection, data, pieces, inbox=None):
    """Feed bytes as pieces; returns what the connection answered and what it received."""
    inbox = deque() if inbox is None else inbox
    answer = output_of(connection)
    for piece in pieces(data):
        connection.receive(piece, 0.0)
        while connection.is_ready and connection.decode(inbox, MANY, 0.0):
            pass
        answer += output_of(connection)
    return answer, list(inbox)


def whole(data):
    return [data] if data else []


def single_bytes(data):
    return [data[place : place + 1] for place in range(len(data))]


def at_random(data):
    seed = random.getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    pieces = []
    while data:
        size = rng.randint(1, 40)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


three_ways = pytest.mark.parametrize("pieces", [whole, single_bytes, at_random])


def recorded(name):
    """The streams of both sides: (HTTP part, frames)."""
    vector = load(name)
    streams = {"connecter": b"", "binder": b""}
    for event in vector["events"]:
        streams[event["from"]] += bytes.fromhex(event["hex"])
    return vector, {
        side: (data[: data.find(b"\r\n\r\n") + 4], data[data.find(b"\r\n\r\n") + 4 :])
        for side, data in streams.items()
    }


def config_of(vector, side):
    options = {
        name: as_bytes(value) for name, value in vector[side]["options"].items() if isinstance(value, str)
    }
    return ConnectionConfig(
        vector[side]["type"],
        options.get("ROUTING_ID", b""),
        vector["mechanism"],
        plain_username=options.get("PLAIN_USERNAME", b""),
        plain_password=options.get("PLAIN_PASSWORD", b""),
    )


def headers_of(http):
    return {line.lower() for line in http.split(b"\r\n")[1:] if line}


@three_ways
@pytest.mark.parametrize(
    "name",
    [
        "ws_heartbeat",
        "ws_null_pub_sub",
        "ws_null_req_rep",
        "ws_plain_two_clients",
        "ws_raw_nomech",
        "ws_raw_null",
    ],
)
def test_a_server_answers_as_libzmq_does(name, pieces):
    vector, streams = recorded(name)
    connection = ZwsConnection(config_of(vector, "server"), 0.0)
    answer, _ = feed(connection, b"".join(streams["connecter"]), pieces)
    http, _, rest = answer.partition(b"\r\n\r\n")
    theirs, recorded_frames = streams["binder"]
    assert http.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert headers_of(http) == headers_of(theirs)
    ours = split_frames(rest, masked=False)
    # Not what the application sent, for here is none, and no PONGs: ours echo the payload, as RFC 6455 says.
    expected = [
        (first, payload)
        for first, payload in split_frames(recorded_frames, masked=False)
        if first == 0x88 or (first == 0x82 and payload[:1] == b"\2")
    ]
    if name == "ws_raw_nomech":
        expected = [(0x82, b"\0srv")]
    assert [found for found in ours if found[0] != 0x8A] == expected


@three_ways
@pytest.mark.parametrize("name", ["ws_raw_null", "ws_raw_nomech", "ws_null_req_rep"])
def test_a_server_receives_what_libzmq_received(name, pieces):
    vector, streams = recorded(name)
    connection = ZwsConnection(config_of(vector, "server"), 0.0)
    _, received = feed(connection, b"".join(streams["connecter"]), pieces)
    expected = {
        "ws_raw_null": [b"hello"],
        "ws_raw_nomech": [(b"p1", b"p2")],
        "ws_null_req_rep": [(b"", b"q" * 300)],
    }[name]
    if name == "ws_null_req_rep":
        assert [len(part) for part in received[0]][:1] == [0]
        return
    assert received == expected
    assert connection.peer_routing_id == (b"myid" if name == "ws_raw_nomech" else b"")


@three_ways
def test_a_client_says_what_libzmq_said(pieces, monkeypatch):
    vector, streams = recorded("ws_null_pub_sub")
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", streams["connecter"][0])[1]
    monkeypatch.setattr("wsproto.handshake.generate_nonce", lambda: key)
    path = streams["connecter"][0].split(b" ")[1].decode()
    connection = ZwsConnection(config_of(vector, "client"), 0.0, ZwsPlace("127.0.0.1", path))
    request = output_of(connection)
    ours, theirs = headers_of(request), headers_of(streams["connecter"][0])
    assert {line.replace(b", ", b",") for line in ours} == theirs
    answer, received = feed(connection, b"".join(streams["binder"]), pieces)
    connection.encode(deque([Subscription(True, b"A")]), MANY)
    answer += output_of(connection)
    assert split_frames(answer, masked=True) == split_frames(streams["connecter"][1], masked=True)[:2]
    assert received == [(b"A1", b"x")]


# -- two of ours ------------------------------------------------------------------------------------------


def talk(client, server):
    """Pass bytes until both are silent; returns what each received."""
    inboxes = deque(), deque()
    for _ in range(20):
        to_server, to_client = output_of(client), output_of(server)
        if not to_server and not to_client:
            break
        feed_raw(server, to_server, inboxes[1])
        feed_raw(client, to_client, inboxes[0])
    return list(inboxes[0]), list(inboxes[1])


def feed_raw(connection, data, inbox):
    if data:
        connection.receive(data, 0.0)
        while connection.is_ready and connection.decode(inbox, MANY, 0.0):
            pass


def pair(client_type="DEALER", server_type="DEALER", **options):
    client = ZwsConnection(ConnectionConfig(client_type, **options), 0.0, ZwsPlace("h", "/"))
    server = ZwsConnection(ConnectionConfig(server_type, **options), 0.0)
    talk(client, server)
    assert client.is_ready and server.is_ready
    return client, server


SHAPES = [
    [b"x"],
    [b""],
    [b"same size"] * 100,
    [b"a" * 124, b"a" * 125, b"a" * 126, b"a" * 65533, b"a" * 65534, b"a" * 65535, b"a" * 70_000],
    [b"y" * 1000] * 300,
    [(b"a", b"", b"c")] * 50,
    [b"1", (b"2", b"3" * 9000), b"4" * 300_000, b"5"],
    [bytes([n % 256]) * (n % 300) for n in range(1000)],
    [b"q" * n for n in (5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6, 5, 5, 5, 5, 5, 5, 5, 5, 5)],
]


@pytest.mark.parametrize("is_fast", [True, False])
@pytest.mark.parametrize("messages", SHAPES, ids=range(len(SHAPES)))
@pytest.mark.parametrize("sender", ["client", "server"])
def test_messages_of_all_shapes(sender, messages, is_fast, monkeypatch):
    if not is_fast:
        for module in ("zws_framing", "zws_decoder"):
            monkeypatch.setattr(f"purezmq.zmtp.{module}.mask", masking.mask_slowly)
    client, server = pair()
    one, other = (client, server) if sender == "client" else (server, client)
    outbox, inbox = deque(messages), deque()
    while outbox:
        one.encode(outbox, 128 << 10)
        data = output_of(one)
        for place in range(0, len(data), 50_000):
            feed_raw(other, data[place : place + 50_000], inbox)
    assert list(inbox) == messages
    assert other.messages_in == one.messages_out == len(messages)
    assert other.bytes_in == one.bytes_out


@pytest.mark.parametrize("sender", ["client", "server"])
def test_large_bodies_go_straight_to_their_place(sender):
    client, server = pair()
    one, other = (client, server) if sender == "client" else (server, client)
    message = random.randbytes(300_000)
    one.encode(deque([message, b"next"]), MANY)
    data = memoryview(output_of(one))
    feed_raw(other, bytes(data[:1000]), deque())
    place = 1000
    while (space := other.body_buffer()) is not None:
        size = min(len(space), 70_000)
        space[:size] = data[place : place + size]
        other.body_received(size, 0.0)
        place += size
    inbox = deque()
    feed_raw(other, bytes(data[place:]), inbox)
    assert list(inbox) == [message, b"next"]


@pytest.mark.parametrize("sender", ["client", "server"])
def test_the_short_way_for_one_small_message(sender):
    client, server = pair()
    one, other = (client, server) if sender == "client" else (server, client)
    assert other.decode(deque(), 10, 0.0) == 0
    wire = one.encode_alone(deque([b"hello"]))
    assert other.receive_alone(wire) == b"hello"
    wire = one.encode_alone(deque([(b"", b"two")]))
    assert other.receive_alone(wire) is None
    inbox = deque()
    feed_raw(other, wire, inbox)
    assert list(inbox) == [(b"", b"two")]
    assert other.messages_in == 2


def test_decode_stops_when_there_is_no_room():
    client, server = pair()
    client.encode(deque([b"x" * 10] * 50 + [b"end"]), MANY)
    server.receive(output_of(client), 0.0)
    inbox = deque()
    for room, expected in ((3, 3), (0, 0), (20, 20), (27, 27)):
        assert server.decode(inbox, room, 0.0) == expected
        assert server.has_undecoded
    assert server.decode(inbox, 10, 0.0) == 1
    assert not server.has_undecoded
    assert inbox[-1] == b"end"


@pytest.mark.parametrize("sender", ["client", "server"])
def test_curve(sender):
    pytest.importorskip("nacl")
    from purezmq.base import z85
    from purezmq.curve_keys import curve_keypair
    from purezmq.zmtp.curve import CurveKeys

    public, secret = (z85.decode(key) for key in curve_keypair())
    client_public, client_secret = (z85.decode(key) for key in curve_keypair())
    client = ZwsConnection(
        ConnectionConfig(
            "DEALER", mechanism="CURVE", curve_keys=CurveKeys(client_secret, client_public, public)
        ),
        0.0,
        ZwsPlace("h", "/"),
    )
    server = ZwsConnection(
        ConnectionConfig(
            "DEALER", mechanism="CURVE", as_server=True, curve_keys=CurveKeys(secret), zap_enforce_domain=True
        ),
        0.0,
    )
    talk(client, server)
    assert client.is_ready and server.is_ready
    one, other = (client, server) if sender == "client" else (server, client)
    messages = [b"x", (b"a", b"b"), b"z" * 100_000, b"", b"last"]
    outbox, inbox = deque(messages), deque()
    while outbox:
        one.encode(outbox, 10_000)
        for piece in at_random(output_of(one)):
            feed_raw(other, piece, inbox)
    assert list(inbox) == messages
    assert b"z" * 20 not in output_of(one)


# -- control frames -----------------------------------------------------------------------------------------


KEY = b"\x01\x02\x03\x04"


def ready_server(socket_type="PULL", **options):
    """A server that has shaken hands with a hand-made client."""
    connection = ZwsConnection(ConnectionConfig(socket_type, **options), 0.0)
    connection.receive(request("ZWS2.0/NULL"), 0.0)
    connection.receive(frame(b"\x02\x05READY\x0bSocket-Type\0\0\0\x04PUSH", key=KEY), 0.0)
    assert connection.is_ready
    output_of(connection)
    return connection


def request(protocols, *more, path="/"):
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: here",
        "Upgrade: websocket",
        "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec-WebSocket-Version: 13",
        *([f"Sec-WebSocket-Protocol: {protocols}"] if protocols else []),
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_ping_is_answered_with_its_payload():
    connection = ready_server()
    connection.receive(frame(b"hi", 0x89, KEY), 0.0)
    connection.decode(deque(), 10, 0.0)
    assert split_frames(output_of(connection), masked=False) == [(0x8A, b"hi")]


def test_heartbeats_are_pings():
    connection = ready_server(heartbeat_ivl_ms=100, heartbeat_timeout_ms=300)
    assert connection.deadline() == pytest.approx(0.1)
    connection.deadline_reached(0.1)
    assert split_frames(output_of(connection), masked=False) == [(0x89, b"")]
    connection.receive(frame(b"", 0x8A, KEY), 0.2)
    connection.deadline_reached(0.5)
    output_of(connection)
    assert connection.failure is None
    connection.deadline_reached(0.9)
    assert connection.failure.counter == "heartbeat_timeout"


@pytest.mark.parametrize("code", [1000, 1001])
def test_a_close_is_echoed_and_no_failure(code):
    connection = ready_server()
    inbox = deque()
    feed_raw(
        connection, frame(b"\0last", key=KEY) + frame(code.to_bytes(2, "big"), 0x88, KEY) + b"more", inbox
    )
    assert list(inbox) == [b"last"]
    assert split_frames(output_of(connection), masked=False) == [(0x88, code.to_bytes(2, "big"))]
    assert connection.is_closed
    assert connection.failure.counter == ""  # which makes it no fault
    assert connection.last_words() == b""


def test_a_close_waits_until_what_came_before_is_delivered():
    connection = ready_server()
    inbox = deque()
    connection.receive(
        frame(b"\0one", key=KEY) + frame(b"\0two", key=KEY) + frame(b"\x03\xe8", 0x88, KEY), 0.0
    )
    assert connection.decode(inbox, 1, 0.0) == 1
    assert not connection.is_closed
    assert connection.decode(inbox, 1, 0.0) == 1
    connection.decode(inbox, 1, 0.0)
    assert connection.is_closed
    assert list(inbox) == [b"one", b"two"]


def test_a_close_with_a_complaint_tells_it():
    connection = ready_server()
    feed_raw(connection, frame((1008).to_bytes(2, "big") + b"go away", 0x88, KEY), deque())
    assert connection.failure.counter == "ws_closed"
    assert "1008 go away" in connection.failure.reason


def test_we_close_with_1000():
    assert split_frames(ready_server().last_words(), masked=False) == [(0x88, b"\x03\xe8")]


# -- fragments ----------------------------------------------------------------------------------------------


@three_ways
def test_fragments_are_put_together(pieces):
    connection = ready_server()
    data = b"".join(
        [
            frame(b"\0be", 0x02, KEY),
            frame(b"ping", 0x89, KEY),
            frame(b"", 0x00, KEY),
            frame(b"gin", 0x00, KEY),
            frame(b"ning", 0x80, KEY),
            frame(b"", 0x02, KEY),
            frame(b"\x01pa", 0x00, KEY),
            frame(b"rt", 0x80, KEY),
            frame(b"\0end", key=KEY),
        ]
    )
    answer, received = feed(connection, data, pieces)
    assert received == [b"beginning", (b"part", b"end")]
    assert split_frames(answer, masked=False) == [(0x8A, b"ping")]


def test_large_fragments():
    connection = ready_server()
    body = random.randbytes(400_000)
    data = frame(b"\0" + body[:200_000], 0x02, KEY) + frame(body[200_000:], 0x80, KEY)
    _, received = feed(
        connection, data, lambda data: [data[n : n + 60_000] for n in range(0, len(data), 60_000)]
    )
    assert received == [body]


# -- what peers do wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (frame(b"\0x"), "without a mask"),
        (frame(b"", key=KEY), "without the byte for flags"),
        (frame(b"\0x", 0x81, KEY), "a text message"),
        (frame(b"\0x", 0x80, KEY), "0x80"),
        (frame(b"\0x", 0x02, KEY) + frame(b"\0x", 0x82, KEY), "0x82"),
        (frame(b"\0x", 0x02, KEY) + frame(b"\0x", 0x02, KEY), "0x02"),
        (frame(b"", 0x02, KEY) + frame(b"", 0x80, KEY), "without the byte for flags"),
        (frame(b"\0x", 0xC2, KEY), "0xc2"),
        (frame(b"\0x", 0x83, KEY), "0x83"),
        (frame(b"x" * 126, 0x89, KEY), "control frame of 126"),
        (b"\x82\xff" + b"\xff" * 8, "claims a length"),
    ],
)
def test_bad_frames_end_the_connection(data, reason):
    connection = ready_server()
    feed_raw(connection, data, deque())
    assert connection.failure is not None
    assert reason in connection.failure.reason
    assert connection.failure.counter == "bad_frame"


def test_a_server_must_not_mask():
    client, server = pair()
    feed_raw(client, frame(b"\0x", key=KEY), deque())
    assert "masked" in client.failure.reason


@pytest.mark.parametrize(
    "data",
    [
        frame(b"\0" + bytes(41), key=KEY),
        frame(b"\0" + bytes(100_000), key=KEY)[:20],
        frame(b"\0" + bytes(21), 0x02, KEY) + frame(bytes(21), 0x80, KEY),
    ],
)
def test_maxmsgsize(data):
    connection = ready_server(max_msg_size=40)
    inbox = deque()
    feed_raw(connection, frame(b"\0" + bytes(40), key=KEY), inbox)
    assert list(inbox) == [bytes(40)]
    feed_raw(connection, data, inbox)
    assert connection.failure.counter == "max_msg_size"


@pytest.mark.parametrize(
    ("said", "reason", "is_answered"),
    [
        (b"\xff\0\0\0\0\0\0\0\x01\x7f", "no HTTP", False),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", "opens no WebSocket", True),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "opens no WebSocket", True),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", "opens no WebSocket", True),
        (request(""), "subprotocol none", True),
        (request("chat, mqtt"), "subprotocol chat, mqtt", True),
        (request("ZWS2.0/PLAIN"), "subprotocol ZWS2.0/PLAIN", True),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000, "more than 16384", False),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", "more than 16384", False),
        (request("ZWS2.0").replace(b"Host: here", b"Host: \xff\xfe"), "opens no WebSocket", False),
    ],
)
def test_requests_that_open_nothing(said, reason, is_answered):
    connection = ZwsConnection(ConnectionConfig("PULL"), 0.0)
    answer, _ = feed(connection, said, whole)
    assert reason in connection.failure.reason
    assert connection.failure.event == "HANDSHAKE_FAILED_PROTOCOL"
    assert connection.failure.counter == "ws_upgrade"
    if is_answered:
        assert re.match(rb"HTTP/1.1 4\d\d ", answer)
        assert answer.endswith(b"\n")


@pytest.mark.parametrize(
    ("said", "reason", "retry"),
    [
        (b"SSH-2.0", "no HTTP", False),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status 404", True),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "opens no",
            False,
        ),
    ],
)
def test_answers_that_open_nothing(said, reason, retry):
    connection = ZwsConnection(ConnectionConfig("PUSH"), 0.0, ZwsPlace("h", "/"))
    output_of(connection)
    feed(connection, said, whole)
    assert reason in connection.failure.reason
    assert connection.failure.retry is retry


@pytest.mark.parametrize("status", [200, 300, 400, 500])
def test_without_a_mechanism_zap_is_asked_all_the_same(status):
    connection = ZwsConnection(ConnectionConfig("ROUTER", b"me", zap_domain=b"x"), 0.0)
    answer, _ = feed(
        connection, request("ZWS2.0") + frame(b"\0id", key=KEY) + frame(b"\0early", key=KEY), whole
    )
    assert answer.endswith(b"\r\n\r\n")  # not a word after the upgrade
    assert connection.zap_request == (b"NULL",)
    connection.zap_answered(status, 0.0, b"joe")
    if status == 200:
        inbox = deque()
        assert connection.decode(inbox, 10, 0.0) == 1
        assert list(inbox) == [b"early"]
        assert connection.peer_routing_id == b"id"
        assert connection.properties == {"User-Id": b"joe"}
        assert split_frames(output_of(connection), masked=False) == [(0x82, b"\0me")]
    else:
        assert connection.failure.counter == "zap_refused"
        assert output_of(connection) == b""


@pytest.mark.parametrize(
    ("origin", "is_let_in"), [("https://shop.example", True), ("https://evil.example", False), (None, True)]
)
def test_origins(origin, is_let_in):
    connection = ZwsConnection(ConnectionConfig("PULL"), 0.0, origins=frozenset({"https://shop.example"}))
    more = [] if origin is None else [f"Origin: {origin}"]
    answer, _ = feed(connection, request("ZWS2.0", *more), whole)
    assert answer.startswith(b"HTTP/1.1 101 " if is_let_in else b"HTTP/1.1 403 ")
    assert is_let_in or "which is not in ws_origins" in connection.failure.reason


def test_the_request_is_known():
    connection = ZwsConnection(ConnectionConfig("PULL"), 0.0)
    feed(connection, request("ZWS2.0", "Origin: https://shop.example", path="/feed?x=1"), whole)
    assert connection.transport_properties == {
        "WS-Path": b"/feed?x=1",
        "WS-Origin": b"https://shop.example",
    }


# -- masks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [masking.mask, masking.mask_slowly])
@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 699, 700, 701, 702, 703, 704, 5000])
def test_masks(mask, size):
    data, key = random.randbytes(size), random.randbytes(4)
    masked = mask(data, key)
    assert type(masked) is bytes
    assert masked == slow_mask(data, key)
    assert mask(memoryview(masked), key) == data


def test_keys_do_not_repeat():
    encoder = MaskingEncoder()
    frames = [encoder.last_frame(b"")[2:6] for _ in range(3000)]
    assert len(set(frames)) > 2990


def test_garbage_never_raises():
    seed = random.getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(300):
        decoder = ZwsDecoder(-1, is_masked=rng.random() < 0.5)
        good = b"".join(
            bytes(encoder)
            for encoder in (ZwsEncoder().last_frame(b"x" * 20), MaskingEncoder().last_frame(b"y" * 9))
        )
        data = bytearray(good * 20)
        for _ in range(rng.randint(0, 5)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        inbox = deque()
        for piece in at_random(bytes(data)):
            decoder.feed(piece)
            while decoder.failure is None and decoder.decode(inbox, 7):
                decoder.command = None
            decoder.command = None
            if decoder.failure is not None:
                break
