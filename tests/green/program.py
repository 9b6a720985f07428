"""Greenlets and sockets: ``python program.py plain|before|after [SCENARIO...]``; all of them by default.

``before`` and ``after`` say when gevent patches the standard library: before or after purezmq is imported.
"""

from __future__ import annotations

import os
import sys

WHEN = sys.argv[1]
if WHEN == "after":
    import purezmq.green as zmq
if WHEN != "plain":
    from gevent import monkey

    monkey.patch_all()

import gevent  # noqa: E402
from gevent import Timeout  # noqa: E402
from gevent import socket as gevent_socket  # noqa: E402

import purezmq.green as zmq  # noqa: E402

PATIENCE_S = 20


class Clock:
    """A greenlet that runs all the time; ``turns`` stands still when the hub is blocked."""

    def __init__(self):
        self.turns = 0
        self.greenlet = gevent.spawn(self.run)

    def run(self):
        while True:
            gevent.sleep(0.001)
            self.turns += 1

    def goes_on(self):
        before = self.turns
        with Timeout(PATIENCE_S):
            while self.turns < before + 5:
                gevent.sleep(0.001)


clock = Clock()


class Context(zmq.Context):
    """Keeps its sockets, so that they are closed by ``destroy`` and not by the garbage collector."""

    def __init__(self):
        super().__init__()
        object.__setattr__(self, "_kept", [])

    def socket(self, *args, **kwargs):
        self._kept.append(super().socket(*args, **kwargs))
        return self._kept[-1]


def later(function, *args):
    """Call the function when the clock has run for a while."""

    def wait_and_call(end):
        while clock.turns < end:
            gevent.sleep(0.001)
        function(*args)

    gevent.spawn(wait_and_call, clock.turns + 5)


def others_run_while(wait):
    """``wait`` must take a moment, and the clock must run meanwhile. What it returns or raises."""
    before = clock.turns
    try:
        return wait()
    finally:
        assert clock.turns > before


def pair(ctx, one=zmq.PAIR, other=zmq.PAIR, endpoint="tcp://127.0.0.1:*"):
    bound, connected = ctx.socket(one), ctx.socket(other)
    bound.bind(endpoint)
    connected.connect(bound.get_string(zmq.LAST_ENDPOINT))
    return bound, connected


def request_and_reply(ctx):
    for endpoint in ("tcp://127.0.0.1:*", "inproc://a", f"ipc://@purezmq-test-{os.getpid()}"):
        server, client = pair(ctx, zmq.REP, zmq.REQ, endpoint)

        def serve(server=server):
            for _ in range(200):
                server.send(server.recv() + b"!")

        serving = gevent.spawn(serve)
        for number in range(200):
            client.send(b"%d" % number)
            assert client.recv() == b"%d!" % number
        serving.get(timeout=PATIENCE_S)


def waits_let_others_run(ctx):
    one, other = pair(ctx)
    for receive in (one.recv, one.recv_multipart, one.recv_many, lambda: next(iter(one)), one.poll):
        later(other.send, b"x")
        others_run_while(receive)
    assert one.recv() == b"x"  # poll took nothing
    assert others_run_while(lambda: one.poll(50)) == 0
    for receive in (lambda: one.recv(timeout=50), lambda: one.recv_string()):
        one.rcvtimeo = 50
        try:
            others_run_while(receive)
        except zmq.Again:
            pass
        else:
            raise AssertionError


def senders_wait_for_room(ctx):
    for endpoint in ("tcp://127.0.0.1:*", "inproc://room"):
        pull, push = pair(ctx, zmq.PULL, zmq.PUSH, endpoint)
        push.sndhwm = pull.rcvhwm = 10
        count = 5000
        sending = gevent.spawn(
            lambda push=push, count=count: [push.send(b"%d" % n + bytes(2000)) for n in range(count)]
        )
        others_run_while(lambda sending=sending: sending.join(0.2))
        assert not sending.ready()
        for number in range(count):
            assert int(pull.recv().rstrip(b"\0")) == number
        sending.get(timeout=PATIENCE_S)


def several_greenlets_share_a_socket(ctx):
    pull, push = pair(ctx, zmq.PULL, zmq.PUSH)
    received = []
    receivers = [gevent.spawn(lambda: received.append(pull.recv())) for _ in range(20)]
    gevent.sleep(0.05)
    for number in range(20):
        push.send(b"%d" % number)
    gevent.joinall(receivers, timeout=PATIENCE_S, raise_error=True)
    assert sorted(map(int, received)) == list(range(20))


def a_greenlet_that_is_killed_loses_no_message(ctx):
    one, other = pair(ctx)
    for throw in (gevent.GreenletExit, Timeout):
        waiting = gevent.spawn(one.recv)
        gevent.sleep(0.01)
        waiting.kill(throw)
        assert not one._pump.waiters
        other.send(b"for the next one")
        assert one.recv() == b"for the next one"
    with Timeout(0.05, False):
        one.recv()
    other.send(b"x")
    assert one.recv() == b"x"


def the_background_goes_on_while_greenlets_compute(ctx):
    pull, push = pair(ctx, zmq.PULL, zmq.PUSH)
    push.send(b"first")
    assert pull.recv() == b"first"
    # Another process sends, and nobody here lets the hub run: the I/O thread receives.
    assert type(ctx._hub._io_threads[0]._thread).__name__ == ("Thread" if WHEN == "plain" else "_RealThread")
    push.send(b"second")
    import time

    sleep = monkey.get_original("time", "sleep") if WHEN != "plain" else time.sleep
    for _ in range(2000):
        if pull.stats()["queue_in"]:
            break
        sleep(0.01)
    assert pull.stats()["queue_in"] == 1


