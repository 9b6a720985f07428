from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purezmq.base.pipe import Pipe
from purezmq.patterns.load_balancer import LoadBalancer

from .helpers import Tracked, new_pipe, sent


@pytest.fixture
def balancer() -> LoadBalancer:
    return LoadBalancer(Counter())


def attach(balancer: LoadBalancer, *limits: int) -> list[Pipe]:
    pipes = [new_pipe(limit) for limit in limits]
    for pipe in pipes:
        balancer.attach(pipe)
    return pipes


def test_without_pipes_nothing_can_be_sent(balancer):
    assert not balancer.send(b"x")
    assert not balancer.has_room()
    assert balancer.lane() is None


def test_room_is_what_send_would_take(balancer):
    assert balancer.room(9) == 0
    first, _ = attach(balancer, 3, 2)
    assert balancer.room(100) == 5
    assert balancer.room(4) == 4
    while balancer.send(b"x"):
        pass
    assert balancer.room(9) == 0
    sent(first)
    balancer.activate(first)
    assert balancer.room(9) == 3


def test_pipes_take_turns(balancer):
    pipes = attach(balancer, 9, 9, 9)
    for number in range(7):
        assert balancer.send(b"%d" % number)
    assert [sent(pipe) for pipe in pipes] == [[b"0", b"3", b"6"], [b"1", b"4"], [b"2", b"5"]]


def test_new_pipe_joins_at_the_end_of_the_round(balancer):
    a, b = attach(balancer, 9, 9)
    balancer.send(b"1")
    (c,) = attach(balancer, 9)
    for number in (b"2", b"3", b"4"):
        balancer.send(number)
    assert (sent(a), sent(b), sent(c)) == ([b"1", b"4"], [b"2"], [b"3"])


def test_driver_hears_once_of_news_in_a_pipe(balancer):
    (pipe,) = attach(balancer, 9)
    balancer.send(b"1")
    balancer.send(b"2")
    assert pipe.dirty_list == [pipe]


def test_full_pipe_is_passed_over(balancer):
    small, big = attach(balancer, 1, 9)
    for number in range(4):
        assert balancer.send(b"%d" % number)
    assert (sent(small), sent(big)) == ([b"0"], [b"1", b"2", b"3"])
    assert small.write_blocked and not small.out_active


def test_send_fails_when_all_pipes_are_full_and_changes_nothing(balancer):
    attach(balancer, 1, 2)
    for _ in range(3):
        assert balancer.send(b"x")
    assert not balancer.has_room()
    assert not balancer.send(b"y")
    assert balancer.drops == {}


def test_pipe_with_room_again_joins_the_round(balancer):
    (pipe,) = attach(balancer, 1)
    balancer.send(b"1")
    assert not balancer.send(b"2")
    pipe.outbox.clear()
    assert not balancer.send(b"2")
    balancer.activate(pipe)
    assert not pipe.write_blocked
    assert balancer.send(b"2")


def test_detached_pipe_gets_nothing_more(balancer):
    a, b = attach(balancer, 9, 9)
    balancer.send(b"1")
    balancer.detach(a)
    assert balancer.send(b"2")
    assert balancer.send(b"3")
    assert (sent(a), sent(b)) == ([b"1"], [b"2", b"3"])
    balancer.detach(b)
    assert not balancer.send(b"4")


def test_detaching_a_full_pipe_leaves_the_others_alone(balancer):
    full, other = attach(balancer, 1, 9)
    for _ in range(3):
        balancer.send(b"x")
    balancer.detach(full)
    assert balancer.lane() is other


def test_conflating_balancer_replaces_what_waits(balancer):
    pipe = new_pipe(1, conflates=True)
    balancer.attach(pipe)
    tracked = Tracked(b"old")
    for message in (tracked.message, b"newer", b"newest"):
        assert balancer.has_room()
        assert balancer.send(message)
    assert sent(pipe) == [b"newest"]
    assert balancer.drops == {"conflated": 2}
    assert tracked.told_count == 1
    assert balancer.lane() is None


def test_lane_is_the_only_attached_pipe_while_it_has_room(balancer):
    (pipe,) = attach(balancer, 1)
    assert balancer.lane() is pipe
    balancer.send(b"x")
    assert balancer.lane() is None


def test_a_second_pipe_closes_the_lane_even_if_it_is_full(balancer):
    full, _ = attach(balancer, 1, 9)
    for _ in range(3):
        balancer.send(b"x")
    assert not full.out_active
    assert balancer.lane() is None


class NaiveBalancer:
    """libzmq's round, done with slices instead of indices."""

    def __init__(self) -> None:
        self.room: dict[int, int] = {}
        self.active: list[int] = []
        self.current = 0

    def activate(self, number: int) -> None:
        if number not in self.active:
            self.active.append(number)

    def send(self) -> int | None:
        while self.active:
            number = self.active[self.current]
            if self.room[number]:
                self.room[number] -= 1
                self.current = (self.current + 1) % len(self.active)
                return number
            self.remove(self.current)
        return None

    def remove(self, index: int) -> None:
        before, after = self.active[:index], self.active[index + 1 :]
        self.active = before + after[-1:] + after[:-1]
        if self.current >= len(self.active):
            self.current = 0


LIMIT = 3


@given(
    st.lists(
        st.tuples(st.sampled_from(["send", "empty", "attach", "detach"]), st.integers(0, 3)), max_size=80
    )
)
def test_order_is_that_of_a_naive_model(steps):
    balancer, model = LoadBalancer(Counter()), NaiveBalancer()
    pipes: dict[int, Pipe] = {}
    for action, number in steps:
        if action == "send":
            before = {key: len(pipe.outbox) for key, pipe in pipes.items()}
            chosen = model.send()
            assert balancer.send(b"x") == (chosen is not None)
            grown = [key for key, pipe in pipes.items() if len(pipe.outbox) > before[key]]
            assert grown == ([] if chosen is None else [chosen])
        elif action == "attach" and number not in pipes:
            pipes[number] = new_pipe(LIMIT)
            balancer.attach(pipes[number])
            model.room[number] = LIMIT
            model.activate(number)
        elif action == "empty" and number in pipes:
            pipes[number].outbox.clear()
            model.room[number] = LIMIT
            if pipes[number].write_blocked:
                balancer.activate(pipes[number])
                model.activate(number)
        elif action == "detach" and number in pipes:
            balancer.detach(pipes.pop(number))
            if number in model.active:
                model.remove(model.active.index(number))
        for pipe in pipes.values():
            assert len(pipe.outbox) <= LIMIT
