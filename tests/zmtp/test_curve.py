"""CURVE: every check of the handshake and of the traffic, and that nothing in clear text gets past them."""

from __future__ import annotations

import random
from collections import deque

import pytest

from purezmq.base.message import PipeItem, Subscription, TrackedMessage
from purezmq.zmtp.connection import Connection, ConnectionConfig
from purezmq.zmtp.curve import CurveKeys

from .helpers import NOW, PLENTY, SPLITS, exchange, feed, send, take_output

nacl = pytest.importorskip("nacl.bindings")

SERVER = CurveKeys(bytes(range(32)))
CLIENT = CurveKeys(bytes(range(1, 33)), server=SERVER.public)


def client(socket_type: str = "DEALER", keys: CurveKeys = CLIENT, **options: object) -> Connection:
    return Connection(ConnectionConfig(socket_type, mechanism="CURVE", curve_keys=keys, **options), NOW)  # type: ignore[arg-type]


def server(socket_type: str = "DEALER", **options: object) -> Connection:
    options = {"zap_domain": b"", "zap_enforce_domain": True, **options}  # asks nobody
    config = ConnectionConfig(socket_type, mechanism="CURVE", as_server=True, curve_keys=SERVER, **options)  # type: ignore[arg-type]
    return Connection(config, NOW)


def joined(
    type_a: str = "DEALER", type_b: str = "DEALER", **options: object
) -> tuple[Connection, Connection]:
    a, b = client(type_a), server(type_b, **options)
    exchange(a, b)
    assert a.is_ready and b.is_ready, (a.failure, b.failure)
    return a, b


