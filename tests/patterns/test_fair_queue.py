from collections import Counter, deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purezmq.base.pipe import Pipe
from purezmq.patterns.fair_queue import FairQueue

from .helpers import Tracked, new_pipe


@pytest.fixture
def queue() -> FairQueue:
    return FairQueue(Counter())


def fill(queue: FairQueue, *items: object, conflates: bool = False) -> Pipe:
    pipe = new_pipe(conflates=conflates)
    pipe.inbox.extend(items)  # type: ignore[arg-type]
    queue.activate(pipe)
    return pipe


def take_all(queue: FairQueue) -> list[object]:
    items: list[object] = []
    while (item := queue.take()) is not None:
        items.append(item)
    return items


def test_nothing_comes_from_an_empty_queue(queue):
    assert queue.take() is None
    assert queue.peek() is None
    assert not queue.has_items()
    assert queue.lane() is None


def test_pipes_with_messages_take_turns_message_by_message(queue):
    fill(queue, b"a1", (b"a2", b"more"), b"a3")
    fill(queue, b"b1")
    fill(queue, b"c1", b"c2")
    # When b leaves, the last pipe of the round takes its place: so does libzmq.
    assert take_all(queue) == [b"a1", b"b1", b"c1", (b"a2", b"more"), b"c2", b"a3"]


def test_pipe_of_the_last_message_is_known(queue):
    first, second = fill(queue, b"1"), fill(queue, b"2")
    queue.take()
    assert queue.last_pipe is first
    queue.take()
    assert queue.last_pipe is second


def test_peek_does_not_take_the_message_nor_the_turn(queue):
    fill(queue, b"a")
    fill(queue, b"b")
    assert queue.peek() == b"a"
    assert queue.peek() == b"a"
    assert take_all(queue) == [b"a", b"b"]


def test_peek_says_which_pipe_the_message_is_in(queue):
    fill(queue)
    pipe = fill(queue, b"x")
    assert queue.peek() == b"x"
    assert queue.current_pipe is pipe


def test_empty_pipe_leaves_the_round_and_joins_again_with_news(queue):
    pipe = fill(queue, b"1")
    assert take_all(queue) == [b"1"]
    assert not pipe.in_active
    pipe.inbox.append(b"2")
    queue.activate(pipe)
    assert pipe.in_active
    assert take_all(queue) == [b"2"]


def test_pipe_announced_twice_has_one_turn(queue):
    pipe = fill(queue, b"a1", b"a2")
    queue.activate(pipe)
    fill(queue, b"b1")
    assert take_all(queue) == [b"a1", b"b1", b"a2"]


def test_message_that_arrives_while_the_pipe_leaves_is_not_lost(queue):
    class LateInbox(deque):
        """The peer's thread appends in the moment between a look that finds nothing and the mark that asks for a
        wake-up."""

        def __bool__(self):
            if len(self) == 0 and not self.is_late:
                self.is_late = True
                self.append(b"late")  # in_active is still set: no wake-up is posted
                return False
            return len(self) > 0

    pipe = new_pipe()
    pipe.inbox = LateInbox([b"early"])
    pipe.inbox.is_late = False
    queue.activate(pipe)
    assert queue.take() == b"early"
    assert queue.take() == b"late"
    assert queue.take() is None


def test_conflating_queue_gives_only_the_newest_message(queue):
    tracked = Tracked(b"old", b"2")
    fill(queue, b"old1", tracked.message, b"new", conflates=True)
    fill(queue, b"other")
    assert queue.peek() == b"new"
    assert take_all(queue) == [b"new", b"other"]
    assert queue.drops == {"conflated": 2}
    assert tracked.told_count == 1


def test_conflating_queue_keeps_the_inbox_short_while_nobody_receives(queue):
    pipe = fill(queue, b"1", b"2", conflates=True)
    pipe.inbox.extend([b"3", b"4"])
    queue.activate(pipe)
    assert list(pipe.inbox) == [b"4"]


def test_lane_is_the_inbox_of_the_only_active_pipe(queue):
    pipe = fill(queue, b"1")
    assert queue.lane() is pipe.inbox
    assert queue.last_pipe is pipe


def test_a_pipe_that_does_not_conflate_keeps_all_beside_one_that_does(queue):
    fill(queue, b"1", b"2", conflates=True)
    fill(queue, b"a", b"b")
    assert take_all(queue) == [b"2", b"a", b"b"]


def test_two_active_pipes_close_the_lane(queue):
    fill(queue, b"1")
    fill(queue, b"2")
    assert queue.lane() is None


def test_conflating_closes_the_lane(queue):
    fill(queue, b"1", conflates=True)
    assert queue.lane() is None


class NaiveFairQueue:
    """What libzmq's documentation of the array says, done with slices instead of indices."""

    def __init__(self) -> None:
        self.inboxes: dict[int, list[bytes]] = {}
        self.active: list[int] = []
        self.current = 0

    def arrive(self, number: int, message: bytes) -> None:
        self.inboxes.setdefault(number, []).append(message)
        if number not in self.active:
            self.active.append(number)

    def take(self) -> bytes | None:
        while self.active:
            number = self.active[self.current]
            if self.inboxes[number]:
                self.current = (self.current + 1) % len(self.active)
                return self.inboxes[number].pop(0)
            before, after = self.active[: self.current], self.active[self.current + 1 :]
            self.active = before + after[-1:] + after[:-1]
            if self.current == len(self.active):
                self.current = 0
        return None


