"""purezmq bench against itself, against a server, and against what is none. Nothing here depends on how fast it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import purezmq as zmq
from purezmq.cli.bench.measuring import latencies_us
from purezmq.cli.bench.words import PREFIX, as_message, payload_of, words_of
from tests.cli.conftest import DEADLINE_S, Command

Start = Callable[..., Command]
Peer = Callable[[int], zmq.Socket]
QUICK = ("--seconds", "0.05")


def served(start: Start) -> tuple[Command, str]:
    server = start("bench", "--serve", "tcp://127.0.0.1:*")
    server.wait_for_remark("bound to ")
    return server, server.err.decode().split("bound to ")[1].split()[0]


def check(found: dict[str, Any], size: int) -> None:
    flow, trip = found["throughput"], found["round_trip"]
    assert found["size"] == size and found["seconds"] == 0.05
    assert flow["messages"] > 0 and flow["bytes_per_s"] == pytest.approx(flow["messages_per_s"] * size)
    assert trip["trips"] > 0
    assert 0 < trip["p50_us"] <= trip["p90_us"] <= trip["p99_us"] <= trip["p99.9_us"] <= trip["max_us"]
    assert found["here"]["purezmq"] == found["there"]["purezmq"] == zmq.__version__


# --- against itself -----------------------------------------------------------------------------------------


def test_without_an_endpoint_it_measures_with_a_process_of_its_own(run: Start, peer: Peer) -> None:
    bench = run("bench", *QUICK, "--json")
    assert bench.end() == 0
    found = json.loads(bench.out)
    check(found, 100)
    peer(zmq.PAIR).bind(found["endpoint"])  # that process is gone: its port is free again


# --- against a server ---------------------------------------------------------------------------------------


def test_a_server_serves_one_client_after_the_other(start: Start, run: Start) -> None:
    server, endpoint = served(start)
    first = run("bench", endpoint, *QUICK, "--json", "--size", "0")
    assert first.end() == 0, first
    check(json.loads(first.out), 0)
    second = run("bench", endpoint, *QUICK, "--size", "100000")
    assert second.end() == 0, second
    for words in (
        "throughput",
        "messages/s",
        "round trip",
        "p99",
        "100,000 bytes",
        "the same",
        "a short look",
    ):
        assert words in second.out.decode()
    server.signal()
    assert server.end() == 0


def test_the_client_may_be_the_side_that_binds(start: Start, run: Start, free_port: int) -> None:
    start("bench", "--serve", f">tcp://127.0.0.1:{free_port}")
    bench = run("bench", f"@tcp://127.0.0.1:{free_port}", *QUICK, "--json")
    assert bench.end() == 0, bench
    check(json.loads(bench.out), 100)


def test_a_busy_server_says_so(start: Start, run: Start, peer: Peer) -> None:
    _, endpoint = served(start)
    peer(zmq.PAIR).connect(endpoint, wait=int(DEADLINE_S * 1000))
    bench = run("bench", endpoint, *QUICK, "--timeout", "3000")
    # 3: refused in time for the connecting to see it; 1: only after that
    assert bench.end() in (1, 3)
    assert b"one client at a time" in bench.err


def test_a_server_refuses_what_it_cannot_do_and_goes_on(start: Start, run: Start, peer: Peer) -> None:
    _, endpoint = served(start)
    odd = peer(zmq.PAIR)
    odd.connect(endpoint, wait=int(DEADLINE_S * 1000))
    orders = [
        {"do": "fly"},
        {"do": ["hello"]},
        {"do": "count"},
        {"do": "count", "warmup_s": 1.0, "window_s": 1e300},
        {"do": "count", "warmup_s": 1.0, "window_s": float("nan")},
    ]
    odd.send(PREFIX + b"{not json")
    odd.send(PREFIX + b"[]")
    odd.send(b"a payload")
    for order in orders:
        odd.send(as_message(order))
        answer = words_of(odd.recv(timeout=int(DEADLINE_S * 1000)))
        assert answer is not None and "does not know" in answer["error"]
    odd.close(linger=0)
    assert run("bench", endpoint, *QUICK).end() == 0


# --- against others -----------------------------------------------------------------------------------------


def test_nobody_there(run: Start, free_port: int) -> None:
    bench = run("bench", f"tcp://127.0.0.1:{free_port}", "--timeout", "100")
    assert bench.end() == 1
    assert b"purezmq bench --serve" in bench.err


def test_another_kind_of_socket(run: Start, peer: Peer, free_port: int) -> None:
    peer(zmq.PULL).bind(f"tcp://127.0.0.1:{free_port}")
    bench = run("bench", f"tcp://127.0.0.1:{free_port}")
    assert bench.end() == 3
    assert b"PULL" in bench.err


@pytest.mark.parametrize("answer", [b"what?", as_message({})])
def test_a_pair_socket_of_somebody_else(start: Start, peer: Peer, free_port: int, answer: bytes) -> None:
    other = peer(zmq.PAIR)
    other.bind(f"tcp://127.0.0.1:{free_port}")
    bench = start("bench", f"tcp://127.0.0.1:{free_port}")
    hello = words_of(other.recv(timeout=int(DEADLINE_S * 1000)))
    assert hello is not None and hello["do"] == "hello"
    other.send(answer)
    assert bench.end() == 3
    assert b"is no `purezmq bench --serve`" in bench.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--serve"], 2),
        (["--seconds", "0"], 2),
        (["--serve", "tcp://127.0.0.1"], 3),
    ],
)
def test_wrong_usage(run: Start, arguments: list[str], code: int) -> None:
    bench = run("bench", *arguments)
    assert bench.end() == code
    assert bench.err and b"Traceback" not in bench.err


# --- the parts ----------------------------------------------------------------------------------------------


def test_percentiles_are_samples() -> None:
    found = latencies_us([3_000, 1_000, 2_000, 4_000])
    assert (found["p50_us"], found["p90_us"], found["max_us"]) == (2, 4, 4)
    assert set(latencies_us([7_000]).values()) == {7}


def test_no_payload_is_a_word() -> None:
    assert all(words_of(payload_of(size)) is None for size in (0, 1, 14, 100))
    assert words_of(as_message({"do": "echo"})) == {"version": 1, "do": "echo"}
    assert words_of(PREFIX + b'{"version": 2}') is None
