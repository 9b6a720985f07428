import pytest

from purezmq.patterns.peer_names import PeerNames

from .helpers import new_pipe


def test_peer_without_an_id_gets_a_zero_byte_and_a_counter():
    names = PeerNames(0x01020304)
    first, second = new_pipe(), new_pipe()
    assert names.claim(first, b"") and names.claim(second, b"")
    assert first.routing_id == b"\x00\x01\x02\x03\x04"
    assert second.routing_id == b"\x00\x01\x02\x03\x05"
    assert names.find(first.routing_id) is first


def test_counter_wraps_around_at_32_bits():
    names = PeerNames(0xFFFFFFFF)
    first, second = new_pipe(), new_pipe()
    names.claim(first, b"")
    names.claim(second, b"")
    assert (first.routing_id, second.routing_id) == (b"\x00\xff\xff\xff\xff", b"\x00\x00\x00\x00\x00")


def test_generated_id_avoids_one_that_a_peer_announced():
    names = PeerNames(7)
    names.claim(new_pipe(), b"\x00\x00\x00\x00\x07")
    pipe = new_pipe()
    assert names.claim(pipe, b"")
    assert pipe.routing_id == b"\x00\x00\x00\x00\x08"


def test_name_in_use_is_refused():
    names = PeerNames(0)
    owner, other = new_pipe(), new_pipe()
    assert names.claim(owner, b"A")
    assert not names.claim(other, b"A")
    assert other.routing_id == b""
    assert names.has(owner) and not names.has(other)


def test_taking_over_renames_the_old_owner():
    names = PeerNames(5)
    owner, other = new_pipe(), new_pipe()
    names.claim(owner, b"A")
    assert names.take_over(other, b"A") is owner
    assert names.find(b"A") is other
    assert owner.routing_id == b"\x00\x00\x00\x00\x05"
    assert names.find(owner.routing_id) is owner


@pytest.mark.parametrize("was_named", [True, False])
def test_forgotten_pipe_is_not_found_and_keeps_its_name(was_named):
    names = PeerNames(0)
    pipe, owner = new_pipe(), new_pipe()
    names.claim(pipe if was_named else owner, b"A")
    pipe.routing_id = b"A"
    names.forget(pipe)
    assert names.find(b"A") is (None if was_named else owner)
    assert pipe.routing_id == b"A"
