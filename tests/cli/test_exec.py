"""``purezmq exec``: the program gets purezmq as zmq, and its exit code is the command's."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.cli.conftest import Command

Start = Callable[..., Command]


def test_the_program_gets_purezmq_and_its_arguments(run: Start) -> None:
    program = "import sys, zmq; print(zmq.Context.__module__, sys.argv[1:]); sys.exit(7)"
    command = run("exec", "--", sys.executable, "-c", program, "--help", "-x", "--", "y")
    assert command.end() == 7
    assert command.out.decode().split(None, 1) == ["purezmq.context", "['--help', '-x', '--', 'y']\n"]


def test_two_dashes_may_be_left_out(run: Start) -> None:
    command = run("exec", sys.executable, "-c", "import zmq; print(zmq.Socket.__module__)")
    assert command.end() == 0 and command.out == b"purezmq.socket\n"


def test_a_command_that_is_not_there(run: Start) -> None:
    command = run("exec", "--", "no-such-command-anywhere")
    assert command.end() == 127 and b"command not found" in command.err


def test_without_a_command_it_is_wrong_usage(run: Start) -> None:
    assert run("exec").end() == 2
