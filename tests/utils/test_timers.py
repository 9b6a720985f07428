"""Timers for loops that poll, with a clock that stands still until it is told to go on."""

from __future__ import annotations

import pytest

from purezmq.utils import timers as module
from purezmq.utils.timers import Timers


class Clock:
    now = 0.0

    def monotonic(self):
        return self.now

    def passes(self, ms):
        self.now += ms / 1000


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def called():
    return []


def test_nothing_to_wait_for():
    timers = Timers()
    assert timers.timeout() is None
    assert timers.execute() == 0
    assert len(timers) == 0


def test_a_timer_is_called_at_every_interval(clock, called):
    timers = Timers()
    timers.add(100, called.append, "a")
    assert timers.timeout() == 100
    clock.passes(99)
    assert (timers.execute(), timers.timeout()) == (0, 1)
    clock.passes(2)
    assert timers.timeout() == 0
    assert (timers.execute(), called) == (1, ["a"])
    clock.passes(1000)
    assert (timers.execute(), called) == (1, ["a", "a"])  # once, however late


def test_the_next_one_decides_and_the_wait_is_rounded_up(clock, called):
    timers = Timers()
    timers.add(100, called.append, "slow")
    timers.add(30, called.append, "fast")
    clock.passes(29.5)
    assert timers.timeout() == 1
    clock.passes(71)
    assert (timers.execute(), called) == (2, ["fast", "slow"])


def test_reset_and_set_interval_begin_anew(clock, called):
    timers = Timers()
    number = timers.add(100, called.append, "x")
    clock.passes(60)
    timers.reset(number)
    clock.passes(60)
    assert (timers.execute(), timers.timeout()) == (0, 40)
    timers.set_interval(number, 10)
    assert timers.timeout() == 10
    clock.passes(11)
    assert timers.execute() == 1


def test_cancel(clock, called):
    timers = Timers()
    number = timers.add(10, called.append, "x")
    timers.cancel(number)
    clock.passes(20)
    assert (timers.timeout(), timers.execute(), len(timers)) == (None, 0, 0)
    for call in (timers.cancel, timers.reset, lambda n: timers.set_interval(n, 5)):
        with pytest.raises(KeyError):
            call(number)


def test_a_handler_may_change_the_timers(clock, called):
    timers = Timers()
    numbers = [timers.add(10, lambda: timers.cancel(numbers[1])), timers.add(10, called.append, "never")]
    clock.passes(11)
    assert (timers.execute(), called) == (1, [])


def test_an_error_of_a_handler_comes_out_and_the_timer_goes_on(clock):
    timers = Timers()
    timers.add(10, int, "no number")
    for _ in range(2):
        clock.passes(11)
        with pytest.raises(ValueError, match="no number"):
            timers.execute()


@pytest.mark.parametrize("interval", [0, -1])
def test_no_interval_is_below_a_millisecond(interval):
    with pytest.raises(ValueError, match="at least 1 millisecond"):
        Timers().add(interval, print)
