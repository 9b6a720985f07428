"""Both matchers, compiled and in Python, against the plainest one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purezmq.base.pipe import Pipe
from purezmq.patterns import matching

BYTES = st.binary(max_size=4).map(lambda data: bytes(byte % 3 for byte in data))  # few, so that they meet


def _in_python():
    source = Path(str(matching.__file__)).parent / "matching.py"
    spec = importlib.util.spec_from_file_location("purezmq.patterns.matching_in_python", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TWINS = [matching, _in_python()]
PIPES = [Pipe(0, 0, []) for _ in range(4)]


def lengths_by_byte(topics):
    return [
        tuple(sorted({len(topic) for topic in topics if topic and topic[0] == byte})) for byte in range(256)
    ]


@given(st.lists(BYTES, max_size=8), BYTES)
def test_a_topic_is_wanted_if_it_is_a_prefix(topics, part):
    counts = {topic: 1 for topic in topics if topic}
    lengths = lengths_by_byte(counts)[part[0]] if part else ()
    for twin in TWINS:
        assert twin.is_wanted(counts, lengths, part) == any(part.startswith(topic) for topic in counts)


@given(
    st.dictionaries(BYTES, st.lists(st.sampled_from(PIPES), min_size=1, unique=True).map(tuple), max_size=8),
    st.lists(st.one_of(BYTES, st.lists(BYTES, min_size=2, max_size=3).map(tuple)), max_size=6),
)
def test_every_pipe_gets_what_it_wants_once_and_in_order(pipes_of, messages):
    found = pipes_of.get(b"", ())
    lengths = lengths_by_byte(pipes_of)
    firsts = [message if type(message) is bytes else message[0] for message in messages]

    def wanted(pipe, first):
        return any(first.startswith(topic) for topic, pipes in pipes_of.items() if pipe in pipes)

    expected = {
        pipe: [message for message, first in zip(messages, firsts, strict=True) if wanted(pipe, first)]
        for pipe in PIPES
    }
    for twin in TWINS:
        shares = twin.share_out(pipes_of, lengths, found, messages)
        assert len({pipe for pipe, _ in shares}) == len(shares)
        assert dict(shares) == {pipe: share for pipe, share in expected.items() if share}
        for first in filter(None, firsts):
            pipes = list(twin.wanted_by(pipes_of, lengths[first[0]], found, first))
            assert sorted(map(id, pipes)) == sorted(id(pipe) for pipe in PIPES if wanted(pipe, first))


@pytest.mark.parametrize("twin", TWINS)
def test_who_wants_the_same_gets_the_same_list(twin):
    pipes = tuple(PIPES[:3])
    messages = [b"a1", b"a2", b"a3"]
    shares = twin.share_out({b"a": pipes}, lengths_by_byte([b"a"]), (), messages)
    assert [pipe for pipe, _ in shares] == list(pipes)
    assert all(share is messages for _, share in shares)
