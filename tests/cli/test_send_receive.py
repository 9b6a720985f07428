"""push, pull, pub, sub and pair as processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

import purezmq as zmq
from tests.cli.conftest import DEADLINE_S, Command

Start = Callable[..., Command]
Peer = Callable[[int], zmq.Socket]


def test_a_file_on_stdin_arrives_line_by_line(start: Start, run: Start, free_port: int) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port}"
    pull = start("pull", endpoint, "--count", "3")
    push = run("push", endpoint, stdin=b"one\n\nthree")
    assert push.end() == 0, push
    assert pull.end() == 0, pull
    assert pull.out == b"one\n\nthree\n"


def test_push_waits_for_a_pull_that_starts_later(start: Start, run: Start, ipc: str) -> None:
    push = start("push", ipc, stdin=b"a\nb\n")
    pull = run("pull", ipc, "--count", "2")
    assert (pull.out, pull.end(), push.end()) == (b"a\nb\n", 0, 0)


def test_files_are_input(start: Start, run: Start, ipc: str, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"1\n2\n")
    pull = start("pull", ipc, "--count", "3")
    assert run("push", ipc, str(tmp_path / "a.log"), "-", stdin=b"3\n").end() == 0
    assert pull.end() == 0
    assert pull.out == b"1\n2\n3\n"


def test_a_hundred_thousand_lines_arrive_in_order(start: Start, run: Start, ipc: str) -> None:
    lines = b"".join(b"%d\n" % n for n in range(100_000))
    pull = start("pull", ipc, "--count", "100000")
    assert run("push", ipc, stdin=lines).end() == 0
    assert pull.end() == 0
    assert pull.out == lines


def test_output_appears_as_soon_as_messages_come(start: Start, ipc: str) -> None:
    pull = start("pull", ipc)
    push = start("push", ipc, stdin=None)
    push.feed(b"now\n")
    pull.wait_for_output(b"now\n")


@pytest.mark.parametrize(
    ("options", "count", "sent", "printed"),
    [
        (["--null"], 2, b"a\nb\0c\0", b"a\nb\0c\0"),
        (["--whole"], 1, b"a\nb", b"a\nb"),
        (["--hex"], 2, b"00ff\n41", b"00ff\n41\n"),
        (["--multipart", "|"], 2, b"a|b\n|c", b"a|b\n|c\n"),
        (["--multipart", r"\x1f", "--null"], 1, b"a\x1fb\0", b"a\x1fb\0"),
    ],
)
def test_forms(
    start: Start, run: Start, ipc: str, options: list[str], count: int, sent: bytes, printed: bytes
) -> None:
    pull = start("pull", ipc, *options, "--count", str(count))
    assert run("push", ipc, *options, stdin=sent).end() == 0
    assert pull.end() == 0, pull
    assert pull.out == printed


def test_json_output(start: Start, run: Start, ipc: str) -> None:
    pull = start("pull", ipc, "--json", "--count", "1")
    run("push", ipc, "--multipart", ",", stdin=b"a,\xff")
    assert pull.end() == 0
    assert json.loads(pull.out) == {"parts": ["a", {"hex": "ff"}]}


def test_count_limits_what_is_sent(run: Start, ipc: str, peer: Peer) -> None:
    pull = peer(zmq.PULL)
    pull.bind(ipc)
    assert run("push", ipc, "--count", "2", stdin=b"1\n2\n3\n").end() == 0
    assert [pull.recv() for _ in range(2)] == [b"1", b"2"]
    assert not pull.poll(100)


def test_rate_spreads_messages(run: Start, ipc: str, peer: Peer) -> None:
    pull = peer(zmq.PULL)
    pull.bind(ipc)
    started = monotonic()
    assert run("push", ipc, "--rate", "10", stdin=b"\n" * 6).end() == 0
    assert monotonic() - started >= 0.5


def test_wait_begins_when_the_peers_are_there(start: Start, run: Start, ipc: str) -> None:
    push = start("push", "--bind", ipc, "--wait", "2", stdin=b"a\nb\n")
    first = start("pull", "--connect", ipc, "--count", "1")
    second = run("pull", "--connect", ipc, "--count", "1")
    assert (push.end(), first.end(), second.end()) == (0, 0, 0)
    assert {first.out, second.out} == {b"a\n", b"b\n"}


# --- time-outs and back-pressure ----------------------------------------------------------------------------


def test_pull_without_messages_ends_with_1(run: Start, ipc: str) -> None:
    pull = run("pull", ipc, "--timeout", "200")
    assert pull.end() == 1
    assert b"nothing came within 200 ms" in pull.err


def test_silence_after_messages_is_a_good_end_unless_a_count_was_promised(
    start: Start, run: Start, ipc: str
) -> None:
    for options, code in ([], 0), (["--count", "5"], 1):
        pull = start("pull", ipc, "--timeout", "1500", *options)
        assert run("push", ipc, stdin=b"a\n").end() == 0
        assert pull.end() == code
        assert pull.out == b"a\n"


def test_push_without_a_peer_tells_that_messages_stayed(run: Start, ipc: str) -> None:
    push = run("push", ipc, "--timeout", "300", stdin=b"a\n")
    assert push.end() == 1
    assert b"not every message was delivered" in push.err


def test_a_bound_push_without_a_peer_times_out(run: Start, ipc: str) -> None:
    push = run("push", "--bind", ipc, "--timeout", "300", stdin=b"a\n")
    assert push.end() == 1
    assert b"no peer took the message within 300 ms" in push.err


def test_push_stops_when_the_peer_does_not_read(start: Start, ipc: str, peer: Peer, tmp_path: Path) -> None:
    pull = peer(zmq.PULL)
    pull.setsockopt(zmq.RCVHWM, 1)
    pull.bind(ipc)
    options = ["-v", "--timeout", "1000", "--linger", "20000"]
    (tmp_path / "lines").write_bytes((b"x" * 999 + b"\n") * 5_000)
    push = start("push", ipc, *options, str(tmp_path / "lines"))
    push.wait_for_remark("no peer took the message within 1000 ms")
    received = 0
    while pull.poll(500):
        assert len(pull.recv()) == 999
        received += 1
    assert push.end() == 1
    assert f"sent {received:,} messages".encode() in push.err


def test_quiet_prints_nothing_but_counts_still(start: Start, run: Start, ipc: str) -> None:
    pull = start("pull", ipc, "--quiet", "--verbose", "--count", "1")
    run("push", ipc, stdin=b"a\n")
    assert pull.end() == 0
    assert pull.out == b""
    assert b"received 1 message (1 B)" in pull.err


def test_verbose_logs_state_changes(start: Start, run: Start, free_port: int) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port}"
    pull = start("pull", endpoint, "-v", "--count", "1")
    run("push", endpoint, stdin=b"a\n")
    assert pull.end() == 0
    for word in (b"bound to", b"LISTENING", b"ACCEPTED", b"HANDSHAKE_SUCCEEDED"):
        assert word in pull.err


def test_a_port_chosen_by_the_system_is_told(start: Start, run: Start) -> None:
    pull = start("pull", "tcp://127.0.0.1:*", "--count", "1")
    pull.wait_for_remark("bound to tcp://127.0.0.1:")
    endpoint = pull.err.decode().split("bound to ")[1].split()[0]
    assert run("push", endpoint, stdin=b"a").end() == 0
    assert pull.end() == 0


# --- publish and subscribe ----------------------------------------------------------------------------------


def test_pub_waits_for_its_first_subscriber(start: Start, run: Start, ipc: str) -> None:
    pub = start("pub", ipc, stdin=b"a\nb\n")
    sub = run("sub", ipc, "--count", "2")
    assert (pub.end(), sub.end(), sub.out) == (0, 0, b"a\nb\n")


def test_pub_that_need_not_wait_publishes_to_nobody(run: Start, ipc: str) -> None:
    assert run("pub", ipc, "--wait", "0", stdin=b"a\n").end() == 0


def test_pub_without_subscribers_times_out(run: Start, ipc: str) -> None:
    pub = run("pub", ipc, "--timeout", "200", stdin=b"a\n")
    assert pub.end() == 1
    assert b"0 of 1 subscriptions" in pub.err


def test_topics(start: Start, run: Start, ipc: str) -> None:
    sub = start("sub", ipc, "--topic", "new", "--topic", "x", "--count", "2", "--multipart", "|")
    pub = start("pub", ipc, "--topic", "news", "--verbose", stdin=b"a\nb\n")
    assert (sub.end(), pub.end(), sub.out) == (0, 0, b"news|a\nnews|b\n")
    assert b"subscribed: b'new'" in pub.err


def test_sub_prints_only_its_topics(start: Start, ipc: str) -> None:
    pub = start("pub", ipc, stdin=None)
    sub = start("sub", ipc, "--topic", "b", "--count", "1")
    pub.feed(b"a\nb\n")
    pub.end_input()
    assert sub.end() == 0
    assert sub.out == b"b\n"


def test_pub_waits_for_slow_subscribers_instead_of_losing_lines(
    start: Start, ipc: str, peer: Peer, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_bytes(b"".join(b"%0999d\n" % n for n in range(20_000)))
    sub = peer(zmq.SUB)
    sub.setsockopt(zmq.RCVHWM, 10)
    sub.subscribe(b"")
    sub.connect(ipc)
    pub = start("pub", ipc, str(tmp_path / "lines"))
    for n in range(20_000):
        assert sub.poll(int(DEADLINE_S * 1000)), f"message {n} did not come; {pub}"
        assert int(sub.recv()) == n
    assert pub.end() == 0


# --- the end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_the_normal_end_of_a_listener(start: Start, free_port: int, number: int) -> None:
    pull = start("pull", f"tcp://127.0.0.1:{free_port}", "-v")
    pull.wait_for_remark("bound to")
    pull.signal(number)
    assert pull.end() == 0
    assert b"Traceback" not in pull.err
    assert b"received 0 messages" in pull.err


def test_a_signal_ends_a_sender_that_waits_for_input(start: Start, ipc: str) -> None:
    push = start("push", ipc, "-v", stdin=None)
    push.wait_for_remark("connecting to")
    push.signal()
    assert push.end() == 1
    assert b"Traceback" not in push.err


def test_a_signal_ends_a_sender_without_a_peer_in_good_time(start: Start, ipc: str) -> None:
    push = start("push", ipc, "-v", stdin=b"a\n" * 10_000)
    push.wait_for_remark("no peer")  # the hint after two seconds: it is stuck now
    started = monotonic()
    push.signal()
    assert push.end() == 1
    assert monotonic() - started < 5
    assert b"not every message was delivered" in push.err


def test_a_signal_ends_the_wait_for_the_last_messages_to_leave(start: Start, ipc: str) -> None:
    push = start("push", ipc, stdin=b"a\n")
    push.wait_for_remark("no peer has taken the queued messages yet")
    push.signal()
    assert push.end() == 1


def test_messages_that_a_live_peer_can_take_leave_before_a_signal_ends_it(
    start: Start, ipc: str, peer: Peer
) -> None:
    pull = peer(zmq.PULL)
    pull.bind(ipc)
    push = start("push", ipc, "-v", stdin=None)
    push.feed(b"a\n" * 100)
    assert pull.poll(int(DEADLINE_S * 1000))
    push.signal()
    assert push.end() == 1
    received = 0
    while pull.poll(200):
        pull.recv()
        received += 1
    assert f"sent {received:,} message".encode() in push.err


def test_head_ends_the_pipeline(start: Start, ipc: str, peer: Peer) -> None:
    push = peer(zmq.PUSH)
    push.setsockopt(zmq.SNDTIMEO, 100)
    push.bind(ipc)
    source = str(Path(zmq.__file__).parent.parent)
    script = f"{sys.executable} -m purezmq pull --connect {ipc} 2>err; echo $? >code"
    shell = subprocess.Popen(
        ["sh", "-c", f"({script}) | head -n 1"],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": source, "PATH": "/usr/bin:/bin"},
        cwd=ipc.removeprefix("ipc://").removesuffix("/s"),
    )
    folder = Path(ipc.removeprefix("ipc://")).parent
    deadline = monotonic() + DEADLINE_S
    while not ((folder / "code").exists() and (folder / "code").read_text()):
        assert monotonic() < deadline, "pull did not end when head did"
        try:
            push.send(b"line")
        except zmq.Again:
            pass
    assert shell.communicate(timeout=DEADLINE_S)[0] == b"line\n"
    assert (folder / "code").read_text() == "0\n"
    assert (folder / "err").read_text() == ""


def test_a_signal_ends_a_command_whose_stdout_nobody_empties(ipc: str, peer: Peer) -> None:
    push = peer(zmq.PUSH)
    push.setsockopt(zmq.SNDTIMEO, int(DEADLINE_S * 1000))
    push.bind(ipc)
    arguments = [sys.executable, "-m", "purezmq", "pull", "--connect", ipc]
    environment = {"PYTHONPATH": str(Path(zmq.__file__).parent.parent)}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment) as pull:
        try:
            push.send(b"taken only once the command is there")
            push.setsockopt(zmq.SNDTIMEO, 500)
            with pytest.raises(zmq.Again):  # until every queue on the way is full
                for _ in range(100_000):
                    push.send(b"x" * 10_000)
            pull.send_signal(signal.SIGTERM)
            assert pull.wait(DEADLINE_S) == 0
        finally:
            pull.kill()


# --- wrong usage --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["push", "127.0.0.1:5555"], 2, b"did you mean 'tcp://127.0.0.1:5555'?"),
        (["push", "/no/such/file", "ipc:///tmp/x"], 2, b"neither an endpoint nor an existing file"),
        (["push", "-"], 2, b"at least one endpoint"),
        (["push", "--bind", "--connect", "ipc:///tmp/x"], 2, b"exclude each other"),
        (["push", "--null", "--whole", "ipc:///tmp/x"], 2, b"exclude each other"),
        (["pull", "ipc:///tmp/x", "/dev/null"], 2, b"reads no files"),
        (["pub", "ipc:///tmp/x", "--topic", "a", "--topic", "b"], 2, b"one --topic"),
        (["push", "--count", "x", "ipc:///tmp/x"], 2, b"--count"),
        (["nonsense"], 2, b"No such command"),
        (["pull", "tcp://127.0.0.1"], 3, b"cannot bind tcp://127.0.0.1"),
        (["push", "nonsense://x"], 3, b"cannot connect to nonsense://x"),
        (["pull", "ipc:///no/such/dir/x"], 3, b"cannot bind"),
    ],
)
def test_wrong_usage_is_one_line_and_a_code(run: Start, arguments: list[str], code: int, text: bytes) -> None:
    command = run(*arguments)
    assert command.end() == code, command
    assert text in command.err
    assert b"Traceback" not in command.err


def test_a_port_in_use_is_an_endpoint_error(run: Start, free_port: int, peer: Peer) -> None:
    peer(zmq.PULL).bind(f"tcp://127.0.0.1:{free_port}")
    pull = run("pull", f"tcp://127.0.0.1:{free_port}")
    assert pull.end() == 3
    assert b"in use" in pull.err
    assert b"purezmq doctor --bind" in pull.err


def test_wrong_hex_in_the_input(run: Start, ipc: str) -> None:
    push = run("push", ipc, "--hex", "--linger", "0", stdin=b"xyz\n")
    assert push.end() == 2
    assert b"stdin: message 1 is not hex" in push.err
