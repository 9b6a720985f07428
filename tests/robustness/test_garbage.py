"""Bytes that are no ZMTP, or stop being it: that connection ends, the others never notice."""

from __future__ import annotations

import pytest

from .raw_peer import (
    COMMAND,
    GREETING,
    LONG,
    MORE,
    RawPeer,
    command,
    frame,
    handshake,
    header,
    metadata,
    ready,
)

PARTNER = {
    "ROUTER": b"DEALER",
    "REP": b"REQ",
    "DEALER": b"DEALER",
    "PULL": b"PUSH",
    "SUB": b"PUB",
    "XSUB": b"PUB",
    "XPUB": b"SUB",
    "PUB": b"SUB",
    "PUSH": b"PULL",
}


def test_random_bytes_from_the_start(server, kind, rng):
    for _ in range(15):
        with RawPeer(server.endpoints[kind]) as peer:
            peer.try_send(rng.randbytes(rng.randint(1, 3000)))


def test_random_bytes_after_the_signature(server, kind, rng):
    for _ in range(15):
        with RawPeer(server.endpoints[kind]) as peer:
            peer.try_send(GREETING[: rng.randint(10, 12)] + rng.randbytes(rng.randint(1, 3000)))


def test_random_bytes_after_the_greeting(server, kind, rng):
    for _ in range(15):
        with RawPeer(server.endpoints[kind]) as peer:
            peer.try_send(GREETING + rng.randbytes(rng.randint(1, 3000)))


def test_random_bytes_after_the_handshake(server, kind, rng):
    for _ in range(15):
        with RawPeer(server.endpoints[kind]) as peer:
            peer.shake_hands(PARTNER[kind])
            peer.try_send(rng.randbytes(rng.randint(1, 3000)))


def test_one_flipped_bit_in_the_handshake(server, kind, rng):
    good = handshake(PARTNER[kind])
    for _ in range(40):
        data = bytearray(good)
        position = rng.randrange(len(data) * 8)
        data[position // 8] ^= 1 << position % 8
        with RawPeer(server.endpoints[kind]) as peer:
            peer.try_send(bytes(data))


FOREIGN = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d",
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(range(256)) * 2,
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SMTP": b"EHLO localhost\r\nMAIL FROM:<a@b>\r\n",
    "Redis": b"*1\r\n$4\r\nPING\r\n",
    "AMQP": b"AMQP\0\0\x09\x01",
    "Postgres": bytes.fromhex("0000000804d2162f"),
    "zeros": bytes(5000),
    "ones": b"\xff" * 5000,
    "newlines": b"\n" * 5000,
}


@pytest.mark.parametrize("protocol", FOREIGN)
def test_another_protocol(server, kind, protocol):
    with RawPeer(server.endpoints[kind]) as peer:
        peer.try_send(FOREIGN[protocol])


BAD_GREETINGS = {
    "another mechanism": GREETING[:12] + b"CURVE".ljust(20, b"\0") + bytes(32),
    "an unknown mechanism": GREETING[:12] + b"NOSUCH".ljust(20, b"\0") + bytes(32),
    "a mechanism that fills the field": GREETING[:12] + b"X" * 20 + bytes(32),
    "version 2 of the wire": GREETING[:10] + b"\x01" + b"\x05" + frame(b"id") + frame(b"body"),
    "version 1 of the wire": b"\x01\0" + b"\x03\0hi" * 3,
    "version 1, frame of length zero": b"\x01\0\0\0\0",
    "version 1, large frames": b"\x01\0" + (b"\xff" + (9000).to_bytes(8, "big") + b"\0" + bytes(8999)) * 2,
    "version 0 in a versioned greeting": GREETING[:10] + b"\0\x05" + b"\x01\0" + b"\x03\0hi",
    "a future version": GREETING[:10] + b"\x09\x09" + GREETING[12:],
}


@pytest.mark.parametrize("greeting", BAD_GREETINGS.values(), ids=BAD_GREETINGS.keys())
def test_a_strange_greeting(server, kind, greeting):
    with RawPeer(server.endpoints[kind]) as peer:
        peer.try_send(greeting)


