"""GSSAPI with the system's libzmq at the other end, in both roles."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import purezmq as zmq
from tests.interop.driver import LibzmqPeer

from . import ctypes_zmq
from .settings import ALICE, CLIENT, PLAINTEXT, SERVER, USER

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("in_realm")]

ZAP = "inproc://zeromq.zap.01"


@pytest.fixture(scope="module")
def libzmq_process(realm, run_process):
    if ctypes_zmq.find() is None:
        pytest.skip("no libzmq with GSSAPI on this system (Debian: libzmq5)")
    command = [sys.executable, "-I", str(Path(ctypes_zmq.__file__))]
    peer = LibzmqPeer(run_process(command, {**os.environ, **realm.environment}))
    yield peer
    peer.kill()


@pytest.fixture
def libzmq(libzmq_process):
    yield libzmq_process
    libzmq_process.reset()


@pytest.fixture(params=["we serve", "libzmq serves"])
def we_serve(request):
    return request.param == "we serve"


@pytest.fixture(params=["encrypted", "plaintext"])
def mode(request):
    return PLAINTEXT if request.param == "plaintext" else {}


@pytest.fixture
def pair_up(new_socket, libzmq, configure, link, we_serve, mode):
    """``pair_up(type)``: our socket and libzmq's, joined over tcp; the server binds unless told otherwise."""

    def make(ours_type, theirs_type, server=(), client=(), server_binds=True):
        ours, theirs = new_socket(ours_type), libzmq.socket(theirs_type)
        near, far = (ours, theirs) if we_serve else (theirs, ours)
        configure(near, {**SERVER, **mode, **dict(server)})
        configure(far, {**CLIENT, **mode, **dict(client)})
        link(*((near, far) if server_binds else (far, near)), "tcp://127.0.0.1:*")
        return ours, theirs

    return make


@pytest.mark.parametrize("server_binds", [True, False])
def test_messages_of_all_sizes_pass(pair_up, server_binds):
    ours, theirs = pair_up(zmq.DEALER, zmq.DEALER, server_binds=server_binds)
    for parts in ([b""], [b"x"], [b"a", b"", b"c" * 255], [bytes(256), b"y" * 70_000], [b"z" * 1_000_000]):
        ours.send_multipart(parts)
        assert theirs.recv_multipart() == parts
        theirs.send_multipart(parts)
        assert ours.recv_multipart() == parts
    sending = theirs.start_sending_numbers(500)
    assert [ours.recv() for _ in range(500)] == [b"%d" % number for number in range(500)]
    sending.result()


def test_requests_and_replies_pass(pair_up, we_serve):
    ours, theirs = pair_up(*((zmq.REP, zmq.REQ) if we_serve else (zmq.REQ, zmq.REP)))
    asking, answering = (theirs, ours) if we_serve else (ours, theirs)
    for _ in range(3):
        asking.send(b"question")
        assert answering.recv() == b"question"
        answering.send(b"answer")
        assert asking.recv() == b"answer"


def test_our_subscriptions_pass(pair_up):
    ours, theirs = pair_up(zmq.SUB, zmq.XPUB)
    ours.subscribe(b"news")
    assert theirs.recv() == b"\x01news"
    theirs.send(b"olds")
    theirs.send(b"news!")
    assert ours.recv() == b"news!"
    ours.unsubscribe(b"news")
    assert theirs.recv() == b"\x00news"


def test_their_subscriptions_pass_unless_they_are_encrypted(pair_up, mode, we_serve):
    topic = {"SUBSCRIBE": b"news"}
    ours, theirs = pair_up(zmq.XPUB, zmq.SUB, {} if we_serve else topic, topic if we_serve else {}, we_serve)
    if mode:
        assert ours.recv() == b"\x01news"
        ours.send(b"news!")
        assert theirs.recv() == b"news!"
    else:
        # What kind of command it is gets lost in libzmq; its own XPUB sees no more than this.
        assert ours.recv() == b"news"


