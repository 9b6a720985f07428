"""Sockets in tornado's loop: callbacks, the queue of what is to be sent, flush, and what does not spin."""

from __future__ import annotations

import asyncio
import time

import pytest

import purezmq as zmq

pytest.importorskip("tornado")
from tornado.ioloop import IOLoop

from purezmq.eventloop.zmqstream import ZMQStream

PATIENCE_S = 20.0


@pytest.fixture
def pair(new_socket, link):
    def make(server=zmq.PAIR, client=zmq.PAIR):
        one, other = new_socket(server), new_socket(client)
        link(one, other, "tcp://127.0.0.1:*")
        return one, other

    return make


def run(test):
    """Run a coroutine in a loop of its own, with a deadline."""

    async def main():
        await asyncio.wait_for(test(), PATIENCE_S)

    asyncio.run(main())


async def until(condition):
    while not condition():
        await asyncio.sleep(0.005)


def test_messages_come_to_the_callback_in_order(pair):
    one, other = pair()

    async def test():
        received = []
        stream = ZMQStream(one)
        stream.on_recv(received.append)
        for number in range(200):
            other.send_multipart([b"%d" % number, b"x"])
        await until(lambda: len(received) == 200)
        assert received == [[b"%d" % number, b"x"] for number in range(200)]
        stream.close()

    run(test)


def test_frames_instead_of_bytes_and_the_stream_itself(pair):
    one, other = pair()

    async def test():
        received = []
        stream = ZMQStream(one)
        stream.on_recv_stream(lambda *args: received.append(args), copy=False)
        other.send(b"x")
        await until(lambda: received)
        ((found, (frame,)),) = received
        assert found is stream and isinstance(frame, zmq.Frame) and frame.bytes == b"x"
        stream.close()

    run(test)


def test_coroutines_can_be_callbacks(pair):
    one, other = pair()

    async def test():
        stream = ZMQStream(one)

        async def answer(parts):
            await asyncio.sleep(0)
            stream.send_multipart(parts)

        stream.on_recv(answer)
        other.send(b"question")
        await until(lambda: other.poll(0))
        assert other.recv() == b"question"
        stream.close()

    run(test)


def test_what_is_sent_waits_for_room_and_is_told(pair):
    one, other = pair(zmq.PUSH, zmq.PULL)

    async def test():
        sent = []
        stream = ZMQStream(one)
        stream.on_send(lambda parts, status: sent.append(parts[0]))
        numbers = [b"%d" % number + bytes(10_000) for number in range(3000)]
        for number in numbers:
            stream.send(number)
        assert stream.sending()
        received = []
        while len(received) < len(numbers):
            await asyncio.sleep(0)
            while other.poll(0):
                received.append(other.recv())
        assert received == sent == numbers
        stream.close()

    run(test)


def test_a_send_that_fails_is_told(pair):
    one, _ = pair(zmq.REP, zmq.REQ)

    async def test():
        told = []
        stream = ZMQStream(one)
        stream.on_send(lambda parts, status: told.append(status))
        # A REP that has nothing to answer is not writable: nothing may be sent, and nothing spins.
        stream.send(b"too early")
        await asyncio.sleep(0.05)
        assert stream.sending() and not told
        stream.close()

    run(test)


def test_flush_handles_what_is_there_and_no_more_than_asked(pair):
    one, other = pair()

    async def test():
        received = []
        stream = ZMQStream(one)
        stream.on_recv(received.append)
        for number in range(3):
            other.send(b"%d" % number)
        count = 0
        while count < 2:
            count += stream.flush(zmq.POLLIN, 2 - count)
        assert received == [[b"0"], [b"1"]]
        await until(lambda: len(received) == 3)
        stream.send(b"out")
        assert stream.flush(zmq.POLLOUT) == 1
        assert not stream.sending()
        assert other.recv() == b"out"
        stream.close()

    run(test)


def test_flush_removes_messages_that_nobody_wants(pair):
    one, other = pair()

    async def test():
        stream = ZMQStream(one)
        other.send(b"ignored")
        assert one.poll(10_000)
        assert stream.flush() == 1
        assert not one.poll(0)
        stream.close()

    run(test)


@pytest.mark.parametrize("sending", [False, True])
def test_messages_that_nobody_wants_do_not_spin(pair, sending):
    one, other = pair(zmq.DEALER, zmq.DEALER) if not sending else pair(zmq.REP, zmq.REQ)

    async def test():
        stream = ZMQStream(one)
        if sending:
            stream.send(b"too early")
        other.send(b"unwanted")
        await asyncio.get_running_loop().run_in_executor(None, one.poll, 10_000)
        turns = 0
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            began = time.thread_time()
            await asyncio.sleep(0.05)
            assert time.thread_time() - began < 0.04, "the loop is busy"
            turns += 1
        assert turns
        stream.close()

    run(test)


def test_receiving_can_stop_and_go_on(pair):
    one, other = pair()

    async def test():
        received = []
        stream = ZMQStream(one)
        stream.on_recv(received.append)
        assert stream.receiving()
        stream.stop_on_recv()
        other.send(b"1")
        await asyncio.get_running_loop().run_in_executor(None, one.poll, 10_000)
        await asyncio.sleep(0.02)
        assert not received and not stream.receiving()
        stream.on_recv(received.append)
        await until(lambda: received == [[b"1"]])
        stream.close()

    run(test)


def test_close_is_told_and_final(pair):
    one, _ = pair()

    async def test():
        closed = []
        stream = ZMQStream(one)
        stream.on_recv(print)
        stream.set_close_callback(lambda: closed.append(1))
        stream.close()
        stream.close()
        assert stream.closed() and one.closed and closed == [1]
        with pytest.raises(OSError, match="closed"):
            stream.send(b"x")

    run(test)


def test_a_socket_that_somebody_else_closed(pair):
    one, _ = pair()

    async def test():
        stream = ZMQStream(one)
        stream.on_recv(print)
        await asyncio.sleep(0)
        one.close()
        assert stream.closed()
        await asyncio.sleep(0.01)

    run(test)


def test_options_and_endpoints_by_the_stream(pair):
    one, _ = pair()

    async def test():
        stream = ZMQStream(one, IOLoop.current())
        stream.setsockopt(zmq.LINGER, 7)
        assert stream.getsockopt(zmq.LINGER) == 7 and stream.io_loop is IOLoop.current()
        assert stream.bind_to_random_port("tcp://127.0.0.1")
        stream.close()

    run(test)
