"""Trackers: done when the frames are gone and their messages were sent, and not before."""

from __future__ import annotations

import gc
import signal
import threading
import time

import pytest

from purezmq.base.message import TrackedMessage, was_sent
from purezmq.error import NotDone
from purezmq.frame import Frame, _message_of
from purezmq.tracker import FINISHED_TRACKER, FreedEvent, MessageTracker

PATIENCE_S = 10


def tracked() -> Frame:
    return Frame(bytearray(b"abc"), copy=False, track=True)


def queued(*frames: Frame) -> TrackedMessage:
    message = _message_of(frames)
    assert isinstance(message, TrackedMessage)
    return message


def test_an_untracked_frame_has_no_tracker():
    assert Frame(b"a").tracker is None
    assert Frame(b"a", copy=False).tracker is None
    assert Frame(b"a").tracker_event is None


def test_a_copied_frame_is_done_from_the_start():
    frame = Frame(b"a", track=True)
    assert frame.tracker is FINISHED_TRACKER
    assert frame.tracker_event is None
    assert frame.tracker.done
    frame.tracker.wait(0)


def test_a_shared_frame_is_done_when_it_is_gone():
    frame = tracked()
    tracker, event = frame.tracker, frame.tracker_event
    assert not tracker.done
    assert not event.is_set()
    del frame
    assert tracker.done
    assert event.is_set()


def test_a_sent_frame_is_done_when_frame_and_messages_are_gone():
    frame = tracked()
    tracker = frame.tracker
    first, second = queued(frame), queued(frame)
    was_sent(first)
    del frame
    assert not tracker.done
    was_sent(second)
    assert tracker.done


def test_a_frame_that_outlives_its_message_keeps_it_undone():
    frame = tracked()
    was_sent(queued(frame))
    assert not frame.tracker.done


def test_a_message_that_is_thrown_away_counts_as_sent():
    frame = tracked()
    tracker, message = frame.tracker, queued(frame)
    del frame
    assert not tracker.done
    del message
    assert tracker.done


def test_close_lets_go_and_the_tracker_still_works():
    frame = tracked()
    frame.close()
    assert frame.tracker.done


def test_copies_share_the_tracker_and_the_last_one_counts():
    frame = tracked()
    tracker, other = frame.tracker, frame.copy()
    assert other.tracker is tracker
    assert other.tracker_event is frame.tracker_event
    del frame
    assert not tracker.done
    del other
    assert tracker.done


def test_a_moved_frame_takes_its_tracker_along():
    frame, destination = tracked(), Frame()
    tracker = frame.tracker
    frame.move(destination)
    assert (frame.tracker, destination.tracker) == (None, tracker)
    del frame
    assert not tracker.done
    destination.close()
    assert tracker.done


def test_frames_in_a_reference_cycle_are_done_when_collected():
    class Special(Frame):
        pass

    frame = Special(bytearray(1), copy=False, track=True)
    frame.myself = frame
    tracker = frame.tracker
    del frame
    gc.collect()
    assert tracker.done


def test_one_message_may_release_several_frames():
    frames = [tracked(), tracked()]
    tracker, message = MessageTracker(*frames), queued(*frames)
    frames.clear()
    assert not tracker.done
    was_sent(message)
    assert tracker.done


def test_trackers_watch_frames_events_and_trackers():
    frame, event = tracked(), threading.Event()
    tracker = MessageTracker(MessageTracker(frame), event, FINISHED_TRACKER)
    assert not tracker.done
    del frame
    assert not tracker.done
    event.set()
    assert tracker.done
    tracker.wait(0)


def test_a_tracker_of_nothing_is_done():
    assert MessageTracker().done


def test_an_untracked_frame_cannot_be_watched():
    with pytest.raises(ValueError, match="track=True"):
        MessageTracker(Frame(b"a"))


@pytest.mark.parametrize("item", [5, b"bytes", None])
def test_anything_else_cannot_be_watched(item):
    with pytest.raises(TypeError):
        MessageTracker(item)


@pytest.mark.parametrize("timeout", [0, 0.01])
def test_wait_raises_not_done_when_the_time_is_over(timeout):
    frame = tracked()
    for tracker in (frame.tracker, MessageTracker(frame), MessageTracker(threading.Event())):
        with pytest.raises(NotDone):
            tracker.wait(timeout)


def test_all_that_is_watched_shares_one_timeout():
    frames = [tracked() for _ in range(5)]
    tracker, begin = MessageTracker(*frames), time.monotonic()
    with pytest.raises(NotDone):
        tracker.wait(0.1)
    assert time.monotonic() - begin < 0.4


@pytest.mark.parametrize("timeout", [PATIENCE_S, -1, False])
def test_wait_ends_in_every_waiting_thread_when_the_memory_is_free(timeout):
    frame = tracked()
    tracker = MessageTracker(frame)
    waiters = [threading.Thread(target=tracker.wait, args=(timeout,), daemon=True) for _ in range(3)]
    for waiter in waiters:
        waiter.start()
    frame.close()
    for waiter in waiters:
        waiter.join(PATIENCE_S)
    assert not any(waiter.is_alive() for waiter in waiters)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm signal")
def test_the_waiting_thread_itself_may_free_the_memory():
    frame = tracked()
    before = signal.signal(signal.SIGALRM, lambda number, stack: frame.close())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        frame.tracker.wait(PATIENCE_S)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert frame.tracker.done


def test_an_event_may_be_set_twice_and_stays_set():
    event = FreedEvent()
    assert not event.wait(0)
    event.set()
    event.set()
    assert event.is_set()
    assert event.wait()
    assert event.wait(0)
