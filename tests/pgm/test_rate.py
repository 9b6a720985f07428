"""The rate limit: the right amount over any length of time, whenever the timer wakes us."""

import itertools
import random

import pytest

from purezmq.pgm.rate import RateLimit


def spend(limit, size, seconds, lateness):
    """Send whenever the limit allows, woken up late by ``lateness()``. Returns [(time, bytes)]."""
    now, sent = 0.0, []
    for _ in range(1_000_000):
        if now >= seconds:
            break
        while limit.take(size, now):
            sent.append((now, size))
        now = max(now, limit.ready_at(size)) + lateness()
    return sent


@pytest.mark.parametrize(
    ("kbit_s", "late_s"),
    [
        *[(kbit_s, late_s) for kbit_s in (100, 1_000, 10_000, 100_000) for late_s in (0.0, 0.001, 0.005)],
        (1_000, 0.1),
        (10_000, 0.05),
        (400_000, 0.001),
    ],
)
def test_the_rate_is_kept(kbit_s, late_s):
    rng = random.Random(3)
    bytes_per_s = kbit_s * 125
    limit = RateLimit(bytes_per_s, 1500, 0.0)
    sent = spend(limit, 1480, 8, lambda: rng.uniform(0, late_s))
    # The first second is left out: it may contain the allowance that everybody begins with.
    total = sum(size for when, size in sent if when >= 1)
    assert total == pytest.approx(7 * bytes_per_s, rel=0.02)


@pytest.mark.parametrize("kbit_s", [1_000, 10_000, 100_000])
def test_no_second_has_much_more_than_its_share(kbit_s):
    rng = random.Random(4)
    limit = RateLimit(kbit_s * 125, 1500, 0.0)
    sent = spend(limit, 1480, 5, lambda: rng.choice((0.0005, 0.03)))
    for start in (0, 1.3, 2.6, 3.9):
        total = sum(size for when, size in sent if start <= when < start + 1)
        assert total <= kbit_s * 125 * 1.06 + 64 * 1024


def test_the_default_lets_eight_packets_go_and_then_one_after_the_other():
    # As libzmq does it at 100 kbit/s.
    limit = RateLimit(12_500, 1500, 0.0)
    assert [limit.take(1480, 0.0) for _ in range(9)] == [True] * 8 + [False]
    times = [when for when, _ in spend(limit, 1480, 2, lambda: 0.0)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps == pytest.approx([1480 / 12_500] * len(gaps), abs=1e-4)


def test_a_long_pause_saves_up_no_more_than_a_burst():
    limit = RateLimit(12_500_000, 1500, 0.0)
    while limit.take(1480, 0.0):
        pass
    burst = 0
    while limit.take(1480, 100.0):
        burst += 1480
    assert 60_000 <= burst <= 64 * 1024


def test_a_packet_that_is_larger_than_a_second_can_be_sent_all_the_same():
    limit = RateLimit(1500, 1500, 0.0)
    assert limit.take(1500, 0.0)
    assert not limit.take(1500, 0.5)
    assert limit.take(1500, limit.ready_at(1500) + 1e-9)
