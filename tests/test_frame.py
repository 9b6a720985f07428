"""Frames: what they hold, how they share it, what they tell about it. Sockets are fakes here."""

from __future__ import annotations

import array
import copy
import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

import purezmq
from purezmq.base.message import TrackedMessage
from purezmq.constants import Errno, MessageOption
from purezmq.error import Again, ZMQError
from purezmq.frame import COPY_THRESHOLD, Frame, Message, _message_of
from purezmq.tracker import FINISHED_TRACKER

PROPERTIES = {"Socket-Type": b"DEALER", "Identity": b"me", "X-Odd": b"\xff"}

since_312 = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="before 3.12 such a frame is copied instead"
)


def received(data: bytes = b"data", more: bool = False, fd: int = 7) -> Frame:
    return Frame._received(data, more, PROPERTIES, fd)


def errno_of(call, *args):
    with pytest.raises(ZMQError) as caught:
        call(*args)
    return caught.value.errno


# What a frame holds


def test_without_data_a_frame_is_empty():
    frame = Frame()
    assert (len(frame), frame.bytes, frame.buffer.nbytes, bool(frame)) == (0, b"", 0, False)


@pytest.mark.parametrize("copy", [None, True, False])
@pytest.mark.parametrize(
    "data",
    [
        b"abc",
        bytearray(b"abc"),
        memoryview(b"abc"),
        memoryview(b"xabcx")[1:4],
        array.array("B", b"abc"),
        Frame(b"abc"),
    ],
    ids=["bytes", "bytearray", "memoryview", "slice", "array", "frame"],
)
def test_any_buffer_becomes_a_frame(data, copy):
    frame = Frame(data, copy=copy)
    assert (frame.bytes, bytes(frame), bytes(frame.buffer), len(frame)) == (b"abc", b"abc", b"abc", 3)


@pytest.mark.parametrize("copy", [True, False])
def test_length_and_contents_are_in_bytes_whatever_the_items(copy):
    numbers = array.array("i", [1, 2])
    frame = Frame(numbers, copy=copy)
    assert len(frame) == numbers.itemsize * 2
    assert frame.buffer.format == "B"
    assert frame.bytes == numbers.tobytes()


@pytest.mark.parametrize("copy", [True, False])
def test_a_buffer_without_items_makes_an_empty_frame(copy):
    assert Frame(array.array("i"), copy=copy).bytes == b""


def test_columns_first_are_taken_as_they_lie_in_memory():
    numpy = pytest.importorskip("numpy")
    columns = numpy.asfortranarray(numpy.arange(6, dtype="u1").reshape(2, 3))
    assert Frame(columns, copy=False).bytes == bytes([0, 3, 1, 4, 2, 5])


@pytest.mark.parametrize("copy", [None, True, False])
def test_memory_with_gaps_is_refused(copy):
    with pytest.raises(BufferError, match="contiguous"):
        Frame(memoryview(b"abcdef")[::2], copy=copy)


@pytest.mark.parametrize("data", ["text", 5, ["list"], object()])
def test_anything_without_a_buffer_is_refused(data):
    with pytest.raises(TypeError):
        Frame(data)


def test_a_copying_frame_keeps_its_contents_when_the_data_changes():
    data = bytearray(b"abc")
    frame = Frame(data, copy=True)
    data[:] = b"xyz"
    assert frame.bytes == b"abc"


def test_a_sharing_frame_uses_the_memory_of_the_data():
    data = bytearray(b"abc")
    frame = Frame(data, copy=False)
    frame.buffer[0:1] = b"x"
    assert data == b"xbc"


@pytest.mark.parametrize(
    ("size", "options", "is_shared"),
    [
        (COPY_THRESHOLD - 1, {}, False),
        (COPY_THRESHOLD, {}, True),
        (9, {"copy_threshold": 10}, False),
        (10, {"copy_threshold": 10}, True),
        (1, {"copy_threshold": 0}, True),
        (10, {"copy_threshold": 10, "copy": True}, False),
        (9, {"copy_threshold": 10, "copy": False}, True),
    ],
)
def test_data_is_shared_from_the_threshold_on_unless_copy_is_given(size, options, is_shared):
    data = bytearray(size)
    frame = Frame(data, **options)
    data[0] = 1
    assert frame.bytes[0] == is_shared


