"""proxy_steerable(): a proxy that can be paused, resumed, asked and ended."""

from __future__ import annotations

import logging
import struct
import time

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only  # in libzmq 4.3.5 RESUME pauses, and every command is answered


class Steered:
    """A PULL/PUSH proxy in a thread, with its peers and its steering socket."""

    def __init__(self, new_socket, in_thread, make_endpoint, control_type, transport):
        self._new_socket = new_socket
        self.frontend = self._bind(zmq.PULL, make_endpoint(transport))
        self.backend = self._bind(zmq.PUSH, make_endpoint(transport))
        self.control = self._bind(control_type, make_endpoint("inproc"))
        if control_type == zmq.SUB:
            self.control.subscribe(b"")
        partner = {zmq.REP: zmq.REQ, zmq.PULL: zmq.PUSH, zmq.SUB: zmq.XPUB}.get(control_type, control_type)
        self.source = self._connect(zmq.PUSH, self.frontend)
        self.sink = self._connect(zmq.PULL, self.backend)
        self.steering = self._connect(partner, self.control)
        self.running = in_thread(zmq.proxy_steerable, self.frontend, self.backend, None, self.control)
        if control_type == zmq.SUB:
            assert self.steering.recv() == b"\1"

    def _bind(self, kind, endpoint):
        socket = self._new_socket(kind, rcvtimeo=-1, sndtimeo=-1, linger=0)
        socket.bind(endpoint)
        return socket

    def _connect(self, kind, to):
        socket = self._new_socket(kind, linger=0)
        socket.connect(to.LAST_ENDPOINT)
        return socket

    def command(self, text):
        self.steering.send(text)
        if self.steering.type == zmq.REQ:
            return self.steering.recv_multipart()
        return None

    def settle(self):
        """Wait until the proxy has obeyed: it does so in order, and answers this."""
        self.statistics()

    def statistics(self):
        self.steering.send(b"STATISTICS")
        parts = self.steering.recv_multipart()
        assert [len(part) for part in parts] == [8] * 8
        return [struct.unpack("=Q", part)[0] for part in parts]

    def pass_one(self, data):
        self.source.send(data)
        return self.sink.recv() == data


@pytest.fixture
def start(new_socket, in_thread, make_endpoint):
    proxies = []

    def start(control_type=zmq.PAIR, transport="tcp"):
        proxies.append(Steered(new_socket, in_thread, make_endpoint, control_type, transport))
        return proxies[-1]

    yield start
    for proxy in proxies:
        if proxy.running.is_running:
            proxy.steering.send(b"KILL")  # it may be ending already, so nobody waits for an answer
        assert proxy.running.result() is None


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
def test_pause_holds_messages_back_and_resume_lets_them_go(start, transport):
    proxy = start(transport=transport)
    assert proxy.pass_one(b"1")
    proxy.command(b"PAUSE")
    proxy.settle()
    for number in range(10):
        proxy.source.send(b"%d" % number)
    assert proxy.sink.poll(50) == 0
    proxy.command(b"RESUME")
    assert [proxy.sink.recv() for _ in range(10)] == [b"%d" % number for number in range(10)]


@pytest.mark.parametrize("control_type", [zmq.PAIR, zmq.PULL, zmq.SUB, zmq.DEALER, zmq.CHANNEL])
@pytest.mark.parametrize("command", [b"TERMINATE", b"KILL"])
def test_it_ends_when_it_is_told_to(start, control_type, command):
    proxy = start(control_type)
    assert proxy.pass_one(b"1")
    proxy.command(command)
    assert proxy.running.result() is None
    assert not proxy.frontend.closed  # the sockets are the caller's


@pytest.mark.parametrize("command", [b"PAUSE", b"RESUME", b"TERMINATE", b"KILL", b"NONSENSE"])
def test_rep_answers_every_command(start, command):
    proxy = start(zmq.REP)
    assert proxy.command(command) == [b""]


def test_statistics_count_messages_and_bytes_of_each_end(start):
    proxy = start()
    assert proxy.statistics() == [0] * 8
    proxy.source.send(b"12345")
    proxy.source.send_multipart([b"123", b"", b"45678"])
    proxy.sink.recv()
    proxy.sink.recv_multipart()
    assert proxy.statistics() == [2, 13, 0, 0, 0, 0, 2, 13]


