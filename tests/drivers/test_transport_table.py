"""Transports that open themselves have the same life as connectors: bind and unbind, LINGER, close, peers()."""

import errno

import pytest

import purezmq as zmq
from purezmq.base import endpoint as endpoints
from purezmq.drivers import transport_table
from purezmq.drivers.handler import Handler
from purezmq.drivers.transport_table import SelfOpeningKind
from purezmq.error import error_for


class Echo(Handler):
    """A line whose peer says everything back, when it is awake."""

    is_inproc = False
    stream = None
    state = "connected"

    def __init__(self, pump, endpoint, options, for_bind):
        super().__init__(pump)
        if endpoint.name == "refused":
            raise error_for(errno.EINVAL, "no such echo")
        self.is_bound = for_bind
        self.text = self.endpoint = endpoint.text
        self.retire_at = 0.0
        self.sleeps = endpoint.name == "asleep"
        self.pipe = pump.core.new_pipe(endpoint.text)
        self.pipe.link = self
        assert pump.core.attach(self.pipe, connected_here=not for_bind)

    @property
    def has_unsent(self):
        return bool(self.pipe.outbox)

    @property
    def unsent(self):
        return len(self.pipe.outbox)

    def flush(self, now):
        if not self.sleeps and self.pipe.outbox:
            while self.pipe.outbox:
                self.pipe.inbox.append(self.pipe.outbox.popleft())
            self.pump.core.pattern.readable(self.pipe)
            self.pump.progress = True

    def on_timer(self, now):
        if self.is_open and self.retire_at and now < self.retire_at:
            self.sleeps = False
            self.flush(now)

    def give_up(self):
        self.is_open = False
        self.pump.core.detach(self.pipe, "peer_gone")

    def go_on(self):
        pass


@pytest.fixture
def pair(monkeypatch):
    def parse(text, name, for_bind):
        return endpoints.Endpoint("echo", name, name=name)

    monkeypatch.setitem(endpoints._PARSERS, "echo", parse)
    monkeypatch.setitem(transport_table._KINDS, "echo", SelfOpeningKind(Echo))
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.rcvtimeo = 10_000
        socket.linger = 0
        yield socket


@pytest.mark.parametrize(("begin", "end"), [("bind", "unbind"), ("connect", "disconnect")])
def test_a_line_lives_from_bind_to_unbind_and_from_connect_to_disconnect(pair, begin, end):
    getattr(pair, begin)("echo://here")
    assert pair.last_endpoint == b"echo://here"
    pair.send_multipart([b"hello", b"you"])
    assert pair.recv_multipart() == [b"hello", b"you"]
    assert [(peer["endpoint"], peer["state"]) for peer in pair.peers()] == [("echo://here", "connected")]
    other = {"unbind": "disconnect", "disconnect": "unbind"}[end]
    with pytest.raises(zmq.ZMQError) as refused:
        getattr(pair, other)("echo://here")
    assert refused.value.errno == errno.ENOENT
    getattr(pair, end)("echo://here")
    assert pair.peers() == []
    assert not pair.poll(0, zmq.POLLOUT)


def test_what_it_refuses_names_the_endpoint_and_leaves_nothing(pair):
    for begin in (pair.bind, pair.connect):
        with pytest.raises(zmq.ZMQError, match=r"no such echo \(addr='echo://refused'\)") as refused:
            begin("echo://refused")
        assert refused.value.errno == errno.EINVAL
    assert pair.peers() == []


def test_a_context_without_io_threads_has_no_use_for_it(pair):
    with zmq.Context(io_threads=0) as context, context.socket(zmq.DEALER) as socket:
        for begin in (socket.bind, socket.connect):
            with pytest.raises(zmq.ZMQError) as refused:
                begin("echo://here")
            assert refused.value.errno == zmq.Errno.EMTHREAD


@pytest.mark.parametrize("linger", [0, 100])
def test_closing_waits_for_it_no_longer_than_linger(pair, linger):
    pair.connect("echo://asleep")
    pair.send(b"never heard")
    pair.close(linger=linger)
    assert pair.closed