def test_bytes_are_taken_once():
    data = bytearray(b"abc")
    frame = Frame(data, copy=False)
    assert frame.bytes is frame.bytes
    data[0:1] = b"x"
    assert frame.bytes == b"abc"
    assert bytes(frame.buffer) == b"xbc"


def test_received_bytes_are_not_copied_again():
    data = b"q" * 1000
    assert received(data).bytes is data


def test_the_buffer_is_writable_only_if_the_memory_is():
    assert Frame(b"abc").buffer.readonly
    assert Frame(bytearray(b"abc"), copy=True).buffer.readonly
    assert not Frame(bytearray(b"abc"), copy=False).buffer.readonly
    assert not Frame.of_size(3).buffer.readonly


def test_a_frame_of_a_size_is_filled_through_its_buffer():
    frame = Frame.of_size(5)
    repr(frame)  # looking at it must not freeze the contents
    frame.buffer[:] = b"hello"
    assert frame.bytes == b"hello"
    with pytest.raises(ValueError):
        Frame.of_size(-1)


def test_a_frame_is_a_buffer():
    frame = Frame(b"abc")
    assert memoryview(frame) == b"abc"
    assert b"".join([frame, Frame(b"d")]) == b"abcd"
    target = bytearray(3)
    target[:] = Frame(bytearray(b"xyz"), copy=False)
    assert target == b"xyz"


