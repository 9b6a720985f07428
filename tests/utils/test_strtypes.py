"""The deprecated string helpers."""

from __future__ import annotations

import pytest

from purezmq.utils import strtypes


@pytest.mark.parametrize("value", ["ø", "ø".encode()])
def test_casts_give_the_wanted_type_and_warn(value):
    with pytest.warns(DeprecationWarning, match=r"use str\.encode") as caught:
        assert strtypes.cast_bytes(value) == "ø".encode()
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match=r"use bytes\.decode"):
        assert strtypes.cast_unicode(value) == "ø"


def test_encoding_and_errors_are_passed_on():
    with pytest.warns(DeprecationWarning):
        assert strtypes.b("ø", "ascii", "replace") == b"?"
    with pytest.warns(DeprecationWarning):
        assert strtypes.u(b"\xf8", encoding="latin-1") == "ø"


@pytest.mark.parametrize("cast", [strtypes.cast_bytes, strtypes.cast_unicode])
def test_other_types_are_refused(cast):
    with pytest.warns(DeprecationWarning), pytest.raises(TypeError):
        cast(5)


def test_the_short_and_old_names_are_there():
    assert strtypes.asbytes is strtypes.b is strtypes.cast_bytes
    assert strtypes.u is strtypes.cast_unicode
    assert (strtypes.bytes, strtypes.unicode, strtypes.basestring) == (bytes, str, (str,))