def frames(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while data:
        if data[0] & 2:
            end = 9 + int.from_bytes(data[1:9], "big")
            found.append((data[0], data[9:end]))
        else:
            end = 2 + data[1]
            found.append((data[0], data[2:end]))
        data = data[end:]
    return found


def frame(flags: int, body: bytes) -> bytes:
    if len(body) < 256:
        return bytes((flags & ~2, len(body))) + body
    return bytes((flags | 2,)) + len(body).to_bytes(8, "big") + body


MESSAGES: list[PipeItem] = [
    b"",
    b"x",
    (b"a", b"", b"b" * 300),
    b"y" * 9000,
    (b"z" * 70_000, memoryview(b"w" * 10)),
    b"v" * 200_000,
    *(b"%d" % number for number in range(50)),
]
AS_RECEIVED = [bytes(m) if isinstance(m, bytes) else tuple(bytes(p) for p in m) for m in MESSAGES]  # type: ignore[union-attr]


@pytest.mark.parametrize("split", [name for name in SPLITS if name != "bytes"])
def test_messages_arrive_whole_and_in_order(split):
    a, b = joined()
    assert feed(b, send(a, *MESSAGES), SPLITS[split]) == AS_RECEIVED
    assert feed(a, send(b, *MESSAGES), SPLITS[split]) == AS_RECEIVED
    sizes = sum(sum(map(len, m)) if isinstance(m, tuple) else len(m) for m in AS_RECEIVED)
    assert a.messages_out == b.messages_in == len(MESSAGES)
    assert a.bytes_out == b.bytes_in == sizes


def test_nothing_is_in_clear_text_and_every_frame_is_a_plain_message_frame():
    a, b = joined()
    for flags, body in frames(send(a, b"secret", (b"secret", b"secret"))):
        assert flags in (0, 2) and body.startswith(b"\x07MESSAGE") and b"secret" not in body


@pytest.mark.parametrize("room", [1, 2, 7])
def test_room_is_respected_and_nothing_is_lost(room):
    a, b = joined()
    b.receive(send(a, *MESSAGES), NOW)
    found: list[PipeItem] = []
    for _ in range(2 * len(MESSAGES)):
        inbox: deque[PipeItem] = deque()
        count = b.decode(inbox, room, NOW)
        assert count == len(inbox) <= room
        found += inbox
        while (body := b.body_buffer()) is not None:
            raise AssertionError(f"{len(body)} bytes of a body are missing")
        if not b.has_undecoded:
            break
    assert found == AS_RECEIVED


def test_one_message_alone_and_what_the_kernel_did_not_take():
    a, b = joined()
    data = a.encode_alone(deque([b"hello"]))
    assert data is not None
    a.put_back(data[10:])
    assert feed(b, data[:10] + take_output(a)) == [b"hello"]
    assert a.encode_alone(deque([b"x" * 100_000])) is None
    assert feed(b, a.encode_alone(deque([(b"", b"reply")])) or b"") == [(b"", b"reply")]


@pytest.mark.parametrize("room", [1, 3, 1 << 30])
def test_commands_among_messages_keep_their_places(room):
    a, b = joined("XSUB", "XPUB")
    items: list[PipeItem] = []
    for number in range(40):
        items += [b"\x02%d" % number] * (number % 12)
        items.append(Subscription(True, b"%d" % number))
        items.append((b"\x02a", b"%d" % number))
    b.receive(send(a, *items), NOW)
    found: list[PipeItem] = []
    for _ in range(2 * len(items)):
        inbox: deque[PipeItem] = deque()
        assert b.decode(inbox, room, NOW) == len(inbox) <= room
        found += inbox
        if not b.has_undecoded:
            break
    assert [i.topic if isinstance(i, Subscription) else i for i in found] == [
        i.topic if isinstance(i, Subscription) else i for i in items
    ]


def test_messages_of_many_parts_among_others():
    a, b = joined()
    messages: list[PipeItem] = [(b"x",) * (1 + number % 5) for number in range(1, 2000) if number % 5]
    assert feed(b, send(a, *messages)) == messages
    assert a.bytes_out == b.bytes_in == sum(map(len, messages))


def test_a_large_message_is_written_before_the_next_one_is_encrypted():
    a, b = joined()
    messages = [bytes((number,)) * 50_000 for number in range(3)]
    outbox = deque(messages)
    for number in range(3):
        a.encode(outbox, PLENTY)
        assert len(outbox) == 2 - number
        assert feed(b, take_output(a)) == [messages[number]]


def test_trackers_are_told_when_the_bytes_have_left():
    a, b = joined()
    told: list[int] = []
    tracked = TrackedMessage((b"part", b"x" * 20_000), lambda: told.append(1))
    a.encode(deque([b"before", tracked, b"behind"]), PLENTY)
    assert a.unsent_messages() == 3 and not told
    assert feed(b, take_output(a))[1] == (b"part", b"x" * 20_000)
    assert told == [1] and a.unsent_messages() == 0


@pytest.mark.parametrize("subscribe", [True, False])
def test_subscriptions_are_commands_inside(subscribe):
    a, b = joined("SUB", "PUB")
    (got,) = feed(b, send(a, Subscription(subscribe, b"topic")))
    assert isinstance(got, Subscription) and (got.subscribe, got.topic) == (subscribe, b"topic")


def test_pings_are_answered_encrypted():
    a, b = client(heartbeat_ivl_ms=100), server()
    exchange(a, b)
    deadline = a.deadline()
    assert deadline is not None
    a.deadline_reached(deadline)
    (ping,) = frames(take_output(a))
    assert b"PING" not in ping[1]
    feed(b, frame(*ping))
    (pong,) = frames(take_output(b))
    assert b"PONG" not in pong[1] and pong[0] == 0


# What must not get in.


@pytest.mark.parametrize(
    ("spoil", "value"),
    [
        (lambda f: (f[0], b"hello"), 0x10000001),
        (lambda f: (f[0], b""), 0x10000001),
        (lambda f: (4, b"\x09SUBSCRIBE"), 0x10000001),
        (lambda f: (4, b"\x04PING\0\0"), 0x10000001),
        (lambda f: (f[0], f[1][:32]), 0x10000012),
        (lambda f: (f[0], f[1][:-1] + bytes((f[1][-1] ^ 1,))), 0x11000001),
        (lambda f: (f[0], f[1][:20] + bytes((f[1][20] ^ 128,)) + f[1][21:]), 0x11000001),
        (lambda f: (f[0], f[1][:15] + bytes((f[1][15] + 1,)) + f[1][16:]), 0x11000001),
        (lambda f: (f[0], f[1] + b"\0"), 0x11000001),
        (lambda f: (f[0], f[1][:8] + bytes(8) + f[1][16:]), 0x10000002),
    ],
)
@pytest.mark.parametrize("split", SPLITS)
def test_spoiled_frames_end_the_connection(spoil, value, split):
    a, b = joined("XSUB", "XPUB")
    first = send(a, b"\x00good")
    (second,) = frames(send(a, b"\x00evil"))
    found = feed(b, first + frame(*spoil(second)) + send(a, b"\x00late"), SPLITS[split])
    assert [m for m in found if b"evil" in bytes(m) or b"late" in bytes(m)] == []
    assert len(found) == 1
    assert b.failure is not None and b.failure.value == value and b.is_closed


def test_frames_cannot_be_repeated_or_swapped():
    a, b = joined()
    one, two = send(a, b"one"), send(a, b"two")
    assert feed(b, two) == [b"two"]
    assert feed(b, one) == []
    assert b.failure is not None and b.failure.value == 0x10000002
    a, b = joined()
    one = send(a, b"one")
    assert feed(b, one + one) == [b"one"]
    assert b.is_closed


def test_frames_of_the_other_direction_are_refused():
    a, b = joined()
    assert feed(a, send(a, b"mirror")) == []
    assert a.failure is not None and a.failure.value in (0x11000001, 0x10000002)


def test_a_command_that_is_too_long_ends_the_connection():
    a, b = joined("SUB", "PUB")
    feed(b, send(a, Subscription(True, b"x" * (1 << 20))))
    assert b.is_closed


def test_max_msg_size_counts_the_encrypted_frame():
    a, b = joined(max_msg_size=400)
    assert feed(b, send(a, b"x" * 367)) == [b"x" * 367]
    assert feed(b, send(a, b"x" * 368)) == []
    assert b.failure is not None and b.failure.counter == "max_msg_size"


@pytest.mark.parametrize("seed", range(20))
def test_one_flipped_bit_anywhere_in_the_handshake_keeps_the_peer_out(seed):
    """Or changes nothing: the padding of HELLO and the greeting's filler are not looked at."""
    rng = random.Random(seed)
    for _ in range(10):
        a, b = client(), server()
        to_b, to_a = take_output(a), take_output(b)
        place = rng.randrange(1200)
        for _ in range(10):
            if place is not None and len(to_b) > place >= 0:
                to_b = to_b[:place] + bytes((to_b[place] ^ (1 << rng.randrange(8)),)) + to_b[place + 1 :]
            place -= len(to_b)
            feed(b, to_b)
            feed(a, to_a)
            to_b, to_a = take_output(a), take_output(b)
        if a.is_ready and b.is_ready:
            assert feed(b, send(a, b"fine")) == [b"fine"]
        else:
            assert not b.is_ready or not a.is_ready


def handshake_commands() -> tuple[Connection, Connection, bytes]:
    """A server after WELCOME, its client, and the client's INITIATE body."""
    a, b = client(), server()
    for _ in range(10):
        to_b = take_output(a)
        if b"\x08INITIATE" in to_b:
            return a, b, frames(to_b)[0][1]
        feed(b, to_b)
        feed(a, take_output(b))
    raise AssertionError("no INITIATE")


def test_a_recorded_initiate_is_worth_nothing_to_another_connection():
    _, _, body = handshake_commands()
    _, other, _ = handshake_commands()
    feed(other, frame(4, body))
    assert other.failure is not None and other.failure.value == 0x11000001


@pytest.mark.parametrize("size", [0, 9, 105, 113, 256])
def test_a_short_initiate_is_malformed(size):
    _, b, body = handshake_commands()
    feed(b, frame(4, (b"\x08INITIATE" + body[9:])[: max(size, 9)]))
    assert b.failure is not None and b.failure.value == 0x10000014


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31), bytes([0xED]) + b"\xff" * 30 + b"\x7f"])
def test_public_keys_of_small_order_are_refused_and_raise_nothing(key):
    b = server()
    a = client()
    greeting = take_output(a)
    feed(b, greeting)
    feed(a, take_output(b))
    feed(b, take_output(a))
    feed(a, take_output(b))
    data = take_output(a)
    (hello,) = [body for _, body in frames(data[data.index(b"\x04\xc8") :])]
    b = server()
    feed(b, b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"CURVE".ljust(20, b"\0") + bytes(32))
    feed(b, frame(4, hello[:80] + key + hello[112:]))
    assert b.failure is not None and b.failure.value == 0x11000001


