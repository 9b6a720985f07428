"""Which socket types go together."""

from __future__ import annotations

from purezmq.zmtp.compat import ANNOUNCES_IDENTITY, COMPATIBLE, PUBLISHES, TYPE_NUMBERS, is_compatible


def test_compatibility_is_mutual() -> None:
    for ours, accepted in COMPATIBLE.items():
        for theirs in accepted:
            assert is_compatible(theirs, ours), (theirs, ours)


def test_every_type_has_a_number_and_no_two_the_same() -> None:
    assert set(TYPE_NUMBERS) == set(COMPATIBLE)
    assert len(set(TYPE_NUMBERS.values())) == len(TYPE_NUMBERS)


def test_stream_is_no_zmtp_type() -> None:
    assert "STREAM" not in COMPATIBLE
    assert 11 not in TYPE_NUMBERS.values()


def test_the_special_types_exist() -> None:
    assert ANNOUNCES_IDENTITY | PUBLISHES < set(COMPATIBLE)


def test_some_pairs_that_must_not_talk() -> None:
    for ours, theirs in [
        ("REQ", "REQ"),
        ("REP", "ROUTER"),
        ("PUSH", "PUSH"),
        ("PUB", "XPUB"),
        ("REQ", "BOGUS"),
    ]:
        assert not is_compatible(ours, theirs)
