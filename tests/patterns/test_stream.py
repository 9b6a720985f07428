import errno

import pytest

from purezmq import error
from purezmq.constants import SocketType

from .helpers import arrive, drain, join, make, new_pipe, received, sent, set_option

FIRST = b"\x00\x01\x02\x03\x04"
SECOND = b"\x00\x01\x02\x03\x05"


@pytest.fixture
def stream():
    return make(SocketType.STREAM)


def test_data_comes_with_a_generated_id_after_a_notification(stream):
    pipe = join(stream)
    arrive(stream, pipe, b"GET /", b"more")
    assert received(stream) == [(FIRST, b""), (FIRST, b"GET /"), (FIRST, b"more")]


def test_data_goes_where_the_id_says(stream):
    first, second = join(stream), join(stream)
    assert stream.try_send((SECOND, b"x"))
    assert stream.try_send((memoryview(FIRST), memoryview(b"y")))
    assert sent(second) == [b"x"]
    assert bytes(sent(first)[0][0]) == b"y"


def test_end_of_a_connection_is_notified_after_its_data(stream):
    pipe = join(stream)
    arrive(stream, pipe, b"bye")
    stream.detach(pipe)
    assert received(stream) == [(FIRST, b""), (FIRST, b"bye"), (FIRST, b"")]


def test_without_notify_only_data_is_received(stream):
    set_option(stream, "STREAM_NOTIFY", 0)
    pipe = join(stream)
    arrive(stream, pipe, b"x")
    stream.detach(pipe)
    assert received(stream) == [(FIRST, b"x")]


def test_empty_data_closes_the_connection_silently(stream):
    pipe = join(stream)
    received(stream)
    stream.try_send((FIRST, b"last"))
    assert stream.try_send((FIRST, b""))
    assert stream.to_close == [pipe]
    assert sent(pipe) == [b"last"]
    with pytest.raises(error.ZMQError):
        stream.try_send((FIRST, b"x"))
    stream.detach(pipe)
    assert received(stream) == []


def test_unknown_id_is_an_error(stream):
    with pytest.raises(error.ZMQError, match="no connection has the routing id b'nobody'") as caught:
        stream.try_send((b"nobody", b"x"))
    assert caught.value.errno == errno.EHOSTUNREACH


def test_full_connection_would_block(stream):
    pipe = join(stream, limit=1)
    assert stream.try_send((FIRST, b"1"))
    assert stream.can_send()
    assert not stream.try_send((FIRST, b"2"))
    drain(stream, pipe, 1)
    assert stream.try_send((FIRST, b"2"))


@pytest.mark.parametrize("message", [b"x", (FIRST,), (FIRST, b"x", b"y")])
def test_messages_have_two_parts(stream, message):
    join(stream)
    assert stream.parts_per_message == 2
    with pytest.raises(error.ZMQError, match="two parts") as caught:
        stream.try_send(message)
    assert caught.value.errno == errno.EINVAL


def test_connected_pipe_has_its_id_at_once_and_keeps_it(stream):
    pipe = new_pipe()
    assert stream.attach(pipe, True)
    assert pipe.routing_id == FIRST
    assert stream.try_send((FIRST, b"before the connection"))
    assert received(stream) == []
    stream.identify(pipe, b"")
    assert received(stream) == [(FIRST, b"")]
    stream.hiccup_lost(pipe)
    stream.hiccup(pipe)
    assert received(stream) == [(FIRST, b""), (FIRST, b"")]
    assert pipe.routing_id == FIRST


def test_given_name_is_used_and_must_be_free(stream):
    join(stream, routing_id=b"web", connected_here=True)
    assert stream.has_peer(b"web")
    assert stream.try_send((b"web", b"x"))
    assert not stream.attach(new_pipe(routing_id=b"web"), True)
