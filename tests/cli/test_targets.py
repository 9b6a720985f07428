from __future__ import annotations

from pathlib import Path

import pytest

from purezmq.cli.failure import CliFailure, ExitCode
from purezmq.cli.targets import Target, as_target, split_arguments

TCP = "tcp://127.0.0.1:5555"


@pytest.mark.parametrize(
    ("argument", "option", "default", "binds"),
    [
        (TCP, None, True, True),
        (TCP, None, False, False),
        (TCP, True, False, True),
        (TCP, False, True, False),
        (f"@{TCP}", False, False, True),
        (f">{TCP}", True, True, False),
        ("tcp://*:5555", None, False, True),
        ("tcp://127.0.0.1:*", None, False, True),
        ("tcp://127.0.0.1:0", None, False, True),
        ("ipc://*", None, False, True),
        ("tcp://127.0.0.1:50", None, False, False),
    ],
)
def test_who_decides_between_bind_and_connect(
    argument: str, option: bool | None, default: bool, binds: bool
) -> None:
    target = as_target(argument, option, default)
    assert target.bind is binds
    assert target.endpoint == argument.lstrip("@>")


def test_endpoints_and_files_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.touch()
    assert split_arguments([TCP, str(path), "-"], None, False) == ([Target(TCP, False)], [str(path), "-"])


@pytest.mark.parametrize(
    ("argument", "guess"),
    [
        ("localhost:5555", "'tcp://localhost:5555'"),
        (":5555", "'tcp://127.0.0.1:5555'"),
        ("@*:5555", "'@tcp://*:5555'"),
    ],
)
def test_a_forgotten_transport_is_guessed(argument: str, guess: str) -> None:
    with pytest.raises(CliFailure, match="did you mean") as caught:
        split_arguments([argument], None, False)
    assert guess in caught.value.message
    assert caught.value.exit_code == ExitCode.USAGE
