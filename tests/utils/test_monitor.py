"""Monitor messages: two frames in, a dictionary out."""

from __future__ import annotations

import asyncio
import struct

import pytest

from purezmq.constants import Event
from purezmq.utils.monitor import parse_monitor_message, recv_monitor_message

ENDPOINT = b"tcp://127.0.0.1:5555"


def monitor_message(event: int, value: int) -> list[bytes]:
    return [struct.pack("=Hi", event, value), ENDPOINT]


@pytest.mark.parametrize("event", [Event.CONNECTED, Event.MONITOR_STOPPED, Event.HANDSHAKE_FAILED_AUTH])
def test_an_event_is_parsed(event):
    parsed = parse_monitor_message(monitor_message(event, 12))
    assert parsed == {"event": event, "value": 12, "endpoint": ENDPOINT}
    assert parsed["event"] is event


@pytest.mark.parametrize("value", [0, 7, 111, 2**31 - 1, Event.PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO])
def test_any_value_equals_the_integer_that_was_sent(value):
    parsed = parse_monitor_message(monitor_message(Event.HANDSHAKE_FAILED_PROTOCOL, value))
    assert parsed["value"] == value
    assert isinstance(parsed["value"], Event)
    repr(parsed)


@pytest.mark.parametrize("value", [-1, -5, -(2**31)])
def test_a_negative_value_does_not_raise(value):
    repr(parse_monitor_message(monitor_message(Event.CLOSED, value)))


@pytest.mark.parametrize("message", [[], [b"123456"], [b"12345", ENDPOINT], [b"123456", ENDPOINT, b""]])
def test_what_is_no_monitor_message_is_refused(message):
    with pytest.raises(RuntimeError, match="not a monitor message"):
        parse_monitor_message(message)


def test_recv_passes_flags_on_and_parses():
    class Socket:
        def recv_multipart(self, flags=0):
            assert flags == 1
            return monitor_message(Event.LISTENING, 5)

    assert recv_monitor_message(Socket(), 1)["event"] is Event.LISTENING


def test_recv_from_an_asyncio_socket_can_be_awaited():
    class Socket:
        def recv_multipart(self, flags=0):
            future = asyncio.get_running_loop().create_future()
            future.set_result(monitor_message(Event.ACCEPTED, 5))
            return future

    async def receive():
        return await asyncio.wait_for(recv_monitor_message(Socket()), 10)

    assert asyncio.run(receive()) == {"event": Event.ACCEPTED, "value": 5, "endpoint": ENDPOINT}


# Version 2


def version_2(event: int, *values: int, local: bytes = b"", remote: bytes = b"") -> list[bytes]:
    return [struct.pack("=Q", number) for number in (event, len(values), *values)] + [local, remote]


def test_an_event_of_version_2_is_parsed():
    parsed = parse_monitor_message(version_2(Event.ACCEPTED, 12, local=ENDPOINT, remote=b"tcp://10.0.0.1:9"))
    assert parsed == {
        "event": Event.ACCEPTED,
        "value": 12,
        "endpoint": b"tcp://10.0.0.1:9",
        "values": [12],
        "local": ENDPOINT,
        "remote": b"tcp://10.0.0.1:9",
    }


def test_version_2_may_have_several_values():
    assert parse_monitor_message(version_2(Event.PIPES_STATS, 3, 4))["values"] == [3, 4]


@pytest.mark.parametrize(
    "message",
    [
        version_2(Event.ACCEPTED),
        version_2(Event.ACCEPTED, 1)[:-1],
        [*version_2(Event.PIPES_STATS, 3, 4)[:3], b"", b""],
        [b"short", *version_2(Event.ACCEPTED, 1)[1:]],
    ],
)
def test_what_is_no_message_of_version_2_is_refused(message):
    with pytest.raises(RuntimeError, match="not a monitor message"):
        parse_monitor_message(message)
