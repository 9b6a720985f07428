"""copy=False and track=True: who may touch the memory, and when."""

from __future__ import annotations

import gc
import weakref

import pytest

import purezmq as zmq


class Buffer(bytearray):
    """A buffer that can be watched for its end."""


@pytest.fixture
def pair(new_socket, endpoint, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)
    return push, pull


def test_receiving_without_copies_gives_frames(pair):
    push, pull = pair
    push.send_multipart([b"a", b"b" * 100_000])
    frames = pull.recv_multipart(copy=False)
    assert [type(frame) for frame in frames] == [zmq.Frame, zmq.Frame]
    assert [frame.bytes for frame in frames] == [b"a", b"b" * 100_000]
    assert len(frames[1].buffer) == 100_000


@pytest.mark.parametrize("size", [0, 10, 10_000, 100_000, 5_000_000])
def test_sending_without_copies_delivers_the_same(pair, size):
    push, pull = pair
    data = b"\xab" * size
    push.send(data, copy=False)
    push.send_multipart([data, b"middle", data], copy=False)
    assert pull.recv() == data
    assert pull.recv_multipart() == [data, b"middle", data]


def test_a_copying_send_returns_nothing(pair):
    assert pair[0].send(b"x") is None
    assert pair[0].send_multipart([b"x", b"y"]) is None


def test_a_tracker_is_done_when_the_message_has_left(pair):
    push, pull = pair
    tracker = push.send(b"x" * 1_000_000, copy=False, track=True)
    assert isinstance(tracker, zmq.MessageTracker)
    assert len(pull.recv()) == 1_000_000
    tracker.wait(10)
    assert tracker.done


def test_a_tracker_of_several_parts(pair):
    push, pull = pair
    tracker = push.send_multipart([b"x" * 200_000, b"y" * 200_000], copy=False, track=True)
    assert [len(part) for part in pull.recv_multipart()] == [200_000, 200_000]
    tracker.wait(10)
    assert tracker.done


def test_a_small_message_is_done_at_once(pair):
    push, pull = pair
    tracker = push.send(b"small", copy=False, track=True)
    assert tracker.done
    assert pull.recv() == b"small"


def test_a_tracker_is_not_done_while_the_message_waits(new_socket, make_future_endpoint):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    endpoint = make_future_endpoint("tcp")
    push.connect(endpoint)
    tracker = push.send(b"x" * 100_000, copy=False, track=True)
    assert not tracker.done
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.05)
    pull.bind(endpoint)
    assert len(pull.recv()) == 100_000
    tracker.wait(10)
    assert tracker.done


def test_a_tracked_frame_has_a_tracker(pair):
    push, pull = pair
    frame = zmq.Frame(b"x" * 100_000, track=True, copy=False)
    assert not frame.tracker.done
    tracker = push.send(frame, copy=False)
    assert pull.recv() == b"x" * 100_000
    del frame
    tracker.wait(10)


def test_tracking_a_frame_made_without_tracker_is_a_value_error(pair):
    with pytest.raises(ValueError, match="track"):
        pair[0].send(zmq.Frame(b"x"), copy=False, track=True)


def test_trackers_can_be_joined(pair):
    push, pull = pair
    trackers = [push.send(b"x" * 100_000, copy=False, track=True) for _ in range(3)]
    together = zmq.MessageTracker(*trackers)
    for _ in trackers:
        pull.recv()
    together.wait(10)
    assert together.done


def test_an_empty_tracker_is_done():
    assert zmq.MessageTracker().done


def test_the_memory_is_held_until_sent_and_then_released(pair, eventually):
    push, pull = pair
    data = Buffer(b"z" * 300_000)
    alive = weakref.ref(data)
    push.send(data, copy=False)
    del data
    assert pull.recv() == b"z" * 300_000

    def is_released():
        gc.collect()
        return alive() is None

    eventually(is_released, "the buffer to be released")


def test_a_view_of_a_received_frame_outlives_the_frame(pair):
    push, pull = pair
    push.send(b"q" * 100_000)
    view = pull.recv(copy=False).buffer
    gc.collect()
    assert bytes(view) == b"q" * 100_000


def test_received_frames_can_be_forwarded(new_socket, pair, link):
    push, pull = pair
    onward, end = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(end, onward, "inproc://onward")
    push.send_multipart([b"a", b"b" * 100_000])
    onward.send_multipart(pull.recv_multipart(copy=False), copy=False)
    assert end.recv_multipart() == [b"a", b"b" * 100_000]


def test_received_messages_do_not_change_when_others_arrive(pair):
    push, pull = pair
    for number in range(20):
        push.send(bytes([number]) * 70_000)
    frames = [pull.recv(copy=False) for _ in range(20)]
    for _ in range(20):
        push.send(b"\xff" * 70_000)
        pull.recv()
    assert all(frame.bytes == bytes([number]) * 70_000 for number, frame in enumerate(frames))


def test_the_copy_threshold_belongs_to_the_socket(new_socket, pair):
    push, pull = pair
    assert push.copy_threshold == zmq.COPY_THRESHOLD
    push.copy_threshold = 0
    tracker = push.send(b"tiny", copy=False, track=True)
    assert pull.recv() == b"tiny"
    tracker.wait(10)