def test_heartbeats_pass(pair_up):
    beats = {"HEARTBEAT_IVL": 50, "HEARTBEAT_TIMEOUT": 5000}
    ours, theirs = pair_up(zmq.PAIR, zmq.PAIR, beats, beats)
    ours.send(b"a")
    assert theirs.recv() == b"a"
    assert ours.poll(400) == 0  # several beats
    assert ours.stats()["peers"] == 1 and not ours.stats()["failures"] and not ours.stats()["reconnects"]
    theirs.send(b"b")
    assert ours.recv() == b"b"


@pytest.mark.parametrize("we_serve", [True], indirect=False)
def test_their_principal_is_the_user_id(pair_up):
    ours, theirs = pair_up(zmq.PULL, zmq.PUSH)
    theirs.send(b"x")
    assert ours.recv(copy=False).get("User-Id") == ALICE


def test_a_handler_is_asked_about_the_principal(pair_up, new_socket, libzmq, we_serve):
    handler = (new_socket if we_serve else libzmq.socket)(zmq.REP)
    handler.bind(ZAP)
    ours, theirs = pair_up(zmq.PAIR, zmq.PAIR)
    request = handler.recv_multipart()
    assert request[5:] == [b"GSSAPI", ALICE.encode()]
    handler.send_multipart([b"1.0", request[1], b"200", b"", b"al", b""])
    theirs.send(b"x")
    message = ours.recv(copy=False)
    assert message.bytes == b"x"
    if we_serve:
        assert message.get("User-Id") == "al"


@pytest.mark.parametrize("we_serve", [True], indirect=False)
@pytest.mark.parametrize("status", [300, 400, 500])
def test_our_refusal_keeps_them_out(pair_up, new_socket, status):
    handler = new_socket(zmq.REP)
    handler.bind(ZAP)
    ours, _ = pair_up(zmq.PAIR, zmq.PAIR)
    request = handler.recv_multipart()
    handler.send_multipart([b"1.0", request[1], b"%d" % status, b"not you", b"", b""])
    if status == 300:
        assert handler.poll(10_000), "who is refused for now comes again"
    else:
        assert not handler.poll(400), "who was refused does not come again"
    assert ours.stats()["failures"].get("zap_refused") and not ours.stats()["peers"]


@pytest.mark.parametrize("we_serve", [False], indirect=False)
def test_libzmq_lets_in_whom_its_handler_refuses(pair_up, libzmq):
    handler = libzmq.socket(zmq.REP)
    handler.bind(ZAP)
    ours, theirs = pair_up(zmq.PAIR, zmq.PAIR)
    request = handler.recv_multipart()
    handler.send_multipart([b"1.0", request[1], b"400", b"not you", b"", b""])
    ours.send(b"hello")
    assert theirs.recv() == b"hello"


@pytest.mark.parametrize(
    "wrong",
    [
        {"GSSAPI_PRINCIPAL": b"mallory", "GSSAPI_PRINCIPAL_NAMETYPE": USER},
        {"GSSAPI_SERVICE_PRINCIPAL": b"nobody@localhost"},
        {"GSSAPI_SERVICE_PRINCIPAL": b"stale@localhost"},
    ],
)
def test_a_client_with_wrong_credentials_stays_out(pair_up, eventually, wrong):
    ours, _ = pair_up(
        zmq.PAIR, zmq.PAIR, {"HANDSHAKE_IVL": 500}, {**wrong, "HANDSHAKE_IVL": 500, "LINGER": 0}
    )
    eventually(lambda: ours.stats()["failures"], "a failed handshake")
    assert ours.stats()["peers"] == 0


def test_modes_must_agree(pair_up, eventually, mode):
    other = {"GSSAPI_PLAINTEXT": int(not mode), "LINGER": 0}
    ours, _ = pair_up(zmq.PAIR, zmq.PAIR, {}, other)
    eventually(lambda: ours.stats()["failures"], "a failed handshake")
    assert ours.stats()["peers"] == 0