@given(st.lists(st.one_of(st.none(), st.integers(0, 4)), max_size=80))
def test_order_is_that_of_a_naive_model(steps):
    """None takes a message; a number lets one arrive in that pipe."""
    queue, model = FairQueue(Counter()), NaiveFairQueue()
    pipes = [new_pipe() for _ in range(5)]
    for count, step in enumerate([*steps, *[None] * (len(steps) + 1)]):
        if step is None:
            assert queue.has_items() == any(model.inboxes.values())
            # has_items may put empty pipes out of the round early, as the next take would.
            assert queue.take() == model.take()
        else:
            message = b"%d" % count
            pipes[step].inbox.append(message)
            queue.activate(pipes[step])
            model.arrive(step, message)


STEPS = st.one_of(st.none(), st.integers(0, 4), st.sampled_from(["draw", "pop", "look"]))


@pytest.mark.parametrize("names_them", [False, True])
@given(steps=st.lists(STEPS, max_size=120))
def test_messages_drawn_ahead_keep_their_turns(names_them, steps):
    """None takes a message; a number lets one arrive in that pipe, and the driver puts back what was drawn before."""
    queue, model = FairQueue(Counter(), names_them), NaiveFairQueue()
    pipes = [new_pipe(routing_id=b"name %d" % number) for number in range(5)]
    for count, step in enumerate([*steps, *[None] * (len(steps) + 1)]):
        if step is None:
            message = queue.take()
            assert message == model.take()
            if message is not None:
                assert queue.last_pipe is pipes[message[0] - 65]
        elif step == "draw":
            if not queue.ahead:
                assert queue.take() == model.take()
                queue.draw_ahead()
        elif step == "pop":
            if queue.ahead:
                popped = queue.ahead.popleft()
                due = model.take()
                assert popped == ((pipes[due[0] - 65].routing_id, due) if names_them else due)
        elif step == "look":
            if queue.ahead:  # otherwise it may put an empty pipe out of the round, early
                assert queue.has_items()
        else:
            message = b"%c%d" % (65 + step, count)
            queue.put_back()
            pipes[step].inbox.append(message)
            queue.activate(pipes[step])
            model.arrive(step, message)
    assert not queue.ahead
    assert not any(pipe.inbox for pipe in pipes)


def test_what_was_drawn_ahead_is_a_lane(queue):
    fill(queue, b"a1", b"a2", (b"a3", b"more"))
    fill(queue, b"b1", b"b2", b"b3")
    assert queue.take() == b"a1"
    lane = queue.draw_ahead()
    assert lane is queue.lane()
    assert [lane.popleft() for _ in range(4)] == [b"b1", b"a2", b"b2", (b"a3", b"more")]
    assert queue.take() == b"b3"


def test_what_was_drawn_and_not_popped_is_put_back(queue):
    first, second = fill(queue, b"a1", b"a2", b"a3"), fill(queue, b"b1", b"b2", b"b3")
    queue.take()
    assert queue.draw_ahead().popleft() == b"b1"
    queue.put_back()
    assert (list(first.inbox), list(second.inbox)) == ([b"a2", b"a3"], [b"b2", b"b3"])
    assert take_all(queue) == [b"a2", b"b2", b"a3", b"b3"]


def test_nothing_is_drawn_for_a_while_when_nobody_pops(queue):
    fill(queue, *[b"a"] * 100)
    fill(queue, *[b"b"] * 100)
    drawn = 0
    for _ in range(20):
        queue.take()
        drawn += queue.draw_ahead() is not None
    assert drawn == 1


def test_more_and_more_is_drawn_while_all_is_popped(queue):
    for letter in b"abc":
        fill(queue, *[b"%c" % letter] * 1000)
    sizes = []
    for _ in range(6):
        queue.take()
        lane = queue.draw_ahead()
        sizes.append(len(lane))
        lane.clear()
    assert sizes == sorted(sizes)
    assert sizes[-1] > 8 * sizes[0]


def test_only_one_pipe_leaves_nothing_to_draw(queue):
    fill(queue, b"a1", b"a2")
    queue.take()
    assert queue.draw_ahead() is None


def test_conflating_and_shared_pipes_are_not_drawn_from():
    for conflates, is_shared in ((True, False), (False, True)):
        queue = FairQueue(Counter())
        fill(queue, b"a1", b"a2", conflates=conflates)
        other = fill(queue, b"b1", b"b2", b"b3")
        other.is_shared = is_shared
        queue.take()
        assert queue.draw_ahead() is None


def test_who_still_holds_an_inbox_as_lane_does_not_get_messages_too_early(queue):
    first = fill(queue, b"a1", b"a2", b"a3")
    held = queue.lane()
    fill(queue, b"b1", b"b2")
    queue.take()
    assert queue.draw_ahead() is not None
    assert not held  # the message in it would be younger than what was drawn
    assert take_all(queue) == [b"b1", b"a2", b"b2", b"a3"]
    assert not first.inbox