def pollers(ctx):
    one, other = pair(ctx)
    reader, writer = gevent_socket.socketpair()
    poller = zmq.Poller()
    poller.register(one, zmq.POLLIN)
    assert others_run_while(lambda: poller.poll(50)) == []
    later(other.send, b"x")
    assert others_run_while(poller.poll) == [(one, zmq.POLLIN)]
    one.recv()
    poller.register(reader, zmq.POLLIN)
    assert others_run_while(lambda: poller.poll(50)) == []
    later(writer.send, b"x")
    assert others_run_while(poller.poll) == [(reader.fileno(), zmq.POLLIN)]
    assert others_run_while(lambda: zmq.zmq_poll([(one, zmq.POLLIN)], 50)) == []
    later(other.send, b"x")
    assert others_run_while(lambda: zmq.select([one], [], [], 10)) == ([one], [], [])
    polls = [gevent.spawn(lambda: dict(zmq.zmq_poll([(other, zmq.POLLIN)], 20_000))) for _ in range(5)]
    gevent.sleep(0.02)
    one.send(b"for all")
    assert [poll.get(timeout=PATIENCE_S) for poll in polls] == [{other: zmq.POLLIN}] * 5
    reader.close()
    writer.close()


def proxies(ctx):
    capture, _ = pair(ctx, zmq.PUSH, zmq.PULL, "inproc://capture")
    for run in (lambda f, b: zmq.device(zmq.QUEUE, f, b), zmq.proxy, lambda f, b: zmq.proxy(f, b, capture)):
        frontend, backend = ctx.socket(zmq.ROUTER), ctx.socket(zmq.DEALER)
        ports = [end.bind_to_random_port("tcp://127.0.0.1") for end in (frontend, backend)]
        client, server = ctx.socket(zmq.REQ), ctx.socket(zmq.REP)
        client.connect(f"tcp://127.0.0.1:{ports[0]}")
        server.connect(f"tcp://127.0.0.1:{ports[1]}")
        running = gevent.spawn(run, frontend, backend)
        for _ in range(50):
            client.send(b"question")
            assert server.recv() == b"question"
            server.send(b"answer")
            assert client.recv() == b"answer"
        clock.goes_on()
        running.kill()
    frontend, backend = ctx.socket(zmq.PULL), ctx.socket(zmq.PUSH)
    control, steering = pair(ctx, endpoint="inproc://control")
    running = gevent.spawn(zmq.proxy_steerable, frontend, backend, None, control)
    clock.goes_on()
    steering.send(b"TERMINATE")
    running.get(timeout=PATIENCE_S)


def close_and_term_wake_greenlets(ctx):
    one, other = pair(ctx)
    waiting = gevent.spawn(one.recv)
    gevent.sleep(0.02)
    one.close()
    try:
        waiting.get(timeout=PATIENCE_S)
    except zmq.ZMQError as error:
        assert error.errno == zmq.ENOTSOCK, error
    else:
        raise AssertionError

    def end():
        try:
            other.recv()
        except zmq.ContextTerminated:
            gevent.sleep(0.05)
            other.close()

    ending = gevent.spawn(end)
    gevent.sleep(0.02)
    assert others_run_while(ctx.term)
    ending.get(timeout=PATIENCE_S)
    assert ctx.closed


def threads_with_hubs_of_their_own(ctx):
    one, other = pair(ctx)

    def talk():
        other.send(b"from a thread")
        assert other.recv() == b"back"
        return True

    talking = gevent.get_hub().threadpool.spawn(talk)
    assert others_run_while_or_not(one.recv) == b"from a thread"
    one.send(b"back")
    assert talking.get(timeout=PATIENCE_S)


def others_run_while_or_not(wait):
    with Timeout(PATIENCE_S):
        return wait()


def names(ctx):
    import purezmq

    assert set(zmq.__all__) == set(purezmq.__all__)
    assert (
        isinstance(ctx, zmq.Context)
        and isinstance(ctx, purezmq.Context)
        and zmq.Context is not purezmq.Context
    )
    assert zmq.Context.instance() is zmq.Context.instance() is not purezmq.Context.instance()
    assert isinstance(ctx.socket(zmq.REQ), zmq.Socket) and zmq.SUB == purezmq.SUB
    purezmq.Context.instance().term()
    zmq.Context.instance().term()


SCENARIOS = [
    request_and_reply,
    waits_let_others_run,
    senders_wait_for_room,
    several_greenlets_share_a_socket,
    a_greenlet_that_is_killed_loses_no_message,
    the_background_goes_on_while_greenlets_compute,
    pollers,
    proxies,
    close_and_term_wake_greenlets,
    threads_with_hubs_of_their_own,
    names,
]


def main():
    gevent.sleep(0.01)
    for scenario in SCENARIOS:
        if len(sys.argv) == 2 or scenario.__name__ in sys.argv[2:]:
            print(scenario.__name__, end=" ", flush=True)
            context = Context()
            with Timeout(PATIENCE_S):
                scenario(context)
                context.destroy(linger=0)
            print("fine", flush=True)
    assert "zmq" not in sys.modules
    clock.greenlet.kill()


main()
