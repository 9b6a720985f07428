"""Certificates: what is written can be read, here and by pyzmq, and secrets are for their owner."""

from __future__ import annotations

import os
import stat

import pytest

import purezmq as zmq
from purezmq import auth, curve_keygen

pytest.importorskip("nacl")


def test_a_pair_of_certificates(tmp_path):
    public_path, secret_path = auth.create_certificates(tmp_path, "me", {"name": "Ada"})
    assert (public_path, secret_path) == (str(tmp_path / "me.key"), str(tmp_path / "me.key_secret"))
    public, nothing = auth.load_certificate(public_path)
    assert nothing is None and len(public) == 40
    same, secret = auth.load_certificate(secret_path)
    assert same == public and zmq.curve_public(secret) == public
    assert 'name = "Ada"' in (tmp_path / "me.key").read_text()
    assert secret.decode() not in (tmp_path / "me.key").read_text()


def test_only_the_owner_can_read_the_secret_one_even_if_it_was_there_before(tmp_path):
    old = tmp_path / "me.key_secret"
    old.write_text("")
    old.chmod(0o666)
    umask = os.umask(0)
    try:
        _, secret_path = auth.create_certificates(tmp_path, "me")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(os.stat(secret_path).st_mode) == 0o600


def test_pyzmq_reads_ours_and_we_read_pyzmqs(tmp_path):
    theirs = pytest.importorskip("zmq.auth")
    public_path, secret_path = auth.create_certificates(tmp_path, "ours")
    assert theirs.load_certificate(secret_path) == auth.load_certificate(secret_path)
    public_path, secret_path = theirs.create_certificates(str(tmp_path), "theirs", {"a": "b"})
    assert theirs.load_certificate(secret_path) == auth.load_certificate(secret_path)
    assert theirs.load_certificates(str(tmp_path)) == auth.load_certificates(tmp_path)
    assert len(auth.load_certificates(tmp_path)) == 2


def test_what_is_missing_is_told(tmp_path):
    with pytest.raises(OSError):
        auth.load_certificate(tmp_path / "nobody.key")
    with pytest.raises(OSError):
        auth.load_certificates(tmp_path / "nowhere")
    (tmp_path / "empty.key").write_text("curve\n")
    with pytest.raises(ValueError, match="no public key"):
        auth.load_certificate(tmp_path / "empty.key")


def test_key_pairs():
    public, secret = zmq.curve_keypair()
    assert len(public) == len(secret) == 40
    assert zmq.curve_public(secret) == zmq.curve_public(secret.decode()) == public
    assert zmq.curve_keypair() != (public, secret)
    assert zmq.has("curve") and zmq.has("CURVE")


@pytest.mark.parametrize("wrong", [b"", b"k" * 39, b"k" * 41, b"~" * 40, b"#" * 40])
def test_wrong_secret_keys_are_refused_and_not_shown(wrong):
    with pytest.raises(ValueError) as caught:
        zmq.curve_public(wrong)
    assert caught.value.__context__ is None and "kkk" not in str(caught.value)


def test_the_pair_that_everybody_publishes():
    # From the manual page of zmq_curve.
    assert (
        zmq.curve_public("D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs")
        == b"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
    )


def test_keygen_prints_keys(capsys):
    curve_keygen.main([])
    public, secret = (eval(line.partition("=")[2]) for line in capsys.readouterr().out.splitlines())
    assert zmq.curve_public(secret).decode() == public
    curve_keygen.main(["--json", f"--secret={secret}"])  # it may begin with a dash
    assert public in capsys.readouterr().out
