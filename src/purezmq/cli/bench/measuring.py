"""The end that measures."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import ceil
from time import perf_counter, perf_counter_ns, process_time

import purezmq as zmq

from ..failure import CliFailure, ExitCode
from .words import END, PATIENCE_MS, Words, as_message, own_facts, payload_of, words_of

WARMUP_SHARE = 0.2  # of the seconds asked for, before them
MARGIN_S = 0.2  # the sender goes on for longer than the receiver counts: its clock began earlier, by one way
CHUNK = 256  # messages between two looks at the clock, fewer if they are large
CHUNK_BYTES = 1_000_000
NO_SERVER = "the other side is no `purezmq bench --serve` of this version"
HINT = "it should be `purezmq bench --serve`, which has one client at a time"
PERCENTS = {"p50": 50, "p90": 90, "p99": 99, "p99.9": 99.9}


class Client:
    """Measures over a socket that is connected to a Server. Raises CliFailure when the other side is silent."""

    def __init__(self, socket: zmq.Socket[bytes], size: int, seconds: float, timeout_ms: int) -> None:
        self._socket = socket
        self._timeout_ms = self._patience_ms = timeout_ms  # for the first answer; then it is PATIENCE_MS
        self._payload = payload_of(size)
        self._seconds = seconds

    def run(self) -> Words:
        """Everything that the command tells, with plain numbers."""
        try:
            self._be_patient(self._timeout_ms)
            there = self._order("hello")
            self._be_patient(PATIENCE_MS)
            return {
                "size": len(self._payload),
                "seconds": self._seconds,
                "here": own_facts(),
                "there": {name: there[name] for name in own_facts()},
                "throughput": self._throughput(),
                "round_trip": self._round_trip(),
            }
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            raise CliFailure(
                NO_SERVER, ExitCode.ENDPOINT
            ) from None  # it answers, but nothing that makes sense
        except zmq.Again:
            raise CliFailure(
                f"the other side was silent for {self._patience_ms} ms; {HINT}", ExitCode.NOTHING
            ) from None

    def _be_patient(self, timeout_ms: int) -> None:
        self._patience_ms = self._socket.sndtimeo = self._socket.rcvtimeo = timeout_ms

    def _order(self, order: str, **words: object) -> Words:
        self._socket.send(as_message({"do": order, **words}))
        return self._answer()

    def _answer(self) -> Words:
        answer = words_of(self._socket.recv())
        if answer is None:
            raise CliFailure(NO_SERVER, ExitCode.ENDPOINT)
        if "error" in answer:
            raise CliFailure(str(answer["error"]), ExitCode.ENDPOINT)
        return answer

    def _throughput(self) -> Words:
        warmup_s = self._seconds * WARMUP_SHARE
        self._order("count", warmup_s=warmup_s, window_s=self._seconds)
        send, payload = self._socket.send, self._payload
        chunk = max(1, min(CHUNK, CHUNK_BYTES // max(1, len(payload))))
        sent = 0
        cpu_began = process_time()
        end = perf_counter() + warmup_s + self._seconds + MARGIN_S
        while perf_counter() < end:
            for _ in range(chunk):
                send(payload)
            sent += chunk
        cpu_s = process_time() - cpu_began
        self._socket.send(END)
        counted = self._answer()
        rate = counted["messages"] / counted["seconds"]
        return {
            "messages_per_s": rate,
            "bytes_per_s": rate * len(payload),
            "messages": counted["messages"],
            "cpu_send_us": cpu_s * 1e6 / sent,
            "cpu_recv_us": counted["cpu_s"] * 1e6 / max(1, counted["messages"]),
        }

    def _round_trip(self) -> Words:
        self._order("echo")
        send, recv, payload = self._socket.send, self._socket.recv, self._payload
        samples = array("q")
        now = before = perf_counter_ns()
        measured_from = now + int(self._seconds * WARMUP_SHARE * 1e9)
        end = measured_from + int(self._seconds * 1e9)
        while now < end:
            before = now
            send(payload)
            recv()
            now = perf_counter_ns()
            if before >= measured_from:
                samples.append(now - before)
        self._socket.send(END)
        recv()
        if not samples:
            samples.append(now - before)  # one that began in the warm-up took all the time there was
        return {"trips": len(samples), **latencies_us(samples)}


def latencies_us(samples_ns: Sequence[int]) -> dict[str, float]:
    """Percentiles and the longest, in microseconds: the smallest samples that so many percent do not exceed."""
    ordered = sorted(samples_ns)
    count = len(ordered)
    found = {
        f"{name}_us": ordered[max(0, ceil(count * percent / 100) - 1)] / 1000
        for name, percent in PERCENTS.items()
    }
    return {**found, "max_us": ordered[-1] / 1000}