def test_statistics_of_both_directions(new_socket, make_endpoint, in_thread, link):
    ends = [new_socket(zmq.PAIR, rcvtimeo=-1, linger=0) for _ in range(3)]
    peers = [new_socket(zmq.PAIR, linger=0) for _ in range(3)]
    for end, peer in zip(ends, peers, strict=True):
        link(end, peer, make_endpoint("inproc"))
    running = in_thread(zmq.proxy_steerable, ends[0], ends[1], None, ends[2])
    peers[0].send(b"abc")
    assert peers[1].recv() == b"abc"
    peers[1].send(b"de")
    assert peers[0].recv() == b"de"
    peers[2].send(b"STATISTICS")
    assert b"".join(peers[2].recv_multipart()) == struct.pack("=8Q", 1, 3, 1, 2, 1, 2, 1, 3)
    peers[2].send(b"TERMINATE")
    running.result()


def test_statistics_that_cannot_be_told_disturb_nothing(start):
    proxy = start(zmq.PULL)
    proxy.command(b"STATISTICS")
    assert proxy.pass_one(b"1")


@pytest.mark.parametrize("command", [b"", b"pause", b"PAUSED", b"HELLO"])
def test_unknown_commands_are_logged_and_change_nothing(start, caplog, command):
    proxy = start()
    with caplog.at_level(logging.WARNING, "purezmq"):
        proxy.command(command)
        proxy.settle()
    assert "knows no command" in caplog.text
    assert proxy.pass_one(b"1")


def test_terminate_forwards_what_has_arrived_already(start, eventually):
    proxy = start()
    assert proxy.pass_one(b"0")
    for number in range(50):
        proxy.source.send(b"%d" % number)
    eventually(lambda: proxy.source.stats()["queue_out"] == 0, "the messages to leave")
    time.sleep(0.05)
    proxy.command(b"TERMINATE")
    assert [proxy.sink.recv() for _ in range(50)] == [b"%d" % number for number in range(50)]


def test_kill_while_paused_leaves_messages_where_they_are(start):
    proxy = start(transport="inproc")
    proxy.command(b"PAUSE")
    proxy.settle()
    proxy.source.send(b"stays")
    proxy.command(b"KILL")
    proxy.running.result()
    assert proxy.frontend.recv() == b"stays"


def test_a_capture_socket_gets_copies(new_socket, make_endpoint, in_thread, link):
    pull, push, tap, control = (
        new_socket(kind, linger=0) for kind in (zmq.PULL, zmq.PUSH, zmq.PUSH, zmq.PAIR)
    )
    source, sink, log, steering = (
        new_socket(kind, linger=0) for kind in (zmq.PUSH, zmq.PULL, zmq.PULL, zmq.PAIR)
    )
    for end, peer in ((pull, source), (push, sink), (tap, log), (control, steering)):
        link(end, peer, make_endpoint("inproc"))
    running = in_thread(zmq.proxy_steerable, pull, push, tap, control)
    source.send_multipart([b"a", b"b"])
    assert sink.recv_multipart() == log.recv_multipart() == [b"a", b"b"]
    steering.send(b"TERMINATE")
    running.result()


def test_without_a_control_socket_it_is_a_proxy(make_context, new_socket, in_thread, make_endpoint):
    context = make_context()
    pull, push = new_socket(zmq.PULL, of=context), new_socket(zmq.PUSH, of=context, linger=0)
    running = in_thread(zmq.proxy_steerable, pull, push)
    ending = in_thread(context.term)
    with pytest.raises(zmq.ContextTerminated):
        running.result()
    for socket in (pull, push):
        socket.close()
    ending.result()


def test_the_end_of_the_context_ends_a_paused_one_too(
    make_context, new_socket, in_thread, make_endpoint, link
):
    context = make_context()
    pull, push, control, steering = (
        new_socket(kind, of=context, linger=0) for kind in (zmq.PULL, zmq.PUSH, zmq.PAIR, zmq.PAIR)
    )
    link(control, steering, make_endpoint("inproc"))
    running = in_thread(zmq.proxy_steerable, pull, push, None, control)
    steering.send(b"PAUSE")
    ending = in_thread(context.term)
    with pytest.raises(zmq.ContextTerminated):
        running.result()
    for socket in (pull, push, control, steering):
        socket.close()
    ending.result()


def test_scatter_gather_through_a_proxy(new_socket, in_thread, make_endpoint, link):
    gather, scatter, control = (new_socket(kind, linger=0) for kind in (zmq.GATHER, zmq.SCATTER, zmq.PAIR))
    source, sink, steering = (new_socket(kind, linger=0) for kind in (zmq.SCATTER, zmq.GATHER, zmq.PAIR))
    for end, peer in ((gather, source), (scatter, sink), (control, steering)):
        link(end, peer, make_endpoint("tcp" if peer is not steering else "inproc"))
    running = in_thread(zmq.proxy_steerable, gather, scatter, None, control)
    source.send(b"through")
    assert sink.recv() == b"through"
    steering.send(b"TERMINATE")
    running.result()
