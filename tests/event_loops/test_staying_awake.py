"""In a quick conversation the loop goes round without sleeping, and only there: see ``drivers/spinning.py``.

The clock stands still unless a test moves it, and the selector tells whether the loop would have slept.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import threading

import pytest

import purezmq as zmq
import purezmq.asyncio
from purezmq import _loop_service
from purezmq.drivers import spinning

PATIENCE_S = 20.0
SPIN_S = 80e-6
MOST_CREDIT = 8
TURNS = 50  # enough for whatever is under way


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Selector(selectors.DefaultSelector):
    """Tells whether the loop would sleep now."""

    found = None  # a Future
    turns = 0

    def select(self, timeout=None):
        if self.found is not None:
            self.turns += 1
            if timeout != 0 or self.turns == TURNS:
                self.found.get_loop().call_soon(self.found.set_result, timeout != 0)
                self.found = None
                timeout = 0
        return super().select(timeout)


class Loop(asyncio.SelectorEventLoop):
    """A loop in which a signal handler raises, where it is told to."""

    is_interrupted = False

    def __init__(self):
        self.selector = Selector()
        super().__init__(self.selector)

    def call_soon(self, callback, *args, context=None):
        if self.is_interrupted and getattr(callback, "__name__", "") == "_turn":
            self.is_interrupted = False
            raise KeyboardInterrupt
        return super().call_soon(callback, *args, context=context)


async def is_sleeping():
    """Whether the loop sleeps when everybody waits."""
    loop = asyncio.get_running_loop()
    loop.selector.turns = 0
    loop.selector.found = found = loop.create_future()
    return await found


@pytest.fixture(autouse=True)
def _with_processors_to_spare(monkeypatch):
    monkeypatch.setattr(spinning, "SPIN_S", SPIN_S)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(_loop_service, "monotonic", clock)
    return clock


@pytest.fixture
def run_here():
    """``run_here(coroutine)``: in a loop that tells whether it sleeps; the same one each time."""
    problems = []

    async def within_deadline(coroutine):
        asyncio.get_running_loop().set_exception_handler(lambda loop, problem: problems.append(problem))
        async with asyncio.timeout(PATIENCE_S):
            return await coroutine

    with asyncio.Runner(loop_factory=Loop) as runner:
        yield lambda coroutine: runner.run(within_deadline(coroutine))
    assert not problems


@pytest.fixture(params=["tcp", "ipc"])
def talking(request, context, make_endpoint):
    """Two sockets, the first of which is in a quick conversation."""
    return talking_over(request.param, context, make_endpoint)


def talking_over(transport, context, make_endpoint):
    reader, writer = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    reader.bind(make_endpoint(transport))
    writer.connect(reader.LAST_ENDPOINT.decode())
    reader._pump.spin_credit = MOST_CREDIT
    return reader, writer


async def connected(reader, writer):
    """Everything that happens once has happened."""
    credit = reader._pump.spin_credit
    await writer.send(b"first")
    assert await reader.recv() == b"first"
    await asyncio.sleep(0.01)
    reader._pump.spin_credit = credit


async def begin(reader, **arguments):
    """A task that waits for a message, and has come to its wait."""
    task = asyncio.create_task(receive(reader, **arguments))
    await asyncio.sleep(0)
    return task


async def receive(reader, **arguments):
    return await reader.recv(**arguments)


def test_a_conversation_comes_to_keep_the_loop_awake(context, make_endpoint, run, monkeypatch):
    monkeypatch.setattr(spinning, "SPIN_S", PATIENCE_S)  # every wait is a short one
    server, client = context.socket(zmq.REP), context.socket(zmq.REQ)
    server.bind(make_endpoint("tcp"))
    client.connect(server.LAST_ENDPOINT.decode())

    async def serve():
        while True:
            await server.send(await server.recv())

    async def talk():
        serving = asyncio.create_task(serve())
        for number in range(1, 200):
            await client.send(b"%d" % number)
            assert await client.recv() == b"%d" % number
        serving.cancel()

    run(talk())
    assert server._pump.spin_credit > 1  # one is for trying
    assert client._pump.spin_credit > 1


def test_without_credit_the_loop_sleeps(talking, run_here, clock):
    reader, writer = talking

    async def main():
        await connected(*talking)
        reader._pump.spin_credit = 0
        task = await begin(reader)
        assert await is_sleeping()
        await writer.send(b"x")
        assert await task == b"x"

    run_here(main())


def test_with_one_processor_the_loop_sleeps(talking, run_here, clock, monkeypatch):
    monkeypatch.setattr(spinning, "SPIN_S", 0.0)
    reader, writer = talking

    async def main():
        await connected(*talking)
        task = await begin(reader)
        assert await is_sleeping()
        await writer.send(b"x")
        assert await task == b"x"
        assert reader._pump.spin_credit == MOST_CREDIT

    run_here(main())


def test_with_an_inproc_peer_which_needs_the_interpreter_the_loop_sleeps(
    context, make_endpoint, run_here, clock
):
    reader, writer = talking_over("inproc", context, make_endpoint)

    async def main():
        await connected(reader, writer)
        task = await begin(reader)
        assert await is_sleeping()
        await writer.send(b"x")
        assert await task == b"x"
        assert reader._pump.spin_credit == MOST_CREDIT

    run_here(main())


def test_the_loop_is_awake_until_the_message_comes_and_sleeps_afterwards(talking, run_here, clock):
    reader, writer = talking

    async def main():
        await connected(*talking)
        reader._pump.spin_credit = 1
        task = await begin(reader)
        assert not await is_sleeping()
        await writer.send(b"x")
        assert await task == b"x"
        assert await is_sleeping()
        assert reader._pump.spin_credit == 2

    run_here(main())


def test_the_loop_sleeps_when_the_time_is_up_and_that_costs(talking, run_here, clock):
    reader, writer = talking

    async def main():
        await connected(*talking)
        for left in (6, 4, 2, 0):
            task = await begin(reader)
            assert not await is_sleeping()
            clock.now += 2 * SPIN_S
            assert await is_sleeping()
            assert reader._pump.spin_credit == left
            await writer.send(b"x")
            assert await task == b"x"
        assert reader._pump.spin_credit == 0
        task = await begin(reader)
        assert await is_sleeping()
        task.cancel()

    run_here(main())


def test_seldom_messages_earn_no_credit(talking, run_here, clock):
    reader, writer = talking

    async def main():
        await connected(*talking)
        reader._pump.spin_credit = 0
        for _ in range(200):
            task = await begin(reader)
            clock.now += 0.01
            await writer.send(b"x")
            assert await task == b"x"
            assert reader._pump.spin_credit == 0

    run_here(main())


def test_a_conversation_that_is_too_slow_is_tried_now_and_then(talking, run_here, clock):
    reader, writer = talking

    async def main():
        await connected(*talking)
        reader._pump.spin_credit = reader._pump.short_waits = 0
        tries = 0
        for _ in range(330):
            task = await begin(reader)
            tries += reader._pump.spin_credit
            clock.now += 2 * SPIN_S
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await writer.send(b"x")
            assert await task == b"x"
        assert tries == 10  # of 33 waits, 32 tell that it might be worth it

    run_here(main())


@pytest.mark.parametrize("how", ["cancelled", "late", "at_once", "thrown_away"])
def test_a_call_that_gives_up_while_the_loop_is_awake_costs(talking, run_here, clock, how):
    reader, writer = talking

    async def give_up():
        if how == "cancelled":
            task = await begin(reader)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        elif how == "thrown_away":
            reader.recv().cancel()
        else:
            with pytest.raises(zmq.Again):
                await reader.recv(timeout=0 if how == "at_once" else 5)

    async def main():
        await connected(*talking)
        for left in (6, 4, 2, 0, 0):
            await give_up()
            assert reader._pump.spin_credit == left
            assert await is_sleeping()
        await writer.send(b"x")
        assert await reader.recv() == b"x"

    run_here(main())


def test_a_call_behind_another_that_is_cancelled_changes_nothing(talking, run_here, clock):
    reader, writer = talking

    async def main():
        await connected(*talking)
        first, second = await begin(reader), await begin(reader)
        second.cancel()
        await asyncio.sleep(0)
        assert not await is_sleeping()
        assert reader._pump.spin_credit == MOST_CREDIT
        await writer.send(b"x")
        assert await first == b"x"

    run_here(main())


def test_the_call_behind_the_one_that_got_the_message_does_not_keep_the_loop_awake(talking, run_here, clock):
    reader, writer = talking

    async def main():
        await connected(*talking)
        first, second = await begin(reader), await begin(reader)
        await writer.send(b"1")
        assert await first == b"1"
        assert await is_sleeping()
        await writer.send(b"2")
        assert await second == b"2"

    run_here(main())


def test_tasks_timers_and_other_sockets_go_on_while_the_loop_is_awake(talking, context, run_here, clock):
    reader, writer = talking
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    push.connect(f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}")

    async def count(counts):
        for _ in range(100):
            await asyncio.sleep(0)
            counts.append(None)

    async def main():
        await connected(*talking)
        pull._pump.spin_credit = MOST_CREDIT
        task = await begin(reader)
        counts = []
        counting = asyncio.create_task(count(counts))
        asyncio.get_running_loop().call_later(0.01, push.send, b"from a timer")
        assert await pull.recv() == b"from a timer"
        await counting
        assert len(counts) == 100
        assert not task.done()
        assert not await is_sleeping()
        await writer.send(b"x")
        assert await task == b"x"
        assert await is_sleeping()

    run_here(main())


@pytest.mark.parametrize("where", ["here", "in a thread"])
def test_closing_the_socket_ends_it(talking, run_here, clock, where, in_thread):
    reader, _ = talking

    async def main():
        await connected(*talking)
        task = await begin(reader)
        assert not await is_sleeping()
        if where == "here":
            reader.close()
        else:
            in_thread(reader.close).result()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await is_sleeping()

    run_here(main())


def test_terminating_the_context_ends_it(talking, context, run_here, clock, in_thread):
    reader, writer = talking

    async def main():
        await connected(*talking)
        writer.close()
        task = await begin(reader)
        ending = in_thread(context.term)
        with pytest.raises(zmq.ContextTerminated):
            await task
        assert await is_sleeping()
        reader.close()
        await asyncio.to_thread(ending.result)

    run_here(main())


def test_a_loop_that_stops_and_goes_on_is_awake_again(talking, run_here, clock):
    reader, writer = talking
    waiting = []

    async def leave_it():
        await connected(*talking)
        waiting.append(reader.recv())

    async def come_back():
        assert not await is_sleeping()
        clock.now += 2 * SPIN_S
        assert await is_sleeping()
        await writer.send(b"x")
        assert await waiting.pop() == b"x"

    run_here(leave_it())
    run_here(come_back())


def test_a_loop_that_is_closed_meanwhile_leaves_the_socket_to_the_next_one(talking, clock):
    reader, writer = talking

    async def leave_it():
        await connected(*talking)
        reader.recv()

    async def talk():
        await writer.send(b"x")
        return await reader.recv(timeout=10_000)

    for _ in range(3):
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(leave_it())
        assert asyncio.run(talk()) == b"x"


@pytest.mark.parametrize("where", ["in the call", "between two turns"])
def test_a_signal_handler_that_raises_stops_it_once(talking, run_here, clock, where):
    reader, writer = talking

    async def wait():
        await connected(*talking)
        loop = asyncio.get_running_loop()
        loop.is_interrupted = where == "in the call"
        waiting = reader.recv()
        loop.is_interrupted = True
        await waiting

    async def talk():
        for left in asyncio.all_tasks() - {asyncio.current_task()}:
            left.cancel()
        await asyncio.sleep(0)
        for _ in range(2):
            task = await begin(reader)
            await writer.send(b"x")
            assert await task == b"x"
        task = await begin(reader)
        assert not await is_sleeping()
        await writer.send(b"x")
        assert await task == b"x"
        assert await is_sleeping()

    with pytest.raises(KeyboardInterrupt):
        run_here(wait())
    run_here(talk())


def test_a_loop_that_computes_while_it_should_be_awake_loses_nothing(talking, run_here, clock, eventually):
    reader, writer = talking
    sender = zmq.Socket.shadow(writer)

    async def main():
        await connected(*talking)
        task = await begin(reader)
        for number in range(10):
            sender.send(b"%d" % number)
        # The loop is blocked here, so the I/O thread dismisses it, and reads.
        eventually(lambda: reader.stats()["queue_in"] == 10, "the I/O thread reads")
        assert await task == b"0"
        assert [await reader.recv() for _ in range(9)] == [b"%d" % number for number in range(1, 10)]
        assert await is_sleeping()

    run_here(main())


def test_threads_get_the_interpreter_while_the_loop_is_awake(talking, run_here, clock):
    reader, writer = talking
    steps = []

    def work(is_enough):
        while not is_enough.wait(0.0001):
            steps.append(None)

    async def main():
        await connected(*talking)
        task = await begin(reader)
        is_enough = threading.Event()
        working = asyncio.create_task(asyncio.to_thread(work, is_enough))
        while len(steps) < 20:
            assert not await is_sleeping()
        is_enough.set()
        await working
        await writer.send(b"x")
        assert await task == b"x"

    run_here(main())


def test_busy_poll_keeps_the_loop_awake_as_long(talking, run_here, clock):
    reader, writer = talking
    reader.busy_poll = 1_000_000

    async def main():
        await connected(*talking)
        task = await begin(reader)
        clock.now += 0.9
        assert not await is_sleeping()
        clock.now += 0.2
        assert await is_sleeping()
        await writer.send(b"x")
        assert await task == b"x"

    run_here(main())
