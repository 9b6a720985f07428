"""The benchmarks' own arithmetic, checks and machinery. Nothing here depends on how fast anything is."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import payload, report
from benchmarks.channel import Channel, Member
from benchmarks.choice import Choice
from benchmarks.cli import build_parser, verdict
from benchmarks.errors import RunFailed, Unsupported, WrongContent
from benchmarks.job import Job
from benchmarks.libraries import ALL, DEFAULT, REFERENCE, Library, find_library
from benchmarks.libraries.library import free_endpoint
from benchmarks.runner import Results, Row, describe, run_once, run_row
from benchmarks.scenarios import NAMES, find_scenario
from benchmarks.settings import SMOKE, Settings
from benchmarks.statistics import Figure, latency_figures, percentile, ratio, summarize
from benchmarks.team import ThreadTeam
from benchmarks.window import Chunks, drain, require_equal, send_chunk

RATE = Figure("rate", "msg/s", higher_is_better=True)
DELAY = Figure("p50", "us")
WORST = Figure("max", "us", worst_counts=True)


# Statistics


def test_summary_is_the_median_with_its_spread() -> None:
    summary = summarize(RATE, [5, 1, 3])
    assert summary is not None
    assert (summary.value, summary.lowest, summary.highest, summary.rounds) == (3, 1, 5, 3)


def test_summary_of_a_maximum_is_the_worst_round() -> None:
    summary = summarize(WORST, [5, 1, 3])
    assert summary is not None and summary.value == 5


def test_no_rounds_have_no_summary() -> None:
    assert summarize(RATE, []) is None


@pytest.mark.parametrize(("figure", "better"), [(RATE, 2.0), (DELAY, 0.5)])
def test_ratio_above_one_is_better_for_every_figure(figure: Figure, better: float) -> None:
    compared = ratio(figure, [20, 40], [10, 20])
    assert compared is not None and compared.value == better


def test_ratio_compares_within_rounds_and_skips_rounds_that_one_side_failed() -> None:
    compared = ratio(RATE, [10, None, 300], [5, 1, 100])
    assert compared is not None
    assert (compared.lowest, compared.highest, compared.rounds) == (2, 3, 2)


def test_ratio_needs_a_common_round() -> None:
    assert ratio(RATE, [1, None], [None, 1]) is None


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (1, 1), (50, 50), (99, 99), (100, 100)])
def test_percentile_of_one_to_hundred(percent: float, value: float) -> None:
    assert percentile(range(1, 101), percent) == value


def test_percentile_of_few_values_is_one_of_them() -> None:
    assert percentile([7], 99) == 7
    assert percentile([1, 2], 50) == 1
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_latency_is_told_in_microseconds() -> None:
    figures = latency_figures([3000, 1000, 2000])
    assert figures["p50"] == 2 and figures["max"] == 3


# Payloads


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 10, 300, 5000, 100_000])
def test_numbered_message_has_its_size_and_passes_its_check(size: int) -> None:
    message = payload.numbered(41, size)
    assert len(message) == size
    payload.check(message, 41, size)


def test_wrong_content_says_what_is_wrong() -> None:
    flipped = bytearray(payload.numbered(5, 100))
    flipped[50] ^= 1
    for message, problem in (
        (payload.numbered(6, 100), "got message 6"),
        (bytes(flipped), "checksum"),
        (payload.numbered(5, 99), "got 99 bytes"),
        (payload.END, "stream ended"),
    ):
        with pytest.raises(WrongContent, match=problem):
            payload.check(message, 5, 100)


def test_no_payload_is_mistaken_for_the_end() -> None:
    size = len(payload.END)
    assert payload.plain(size) != payload.END
    assert all(payload.numbered(sequence, size) != payload.END for sequence in range(1000))


def test_fresh_payloads_are_equal_and_distinct_objects() -> None:
    first, second, *_ = (message for message, _ in zip(payload.fresh(50), range(2), strict=False))
    assert first == second == payload.plain(50)
    assert first is not second


def test_mixed_sizes_are_the_same_everywhere_and_cover_both_frame_forms() -> None:
    sizes = payload.mixed_sizes(1024, 300)
    assert sizes == payload.mixed_sizes(1024, 300)
    assert min(sizes) == 0 and max(sizes) == 300


def test_verified_pass_is_short_for_large_messages() -> None:
    assert payload.verified_count(200, 10) == 200
    assert payload.verified_count(200, 1_000_000) < 10


# Windows


def test_drain_counts_up_to_the_last_end() -> None:
    messages = iter([b"a", payload.END, b"b", payload.END])
    assert drain(lambda: next(messages), ends=2) == 2


def test_lost_messages_fail_the_run() -> None:
    require_equal(3, 3)
    with pytest.raises(RunFailed, match="3 messages were sent, 2"):
        require_equal(3, 2)


def test_send_chunk_is_short_for_large_messages() -> None:
    assert send_chunk(0) == send_chunk(10) == 256
    assert send_chunk(1_000_000) == send_chunk(10_000_000) == 1


def test_chunks_grow_only_while_they_are_quick() -> None:
    chunks = Chunks(Settings(warmup_s=60))
    assert chunks.go_on() and chunks.size == 1
    for _ in range(3):
        assert chunks.go_on()
    assert chunks.size == 8


# Channels and teams


def test_word_is_heard_whether_it_comes_before_or_after_the_question() -> None:
    channel = Channel(lambda fields: None, patience_s=5)
    stop = channel.heard("stop")
    channel.deliver({"word": "stop"})
    channel.deliver({"word": "connect", "endpoint": "tcp://x"})
    assert stop.is_set()
    assert channel.wait("connect")["endpoint"] == "tcp://x"


def test_silence_of_the_conductor_is_a_failure() -> None:
    with pytest.raises(RunFailed, match="go"):
        Channel(lambda fields: None, patience_s=0).wait("go")


@pytest.mark.parametrize(
    ("told", "error", "text"),
    [
        ({"word": "failed", "error": "boom", "by": "sender"}, RunFailed, "sender: boom"),
        ({"word": "unsupported", "reason": "no ipc"}, Unsupported, "no ipc"),
        ({"word": "closed"}, RunFailed, "instead of 'ready'"),
        (None, RunFailed, "deadline"),
    ],
)
def test_member_that_does_not_say_what_is_due(told: Any, error: type[Exception], text: str) -> None:
    member = Member("receiver", lambda fields: None, lambda: 0.0)
    if told:
        member.told.put(told)
    with pytest.raises(error, match=text):
        member.expect("ready")


def test_thread_team_runs_a_scenario_to_its_end(tmp_path: Any) -> None:
    job = Job(REFERENCE, "throughput", _case("inproc", payload="reused"), SMOKE, str(tmp_path))
    figures = find_scenario("throughput").conduct(ThreadTeam(job))
    assert figures["rate"] > 0 and "cpu_send" not in figures


def test_crash_ends_the_wait_for_any_member(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(job: Job) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setitem(find_scenario("throughput").ROLES, "receiver", crash)
    job = Job(REFERENCE, "throughput", _case("inproc"), SMOKE, str(tmp_path))
    team = ThreadTeam(job)
    sender, receiver = team.start("sender"), team.start("receiver")
    for member in (receiver, sender):
        with pytest.raises(RunFailed, match=r"receiver: .*\n.*(\n.*)*on purpose"):
            member.expect("ready")


# Runs


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_reference_round_trip_in_processes_of_its_own(transport: str) -> None:
    figures = run_once(_job("roundtrip", _case(transport), SMOKE), find_scenario("roundtrip"))
    assert 0 < figures["p50"] <= figures["p99"] <= figures["max"]


def test_run_past_its_deadline_is_ended() -> None:
    threads_before = threading.active_count()
    settings = Settings(window_s=60, deadline_s=1.5)
    with pytest.raises(RunFailed, match="deadline"):
        run_once(_job("roundtrip", _case("tcp"), settings), find_scenario("roundtrip"))
    # A thread listens to each process until it ends, so no thread more means no process more.
    assert threading.active_count() == threads_before


def test_failed_round_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = iter([RunFailed("lost"), {"p50": 3.0}, Unsupported("never")])

    def run(job: Job, scenario: Any) -> dict[str, float]:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr("benchmarks.runner.run_once", run)
    settings = Settings(rounds=4)
    row = run_row(find_scenario("roundtrip"), _case("tcp"), [REFERENCE], settings, lambda step: None)
    results = row.results["reference"]
    assert results.rounds == [None, {"p50": 3.0}]
    assert (results.failures, results.unsupported) == (["lost"], "never")


# Libraries


def test_defaults_are_known_libraries() -> None:
    assert {find_library(name).name for name in DEFAULT} <= {library.name for library in ALL}
    with pytest.raises(KeyError):
        find_library("zeromq")


def test_library_that_cannot_be_imported_is_described_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.runner._PROBE", "raise ImportError('no such ' + {name!r})")
    assert describe(Library("pyzmq", "zmq")) == (None, "ImportError: no such pyzmq")


def test_interpreted_variant_asks_for_pure_python() -> None:
    assert find_library("purezmq-interpreted").environment()["PUREZMQ_PURE"] == "1"
    assert "PUREZMQ_PURE" not in find_library("purezmq").environment_changes


def test_what_a_library_lacks_is_no_failure() -> None:
    class ZMQError(Exception):
        errno = 95

    class Lacking(Library):
        zmq = SimpleNamespace(ENOTSUP=95)

    library = Lacking("lacking", "")
    assert library.why_unsupported(ZMQError("ipc")) == "not supported: ipc"
    assert library.why_unsupported(NotImplementedError("asyncio")) == "not implemented: asyncio"
    assert library.why_unsupported(ValueError("a bug")) is None


def test_endpoints_are_free_and_belong_to_the_run() -> None:
    assert free_endpoint("tcp", "/d").startswith("tcp://127.0.0.1:")
    assert free_endpoint("ipc", "/d").startswith("ipc:///d/")
    assert free_endpoint("inproc", "/d") != free_endpoint("inproc", "/d")


def test_reference_sockets_carry_messages_and_the_end(tmp_path: Any) -> None:
    for transport in ("tcp", "ipc", "inproc"):
        server, client = REFERENCE.socket("REP"), REFERENCE.socket("REQ")
        REFERENCE.connect(client, REFERENCE.bind(server, transport, str(tmp_path), 3), 3)
        client.send(b"abc")
        assert server.recv() == b"abc"
        client.send(payload.END)
        assert server.recv() == payload.END
        REFERENCE.close(client, server)


# Scenarios and the command line


@pytest.mark.parametrize("name", NAMES)
def test_scenario_keeps_the_agreement(name: str) -> None:
    scenario = find_scenario(name)
    assert scenario.NAME == name and scenario.TITLE and scenario.FIGURES
    assert callable(scenario.conduct)
    full, smoke = scenario.cases(Choice()), scenario.cases(Choice(is_smoke=True))
    assert 1 <= len(smoke) <= len(full)
    keys = set(full[0])
    assert all(set(case) == keys for case in [*full, *smoke])


def test_choice_selects_rows() -> None:
    choice = Choice(sizes=(10, 100), transports=("tcp",), payloads=("reused",))
    rows = find_scenario("throughput").cases(choice)
    assert [(row["transport"], row["size"], row["payload"]) for row in rows] == [
        ("tcp", 10, "reused"),
        ("tcp", 100, "reused"),
    ]


def test_command_line_is_parsed_and_refused() -> None:
    options = build_parser().parse_args(["--scenario", "throughput,mixed", "--sizes", "10,1_000", "--smoke"])
    assert options.scenario == ("throughput", "mixed") and options.sizes == (10, 1000) and options.smoke
    for wrong in (["--scenario", "speed"], ["--sizes", "0"], ["--transports", "udp"], ["--quick", "--smoke"]):
        with pytest.raises(SystemExit):
            build_parser().parse_args(wrong)


# The report


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0123, "0.0123"),
        (0.9, "0.900"),
        (1.2345, "1.23"),
        (99.96, "100"),
        (512, "512"),
        (1500, "1.50 k"),
        (2.5e6, "2.50 M"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert report.number(value) == text


def test_table_shows_ratios_failures_and_what_a_library_cannot() -> None:
    row = Row(
        find_scenario("throughput"),
        _case("tcp"),
        {
            "purezmq": Results([{"rate": 30.0}, {"rate": 60.0}]),
            "pyzmq": Results([{"rate": 10.0}, {"rate": 20.0}]),
            "pyomq": Results([None, None], failures=["boom"]),
            "other": Results(unsupported="no tcp"),
        },
    )
    text = report.table([row])
    lines = {line.split()[0]: line for line in text.splitlines()[4:] if line.strip()}
    assert "3.00" in next(line for line in text.splitlines() if "purezmq" in line and "45.0" in line)
    assert "FAILED" in lines["pyomq"] and "cannot" in lines["other"]
    assert "pyomq: FAILED 1 of 2: boom" in text and "other: cannot: no tcp" in text


@pytest.mark.parametrize(("failing", "code"), [("purezmq", 1), ("pyzmq", 1), ("pyomq", 0), (None, 0)])
def test_failures_that_are_ours_to_mend_decide_the_exit_code(failing: str | None, code: int) -> None:
    results = {
        name: Results([None], failures=["lost"] * (name == failing)) for name in ("purezmq", "pyzmq", "pyomq")
    }
    assert verdict([Row(find_scenario("throughput"), _case("tcp"), results)]) == code


def test_nothing_run_is_a_failure() -> None:
    assert verdict([]) == 1


def test_json_keeps_every_round() -> None:
    row = Row(
        find_scenario("throughput"), _case("tcp"), {"pyzmq": Results([{"rate": 10.0}, None, {"rate": 30.0}])}
    )
    document = report.as_json({}, {}, SMOKE, [row])
    rate = document["rows"][0]["libraries"]["pyzmq"]["figures"]["rate"]
    assert rate["rounds"] == [10.0, None, 30.0] and rate["value"] == 20 and rate["x_pyomq"] == {}


def test_percentiles_in_json_are_medians_over_the_rounds() -> None:
    rounds = [{"p50": 1.0, "p99": 9.0}, {"p50": 3.0, "p99": 7.0}, None]
    row = Row(find_scenario("roundtrip"), _case("tcp"), {"pyzmq": Results(rounds)})
    document = report.as_json({}, {}, SMOKE, [row])
    assert document["rows"][0]["libraries"]["pyzmq"]["percentiles"] == {"p50": 2, "p99": 8}


def _case(transport: str, **more: Any) -> dict[str, Any]:
    return {"transport": transport, "size": 100, "payload": "fresh", **more}


def _job(scenario: str, case: dict[str, Any], settings: Settings) -> Job:
    return Job(REFERENCE, scenario, case, settings, directory="")