BAD_COMMANDS = {
    "no READY but a message": frame(b"hello"),
    "an empty command": frame(b"", COMMAND),
    "a name longer than the frame": frame(b"\xffREADY", COMMAND),
    "an unknown command": command(b"HELLO", b"x" * 200),
    "an unknown socket type": ready(b"NOSUCH"),
    "an empty socket type": ready(b""),
    "a wrong socket type": ready(b"STREAM"),
    "a socket type of a megabyte": ready(b"X" * (1 << 20)),
    "a property longer than the frame": command(b"READY", b"\x0bSocket-Type\0\0\xff\xffDEALER"),
    "a negative length": command(b"READY", b"\x0bSocket-Type\xff\xff\xff\xffDEALER"),
    "a cut property": command(b"READY", b"\x0bSocket-Ty"),
    "a byte too many": command(b"READY", metadata(b"Socket-Type", b"DEALER") + b"\0"),
    "ten thousand properties": command(b"READY", metadata(b"X-p", b"v") * 10_000),
    "an ERROR": command(b"ERROR", b"\x03400"),
    "a cut ERROR": command(b"ERROR", b"\xff400"),
    "a PING": command(b"PING", b"\0\x0a"),
    "an identity of 70000 bytes": command(
        b"READY", metadata(b"Socket-Type", b"DEALER") + metadata(b"Identity", bytes(70_000))
    ),
    "two READYs": ready(b"DEALER") * 2,
    "an endless READY": header(COMMAND, 1 << 62) + b"\x05READY",
}


@pytest.mark.parametrize("data", BAD_COMMANDS.values(), ids=BAD_COMMANDS.keys())
def test_a_bad_handshake_command(server, kind, data):
    with RawPeer(server.endpoints[kind]) as peer:
        peer.try_send(GREETING)
        peer.receive(64)
        peer.try_send(data)


TRAFFIC = {
    "a PING without ttl": command(b"PING"),
    "a PING with a long context": command(b"PING", b"\0\0" + b"c" * 1000),
    "a PONG nobody asked for": command(b"PONG", b"x"),
    "an unknown command": command(b"NOSUCH", b"x" * 300),
    "an empty command": frame(b"", COMMAND),
    "a malformed command": frame(b"\xffPING", COMMAND),
    "READY again": ready(b"DEALER"),
    "ERROR": command(b"ERROR", b"\x03400"),
    "SUBSCRIBE": command(b"SUBSCRIBE", b"topic"),
    "CANCEL of nothing": command(b"CANCEL", b"nothing"),
    "JOIN": command(b"JOIN", b"group"),
    "reserved flags": b"\xf8\x01x",
    "a command with MORE": frame(b"\x04PING\0\0", COMMAND | MORE),
    "a command inside a message": frame(b"a", MORE) + command(b"PING", b"\0\0") + frame(b"b"),
    "an unfinished message": frame(b"a", MORE) * 100,
    "a long frame that is short": header(0, 3) + b"abc",
    "empty messages": frame(b"") * 1000,
    "delimiters": frame(b"", MORE) * 1000 + frame(b""),
    "subscriptions to everything": frame(b"\x01") * 100,
    "bad subscriptions": frame(b"\x02topic") + frame(b"\x00never"),
}


@pytest.mark.parametrize("data", TRAFFIC.values(), ids=TRAFFIC.keys())
def test_strange_traffic_after_a_good_handshake(server, kind, data, still_serves):
    with RawPeer(server.endpoints[kind]) as peer:
        peer.shake_hands(PARTNER[kind])
        peer.try_send(data)
        still_serves(server, kind)


@pytest.mark.parametrize(
    "length", [1 << 31, 1 << 32, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1], ids=hex
)
@pytest.mark.parametrize("flags", [0, MORE, COMMAND], ids=["message", "part", "command"])
def test_a_frame_that_promises_an_absurd_length(server, kind, length, flags, still_serves):
    with RawPeer(server.endpoints[kind]) as peer:
        peer.shake_hands(PARTNER[kind])
        peer.try_send(header(flags, length) + b"only this")
        still_serves(server, kind)


@pytest.mark.parametrize("length", [0, 1, 1 << 31, 1 << 63, (1 << 64) - 1], ids=hex)
def test_an_old_frame_that_promises_an_absurd_length(server, kind, length):
    old_header = b"\xff" + header(0, length)[1:] + b"\0"
    with RawPeer(server.endpoints[kind]) as peer:
        peer.try_send(b"\x01\0" + old_header + b"only this")


def test_a_long_flag_without_a_length(server, kind, still_serves):
    with RawPeer(server.endpoints[kind]) as peer:
        peer.shake_hands(PARTNER[kind])
        peer.try_send(bytes([LONG]) + b"\0\0\0")
        still_serves(server, kind)
