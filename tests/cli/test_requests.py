"""req, rep, dealer, router, pair, xpub and xsub as processes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

import purezmq as zmq
from tests.cli.conftest import DEADLINE_S, Command

Start = Callable[..., Command]
Peer = Callable[[int], zmq.Socket]


def test_echo(start: Start, run: Start, ipc: str) -> None:
    rep = start("rep", ipc, "--echo", "--count", "2")
    req = run("req", ipc, stdin=b"a\nb\n")
    assert (req.end(), rep.end()) == (0, 0)
    assert req.out == rep.out == b"a\nb\n"


def test_fixed_reply(start: Start, run: Start, ipc: str) -> None:
    start("rep", ipc, "--reply", "pong")
    assert run("req", ipc, stdin=b"ping\n").out == b"pong\n"


def test_replies_from_the_input(start: Start, run: Start, ipc: str) -> None:
    rep = start("rep", ipc, stdin=b"1\n2\n")
    assert run("req", ipc, stdin=b"a\nb\n").out == b"1\n2\n"
    assert run("req", ipc, "--timeout", "500", stdin=b"c\n").end() == 1
    assert rep.end() == 1
    assert b"unanswered" in rep.err


def test_a_command_answers_without_a_shell(start: Start, run: Start, ipc: str, tmp_path: Path) -> None:
    script = tmp_path / "upper case.py"
    script.write_text("import sys; sys.stdout.write(sys.stdin.read().upper() + '\\n')")
    start("rep", ipc, "--exec", f"{sys.executable} '{script}'", "--quiet")
    dangerous = b"$(touch here); `touch here` | x"
    assert run("req", ipc, stdin=dangerous + b"\n").out == dangerous.upper() + b"\n"
    assert not Path("here").exists()


def test_a_slow_command_gets_the_time_it_needs(start: Start, run: Start, ipc: str, tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text("import sys, time; time.sleep(0.5); sys.stdout.write(sys.stdin.read())")
    start("rep", ipc, "--exec", f"{sys.executable} {script}")
    assert run("req", ipc, stdin=b"x" * 200_000 + b"\n").out == b"x" * 200_000 + b"\n"


def test_a_failing_command_still_answers_and_is_told(start: Start, run: Start, ipc: str) -> None:
    rep = start("rep", ipc, "--exec", f"{sys.executable} -c 'print(1); raise SystemExit(3)'", "--count", "1")
    assert run("req", ipc, stdin=b"x\n").out == b"1\n"
    assert rep.end() == 0
    assert b"ended with 3" in rep.err


def test_a_command_that_hangs_ends_with_a_signal(start: Start, ipc: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"import time; open({str(mark)!r}, 'w').close(); time.sleep(100)"
    script = tmp_path / "hang.py"
    script.write_text(code)
    rep = start("rep", ipc, "--exec", f"{sys.executable} {script}")
    start("req", ipc, stdin=b"x\n")
    rep.wait_until(mark.exists, "the command's start")
    rep.signal()
    assert rep.end() == 0


def test_an_unknown_command_is_wrong_usage(run: Start, ipc: str) -> None:
    rep = run("rep", ipc, "--exec", "no-such-command --x")
    assert rep.end() == 2
    assert b"there is no command 'no-such-command'" in rep.err


def test_two_ways_to_answer_exclude_each_other(run: Start, ipc: str) -> None:
    assert run("rep", ipc, "--echo", "--reply", "x").end() == 2


def test_a_request_without_a_reply_times_out(run: Start, ipc: str) -> None:
    started = monotonic()
    req = run("req", ipc, "--timeout", "300", stdin=b"a\n")
    assert req.end() == 1
    assert b"within 300 ms" in req.err
    assert monotonic() - started < 10


def test_dealer_talks_to_rep_with_an_empty_delimiter(start: Start, run: Start, ipc: str) -> None:
    start("rep", ipc, "--echo")
    dealer = run("dealer", ipc, "--multipart", "|", "--count", "2", stdin=b"|a\n|b\n")
    assert dealer.end() == 0
    assert dealer.out == b"|a\n|b\n"


def test_router_lines_can_be_answered_as_they_were_printed(start: Start, ipc: str) -> None:
    router = start("router", ipc, stdin=None)
    dealer = start("dealer", ipc, "--count", "1", stdin=b"hello\n")
    router.wait_for_output(b"\thello\n")
    router.feed(router.out.replace(b"hello", b"goodbye"))
    assert dealer.end() == 0
    assert dealer.out == b"goodbye\n"


def test_router_tells_about_unknown_peers(start: Start, ipc: str) -> None:
    router = start("router", ipc, "--count", "0", stdin=b"nobody\thello\n")
    assert router.end() == 0
    assert b"no peer has the routing id b'nobody'" in router.err


def test_pair_both_ways(start: Start, ipc: str) -> None:
    one = start("pair", "--bind", ipc, "--count", "1", stdin=b"from one\n")
    two = start(
        "pair", ipc, stdin=b"from two\n"
    )  # without a count, which might be reached before it has sent
    two.wait_for_output(b"from one\n")
    assert one.end() == 0
    two.signal()
    assert two.end() == 0
    assert (one.out, two.out) == (b"from two\n", b"from one\n")


def test_count_zero_sends_the_input_and_ends(start: Start, ipc: str, peer: Peer) -> None:
    pair = peer(zmq.PAIR)
    pair.bind(ipc)
    sender = start("pair", ipc, "--count", "0", stdin=b"a\nb\n")
    for text in (b"a", b"b"):
        assert pair.poll(int(DEADLINE_S * 1000))
        assert pair.recv() == text
    assert sender.end() == 0


def test_a_pair_receives_after_its_input_is_over(start: Start, ipc: str, peer: Peer) -> None:
    pair = peer(zmq.PAIR)
    pair.bind(ipc)
    receiver = start("pair", ipc)
    pair.send(b"late")
    receiver.wait_for_output(b"late\n")
    receiver.signal()
    assert receiver.end() == 0


def test_silence_ends_a_dealer_with_1(run: Start, ipc: str, peer: Peer) -> None:
    peer(zmq.ROUTER).bind(ipc)
    dealer = run("dealer", ipc, "--timeout", "300", stdin=b"a\n")
    assert dealer.end() == 1
    assert b"nothing came within 300 ms" in dealer.err


def test_xpub_shows_subscriptions_and_xsub_receives(start: Start, ipc: str) -> None:
    xpub = start("xpub", ipc, "--json", stdin=None)
    xsub = start("xsub", ipc, "--topic", "a", "--count", "1")
    xpub.wait_for_output(b"\n")
    assert json.loads(xpub.out) == {"subscribe": "a"}
    xpub.feed(b"bcd\nabc\n")
    assert xsub.end() == 0
    assert xsub.out == b"abc\n"
    xpub.wait_for_output(b'"cancel"')


def test_what_an_xsub_sends_reaches_the_xpub(start: Start, ipc: str) -> None:
    xpub = start("xpub", ipc)
    start("xsub", ipc, stdin=b"upstream\n")
    xpub.wait_for_output(b"upstream\n")


@pytest.mark.parametrize("kind", ["dealer", "pair", "xsub", "router"])
def test_a_signal_ends_both_directions(start: Start, ipc: str, kind: str) -> None:
    command = start(kind, "--bind", ipc, "-v", stdin=None)
    command.wait_for_remark("bound to")
    command.signal()
    assert command.end() == 0
    assert b"Traceback" not in command.err


def test_an_idle_exchange_sleeps_while_its_peer_is_away(start: Start, ipc: str) -> None:
    psutil = pytest.importorskip("psutil")
    pair = start("pair", "--bind", ipc, "-v", stdin=b"a\n" * 5000)
    pair.wait_for_remark("bound to")
    process = psutil.Process(pair.process.pid)
    before = process.cpu_times()
    with pytest.raises(psutil.TimeoutExpired):
        process.wait(1.0)
    after = process.cpu_times()
    assert after.user + after.system - before.user - before.system < 0.5
