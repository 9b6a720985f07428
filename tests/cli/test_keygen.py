"""keygen as a process: what it prints and what it writes."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import purezmq as zmq
from purezmq.auth import load_certificate
from tests.cli.conftest import Command

pytest.importorskip("nacl")

Run = Callable[..., Command]


def test_without_a_name_it_prints_a_pair(run: Run) -> None:
    keygen = run("keygen", "--json")
    assert keygen.end() == 0
    pair = json.loads(keygen.out)
    assert zmq.curve_public(pair["secret_key"]).decode() == pair["public_key"]
    lines = run("keygen").out.decode().splitlines()
    assert [line[:10] for line in lines] == ["public key", "secret key"]
    assert zmq.curve_public(lines[1][20:]).decode() == lines[0][20:] != pair["public_key"]


def test_with_a_name_it_writes_certificates(run: Run, tmp_path: Path) -> None:
    keygen = run("keygen", "server", "--json", "-m", "who=us", "--metadata", "where=here", cwd=tmp_path)
    assert keygen.end() == 0, keygen.err
    facts = json.loads(keygen.out)
    public, secret = (tmp_path / facts[f"{kind}_certificate"] for kind in ("public", "secret"))
    assert (public.name, secret.name) == ("server.key", "server.key_secret")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    keys = load_certificate(secret)
    assert keys[0].decode() == facts["public_key"] and load_certificate(public) == (keys[0], None)
    assert keys[1] is not None and zmq.curve_public(keys[1]) == keys[0]
    assert keys[1] not in keygen.out + public.read_bytes()
    assert 'who = "us"' in public.read_text() and 'where = "here"' in secret.read_text()


@pytest.mark.parametrize("existing", ["server.key", "server.key_secret"])
def test_it_overwrites_nothing(run: Run, tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("precious")
    keygen = run("keygen", str(tmp_path / "server"))
    assert keygen.end() == 2
    assert f"{existing} exists, and keys are never overwritten" in keygen.err.decode()
    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["nowhere/server"], "cannot write nowhere/server.key_secret"),
        (["..//"], "is no name"),
        (["server", "-m", "x"], "is not NAME=VALUE"),
        (["server", "-m", 'x="'], "quotation mark"),
        (["-m", "x=y"], "give them a NAME"),
    ],
)
def test_wrong_usage(run: Run, tmp_path: Path, arguments: list[str], what: str) -> None:
    keygen = run("keygen", *arguments, cwd=tmp_path)
    assert keygen.end() == 2 and what in keygen.err.decode()
    assert not list(tmp_path.iterdir())


def test_without_pynacl_it_says_what_to_install(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A module that cannot be imported, found before the real one.
    (tmp_path / "nacl.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    keygen = run("keygen")
    assert keygen.end() == 2 and "purezmq[curve]" in keygen.err.decode()