def test_a_server_key_of_small_order_raises_nothing():
    a = client(keys=CurveKeys(bytes(range(1, 33)), server=b"\x01" + bytes(31)))
    feed(a, b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"CURVE".ljust(20, b"\0") + bytes(32))
    assert a.is_closed


def test_two_clients_are_told_what_is_wrong():
    a, b = client(), client()
    exchange(a, b)
    assert "CURVE_SERVER" in (a.failure or b.failure).reason  # type: ignore[union-attr]


def test_two_servers_that_say_so_do_not_wait_for_each_other():
    a, b = server(), server()
    exchange(a, b)
    assert "CURVE_SERVER" in (a.failure or b.failure).reason  # type: ignore[union-attr]


def test_the_handler_is_asked_about_the_key_that_vouched():
    a, b = client(), server(zap_enforce_domain=False)
    exchange(a, b)
    assert b.zap_request == (b"CURVE", CLIENT.public) and not a.is_ready
    b.zap_answered(200, NOW, b"joe")
    exchange(a, b)
    assert a.is_ready and b.is_ready and b.properties["User-Id"] == b"joe"


def test_without_a_verdict_there_is_no_way_in():
    a, b = client(), server(zap_enforce_domain=False)
    exchange(a, b)
    feed(b, frame(0, b"early"))
    assert not b.is_ready
    b.zap_answered(400, NOW)
    exchange(a, b)
    assert b.is_closed and a.failure is not None and a.failure.value == 400


def test_every_connection_has_keys_of_its_own():
    seen = set()
    for _ in range(3):
        _, _, body = handshake_commands()
        seen.add(body[9:41])
    assert len(seen) == 3


def test_keys_must_fit():
    with pytest.raises(ValueError, match="does not belong"):
        CurveKeys(bytes(range(32)), CLIENT.public)
    assert CurveKeys(bytes(range(32)), SERVER.public).public == SERVER.public


def test_no_secret_in_any_repr():
    a, b, _ = handshake_commands()
    for thing in (SERVER, CLIENT, a, b, a.config, b._mechanism):
        assert SERVER.secret.hex() not in repr(thing) and repr(SERVER.secret)[2:-1] not in repr(thing)