def test_subclasses_are_buffers_whenever_they_were_made():
    class Later(Frame):
        pass

    assert memoryview(Later(b"abc")) == b"abc"
    program = """
import purezmq
class Early(purezmq.Frame): pass
class EarlierStill(Early): pass
assert bytes(memoryview(EarlierStill(b"abc"))) == b"abc" and bytes(memoryview(Early(b"abc"))) == b"abc"
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(str(purezmq.__file__)).parents[1])}
    subprocess.run([sys.executable, "-X", "dev", "-c", program], check=True, timeout=60, env=environment)


def test_views_of_a_frame_outlive_it():
    views = [memoryview(Frame(b"%d" % number)) for number in range(1000)]
    gc.collect()
    assert [int(bytes(view)) for view in views] == list(range(1000))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from 3.12 on it is an error")
def test_whoever_writes_to_a_read_only_frame_writes_to_a_copy_that_the_frame_keeps():
    data = b"abc"
    frame = Frame(data)
    with open(__file__, "rb") as file:
        assert file.readinto(frame) == 3
    assert frame.bytes == Path(__file__).read_bytes()[:3]
    assert data == b"abc"


@since_312
def test_a_read_only_frame_is_no_writable_buffer():
    with pytest.raises((BufferError, TypeError)):
        with open(__file__, "rb") as file:
            file.readinto(Frame(b"abc"))


def test_on_every_version_the_buffer_attribute_is_a_buffer():
    assert memoryview(Frame(b"abc").buffer) == b"abc"


def test_frames_are_equal_only_to_themselves():
    frame = Frame(b"a")
    assert frame == frame
    assert frame != Frame(b"a")
    assert frame != b"a"
    assert len({frame, Frame(b"a")}) == 2


def test_message_is_another_name_of_frame():
    assert Message is Frame


def test_frames_can_be_weakly_referenced_and_subclassed():
    class Special(Frame):
        pass

    frame = Special(b"abc")
    assert weakref.ref(frame)() is frame
    assert repr(frame) == f"<{__name__}.Special(b'abc')>"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "b''"),
        (3, "b'xxx'"),
        (16, "b'xxxxxxxxxxxxxxxx'"),
        (17, "b'xxxxxxxxxxxx'...17B"),
        (999, "b'xxxxxxxxxxxx'...999B"),
        (1000, "b'xxxxxxxxxxxx'...1kB"),
        (2_500_000, "b'xxxxxxxxxxxx'...2MB"),
    ],
)
def test_repr_shows_short_contents_whole_and_the_beginning_of_long_ones(size, expected):
    frame = Frame(b"x" * size)
    assert repr(frame) == str(frame) == f"<zmq.Frame({expected})>"


# Options and properties


def test_more_is_an_attribute_and_an_option():
    assert (Frame().more, received(more=False).more, received(more=True).more) == (False, False, True)
    assert received(more=True).get(MessageOption.MORE) == 1
    assert Frame().get(MessageOption.MORE) == 0


def test_srcfd_is_known_for_what_came_over_a_descriptor():
    assert received(fd=7).get(MessageOption.SRCFD) == 7
    assert received(fd=7)["__fd"] == "7"
    for local in (Frame(b"a"), received(fd=-1)):
        assert errno_of(local.get, MessageOption.SRCFD) == Errno.EINVAL
        assert errno_of(local.get, "__fd") == Errno.EINVAL


def test_properties_are_text_and_found_by_name():
    frame = received()
    assert frame.get("Socket-Type") == frame["Socket-Type"] == frame.get(b"Socket-Type") == "DEALER"
    assert frame["Identity"] == "me"


def test_a_property_that_is_no_text_does_not_raise():
    assert received()["X-Odd"] == "\ufffd"


@pytest.mark.parametrize("key", ["User-Id", "socket-type", "Routing-Id", b"User-Id", "", 0, 99, -1])
def test_an_unknown_option_or_property_is_einval(key):
    frame = received()
    assert errno_of(frame.get, key) == Errno.EINVAL
    assert errno_of(frame.__getitem__, key) == Errno.EINVAL


@pytest.mark.parametrize("key", [None, 1.5, []])
def test_a_key_of_another_type_is_a_type_error(key):
    with pytest.raises(TypeError):
        received().get(key)


@pytest.mark.parametrize("option", [MessageOption.MORE, MessageOption.SHARED, 99, "Socket-Type", "x"])
def test_options_and_properties_cannot_be_set(option):
    assert errno_of(received().set, option, 1) == Errno.EINVAL


def test_routing_id_can_be_set_and_read():
    frame = Frame(b"a")
    assert frame.routing_id == frame.get("routing_id") == 0
    frame.routing_id = 5
    assert frame.routing_id == frame["routing_id"] == 5
    frame.set("routing_id", 0xFFFF_FFFF)
    assert frame.routing_id == 0xFFFF_FFFF


@pytest.mark.parametrize("routing_id", [0, -1, 2**32])
def test_a_routing_id_is_a_positive_32_bit_number(routing_id):
    assert errno_of(Frame().set, "routing_id", routing_id) == Errno.EINVAL


def test_group_can_be_set_and_read():
    frame = Frame(b"a")
    assert frame.group == ""
    frame.group = "news"
    assert frame.group == frame["group"] == "news"
    frame.set("group", b"x" * 255)
    assert frame.group == "x" * 255


def test_a_group_has_at_most_255_bytes():
    assert errno_of(Frame().set, "group", "x" * 256) == Errno.EINVAL
    assert errno_of(Frame().set, "group", "é" * 128) == Errno.EINVAL


@pytest.mark.parametrize(
    ("name", "value"), [("routing_id", "5"), ("routing_id", 1.0), ("group", 5), ("group", None)]
)
def test_routing_id_and_group_check_their_types(name, value):
    with pytest.raises(TypeError):
        setattr(Frame(), name, value)


# Copying, moving, closing


@pytest.mark.parametrize("copied", [Frame.copy, Frame.fast_copy, copy.copy])
def test_a_copy_shares_the_memory_and_says_so(copied):
    original = received(more=True)
    original.routing_id, original.group = 5, "news"
    assert original.get(MessageOption.SHARED) == 0
    other = copied(original)
    assert other is not original
    assert other.bytes is original.bytes
    assert (other.more, other["Identity"], other.get(MessageOption.SRCFD)) == (True, "me", 7)
    assert (other.routing_id, other.group) == (5, "news")
    assert (original.get(MessageOption.SHARED), other.get(MessageOption.SHARED)) == (1, 1)


def test_a_copy_outlives_the_original():
    original = Frame(bytearray(b"abc"), copy=False)
    other = original.copy()
    original.close()
    assert other.bytes == b"abc"


def test_move_empties_the_source_and_replaces_the_destination():
    source, destination = received(b"new", more=True), Frame(b"old")
    source.move(destination)
    assert (destination.bytes, destination.more, destination["Identity"]) == (b"new", True, "me")
    assert (source.bytes, source.more) == (b"", False)
    assert errno_of(source.get, "Identity") == Errno.EINVAL


def test_move_opens_a_closed_destination_and_leaves_it_alone_if_the_source_is_closed():
    closed = Frame(b"old")
    closed.close()
    destination = Frame(b"kept")
    assert errno_of(closed.move, destination) == Errno.EFAULT
    assert destination.bytes == b"kept"
    destination.move(closed)
    assert closed.bytes == b"kept"


def test_moving_a_frame_to_itself_changes_nothing():
    frame = Frame(b"abc")
    frame.move(frame)
    assert frame.bytes == b"abc"


def test_close_makes_every_use_an_error_and_may_be_repeated():
    frame = received()
    frame.close()
    frame.close()
    assert frame.closed
    for use in (
        lambda: frame.bytes,
        lambda: frame.buffer,
        lambda: len(frame),
        lambda: bytes(frame),
        lambda: frame.get(MessageOption.MORE),
        lambda: frame["Identity"],
        lambda: frame.set("group", "x"),
        lambda: Frame(frame),
        frame.copy,
        lambda: frame.send(FakeSocket()),
    ):
        assert errno_of(use) == Errno.EFAULT
    assert repr(frame) == "<zmq.Frame closed>"


def test_close_lets_go_of_the_memory():
    data = bytearray(b"abc")
    frame = Frame(data, copy=False)
    view = frame.buffer
    with pytest.raises(BufferError):
        data.append(1)
    frame.close()
    assert bytes(view) == b"abc"  # a view of one's own stays valid
    del view
    data.append(1)


# Sending and receiving


class FakeSocket:
    def __init__(self, *frames: Frame) -> None:
        self.frames = list(frames)
        self.sent: list[tuple[Frame, int, bool]] = []

    def send(self, data, flags=0, copy=True):
        self.sent.append((data, flags, copy))
        return data.tracker

    def recv(self, flags=0, copy=True):
        assert copy is False
        if not self.frames:
            raise Again
        return self.frames.pop(0)


def test_send_keeps_the_frame_as_it_is():
    socket, frame = FakeSocket(), Frame(b"abc", track=True)
    assert frame.send(socket, 2) is FINISHED_TRACKER
    assert socket.sent == [(frame, 2, False)]
    assert frame.bytes == b"abc"


def test_recv_replaces_the_contents_and_returns_the_size():
    frame = Frame(b"old")
    assert frame.recv(FakeSocket(received(b"newer", more=True))) == 5
    assert (frame.bytes, frame.more, frame["Identity"]) == (b"newer", True, "me")


def test_recv_that_fails_leaves_the_frame_alone():
    frame = Frame(b"old")
    with pytest.raises(Again):
        frame.recv(FakeSocket())
    assert frame.bytes == b"old"


# What the socket queues


def test_a_message_of_plain_frames_is_plain():
    assert _message_of([Frame(b"a")]) == b"a"
    assert _message_of([Frame(b"a"), Frame(b"b", track=True)]) == (b"a", b"b")
    assert type(_message_of([Frame(b"a"), Frame(b"b")])) is tuple


def test_a_message_of_shared_memory_refers_to_it():
    data = bytearray(b"abc")
    message = _message_of([Frame(data, copy=False)])
    data[0:1] = b"x"
    assert message == (b"xbc",)


def test_a_message_of_tracked_frames_is_tracked():
    frame = Frame(b"abc", copy=False, track=True)
    message = _message_of([Frame(b"id"), frame])
    assert type(message) is TrackedMessage
    assert message == (b"id", b"abc")
    assert frame.tracker is not None
    assert not frame.tracker.done
