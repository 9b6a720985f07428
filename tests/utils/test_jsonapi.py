"""JSON as UTF-8 bytes."""

from __future__ import annotations

import json

import pytest

from purezmq.utils import jsonapi


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, True]}, [], "text", 5, None, "ø"])
def test_loads_undoes_dumps(value):
    data = jsonapi.dumps(value)
    assert type(data) is bytes
    assert jsonapi.loads(data) == value


def test_dumps_has_the_defaults_of_the_standard_library():
    assert jsonapi.dumps({"a": [1, 2]}) == b'{"a": [1, 2]}'


def test_keywords_go_to_the_standard_library():
    assert (
        jsonapi.dumps({"b": 1, "a": "ø"}, sort_keys=True, ensure_ascii=False) == '{"a": "ø", "b": 1}'.encode()
    )
    assert jsonapi.loads(b"1.5", parse_float=str) == "1.5"


@pytest.mark.parametrize("data", ['{"a": "ø"}', '{"a": "ø"}'.encode(), bytearray('{"a": "ø"}'.encode())])
def test_loads_takes_text_and_bytes(data):
    assert jsonapi.loads(data) == {"a": "ø"}


@pytest.mark.parametrize("data", [b"{", b"", b"\xff\xff", "[1]".encode("utf-16")])
def test_what_is_no_json_in_utf8_is_a_value_error(data):
    with pytest.raises(ValueError):
        jsonapi.loads(data)


def test_jsonmod_is_the_module_in_use():
    assert jsonapi.jsonmod is json
