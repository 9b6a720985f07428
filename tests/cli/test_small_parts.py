"""Pace, counters, the texts of events, and the tables of the doctor."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from time import monotonic

import pytest

from purezmq.cli.counters import amount, readable_size
from purezmq.cli.doctor.fitting import HARM, HARMLESS_GUEST, fits, fitting_types
from purezmq.cli.doctor.greeting import decode_greeting
from purezmq.cli.doctor.strangers import is_old_zmtp, recognise
from purezmq.cli.pace import Pace
from purezmq.transports.holders import ipc_listeners, process_holding, tcp_listeners
from purezmq.zmtp.compat import COMPATIBLE


def test_pace_spreads_messages_and_catches_up_short_delays() -> None:
    pace, now = Pace(10), monotonic()
    assert pace.delay(now) == pytest.approx(0, abs=0.05)
    assert pace.delay(now) == pytest.approx(0.1, abs=0.05)
    assert pace.delay(now + 0.35) == 0
    assert pace.delay(now + 0.35) == 0
    assert pace.delay(now + 0.35) == pytest.approx(0.05, abs=0.05)


def test_pace_makes_no_burst_after_a_pause() -> None:
    pace, now = Pace(10), monotonic()
    pace.delay(now)
    assert pace.delay(now + 60) == 0
    assert pace.delay(now + 60) == pytest.approx(0.1)


def test_amounts_are_readable() -> None:
    assert amount(1, 999) == "1 message (999 B)"
    assert amount(2_000, 1_234_567) == "2,000 messages (1.2 MB)"
    assert readable_size(5e15) == "5000.0 TB"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"-ERR unknown command\r\n", "Redis"),
        (b"J\0\0\0\x0a8.0.1 mysql_native_password", "MySQL"),
    ],
)
def test_other_servers_are_recognised(data: bytes, name: str) -> None:
    assert name in recognise(data)


def test_unknown_words_are_not_given_a_name() -> None:
    assert recognise(b"hello") == ""
    assert recognise(b"") == ""


def test_the_first_frame_of_zmtp_1_is_recognised() -> None:
    assert is_old_zmtp(b"\x01\x00")
    assert is_old_zmtp(b"\x04\x00abc")
    assert not is_old_zmtp(b"HTTP/1.1")
    assert not is_old_zmtp(b"\x01")


def test_greeting_is_taken_apart() -> None:
    greeting = decode_greeting(
        b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"CURVE".ljust(20, b"\0") + b"\x01" + bytes(31)
    )
    assert (greeting.version, greeting.mechanism, greeting.as_server) == ("3.1", "CURVE", True)


def test_a_guest_fits_and_every_other_type_says_why_there_is_none() -> None:
    for peer in COMPATIBLE:
        if peer in HARMLESS_GUEST:
            assert fits(HARMLESS_GUEST[peer], peer)
        else:
            assert peer in HARM or peer == "DGRAM"
    assert fitting_types("ROUTER") == ["DEALER", "REQ", "ROUTER"]
    assert fitting_types("NONSENSE") == []


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="needs /proc")
def test_the_holder_of_a_port_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (listener,) = tcp_listeners(port)
        assert listener.address == f"127.0.0.1:{port}"
        assert f"pid {os.getpid()})" in listener.describe()
    assert tcp_listeners(port) == []


@pytest.mark.skipif(not os.path.exists("/proc/net/unix"), reason="needs /proc")
def test_the_holder_of_an_ipc_path_is_found(tmp_path: Path) -> None:
    path = f"{tmp_path}/s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        assert ipc_listeners(path) == []
        server.listen()
        (listener,) = ipc_listeners(path)
        assert process_holding(listener.inode) == f"this process, pid {os.getpid()}"
