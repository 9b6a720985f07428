"""Every way in which a handshake can fail is known at both ends: a monitor event, a counter and a line in the log.

And nowhere, in none of them, is a secret to be seen.
"""

from __future__ import annotations

import itertools
import logging

import pytest

import purezmq as zmq
from purezmq.utils import z85
from purezmq.utils.monitor import recv_monitor_message

pytestmark = [pytest.mark.purezmq_only, pytest.mark.usefixtures("leaves_nothing_behind")]
pytest.importorskip("nacl")

ZAP = "inproc://zeromq.zap.01"
PUBLIC, SECRET = zmq.curve_keypair()
CLIENT_PUBLIC, CLIENT_SECRET = zmq.curve_keypair()
OTHER_PUBLIC, OTHER_SECRET = zmq.curve_keypair()
PASSWORD = "open sesame 4711"

PLAIN_SERVER = {"plain_server": 1}
PLAIN_CLIENT = {"plain_username": b"alice", "plain_password": PASSWORD.encode()}
CURVE_SERVER = {"curve_server": 1, "curve_secretkey": SECRET}
CURVE_CLIENT = {"curve_publickey": CLIENT_PUBLIC, "curve_secretkey": CLIENT_SECRET, "curve_serverkey": PUBLIC}
PAIRS = {"NULL": ({}, {}), "PLAIN": (PLAIN_SERVER, PLAIN_CLIENT), "CURVE": (CURVE_SERVER, CURVE_CLIENT)}
DOMAIN = {"zap_domain": b"here"}
STRICT = {**DOMAIN, "zap_enforce_domain": 1}

AUTH, PROTOCOL, NO_DETAIL = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH,
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL,
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL,
)
MISMATCH, UNEXPECTED, CRYPTO = 0x11000002, 0x10000001, 0x11000001
EFAULT, EPIPE, EAGAIN = 14, 32, 11
HUNG_UP = {
    "NULL": "the peer hung up before its READY",
    "PLAIN": "the peer hung up on our PLAIN credentials",
    "CURVE": "the peer hung up on our CURVE INITIATE",
}


class Case:
    """A pair of sockets, what the ZAP handler says (None: there is none), and what each end has to tell."""

    def __init__(self, name, server, client, reply, servers_word, clients_word, servers_event, clients_event):
        self.name = name
        self.server, self.client, self.reply = server, client, reply
        self.words = (servers_word, clients_word)
        self.events = (servers_event, clients_event)


def reply(status, version=b"1.0", request_id=b"1", metadata=b""):
    return [version, request_id, status, b"because", b"", metadata]


def cases():
    for ours, theirs in itertools.permutations(PAIRS, 2):
        yield Case(
            f"mechanisms {ours} {theirs}",
            PAIRS[ours][0],
            PAIRS[theirs][1],
            None,
            f"we use mechanism {ours}, the peer uses '{theirs}'",
            f"we use mechanism {theirs}, the peer uses '{ours}'",
            (PROTOCOL, MISMATCH),
            (PROTOCOL, MISMATCH),
        )
    for name in ("PLAIN", "CURVE"):
        server, client = PAIRS[name]
        for what, options, word in (
            ("servers", server, "both sides are servers"),
            ("clients", client, "the peer is a"),
        ):
            yield Case(
                f"two {what} {name}",
                options,
                options,
                None,
                word,
                word,
                (PROTOCOL, UNEXPECTED),
                (PROTOCOL, UNEXPECTED),
            )
    yield Case(
        "wrong server key",
        CURVE_SERVER,
        {**CURVE_CLIENT, "curve_serverkey": OTHER_PUBLIC},
        None,
        "the peer's HELLO (is our public key its CURVE_SERVERKEY?) cannot be decrypted",
        "hung up on our CURVE HELLO: is CURVE_SERVERKEY its public key?",
        (PROTOCOL, CRYPTO),
        (NO_DETAIL, EPIPE),
    )
    for name, (server, client) in PAIRS.items():
        for status in (400, 500):
            yield Case(
                f"{status} {name}",
                {**server, **DOMAIN},
                client,
                reply(b"%d" % status),
                f"the ZAP handler refused the peer with status {status} (because)",
                f"the peer refused the connection: '{status}'",
                (AUTH, status),
                (AUTH, status),
            )
        yield Case(
            f"300 {name}",
            {**server, **DOMAIN},
            client,
            reply(b"300"),
            "the ZAP handler refused the peer with status 300 (because)",
            HUNG_UP[name],
            (AUTH, 300),
            (NO_DETAIL, EPIPE),
        )
        for what, bad, word, value in (
            ("frames", [b"1.0"], "a reply of 2 frames", 0x20000001),
            ("version", reply(b"200", version=b"9"), "version b'9'", 0x20000003),
            ("id", reply(b"200", request_id=b"9"), "request id b'9'", 0x20000002),
            ("status", reply(b"600"), "status b'600'", 0x20000004),
            ("metadata", reply(b"200", metadata=b"\xff"), "malformed metadata", 0x20000005),
        ):
            yield Case(
                f"bad reply {what} {name}",
                {**server, **DOMAIN},
                client,
                bad,
                f"the ZAP handler sent {word}",
                HUNG_UP[name],
                (PROTOCOL, value),
                (NO_DETAIL, EPIPE),
            )
        yield Case(
            f"no handler {name}",
            {**server, **STRICT},
            client,
            None,
            "there is no ZAP handler, and",
            HUNG_UP[name],
            (NO_DETAIL, EFAULT),
            (NO_DETAIL, EPIPE),
        )
        yield Case(
            f"slow handler {name}",
            {**server, **DOMAIN, "handshake_ivl": 200},
            client,
            [],
            "the handshake took longer than 200 ms (HANDSHAKE_IVL): nobody has answered yet",
            HUNG_UP[name],
            (NO_DETAIL, EAGAIN),
            (NO_DETAIL, EPIPE),
        )


CASES = list(cases())


def secrets():
    for secret in (PASSWORD, SECRET.decode(), CLIENT_SECRET.decode(), OTHER_SECRET.decode()):
        yield secret
        yield repr(secret)[1:-1]
    for secret in (SECRET, CLIENT_SECRET, OTHER_SECRET):
        raw = z85.decode(secret)
        yield raw.hex()
        yield repr(raw)[2:-1]


def everything_about(socket):
    """All that a program can print of a socket, and of what is inside."""
    core = socket._pump.core
    found = [
        socket,
        core,
        core.options,
        socket.stats(),
        socket.peers(),
        socket.auth,
        vars(type(socket)).keys(),
    ]
    for stream in socket._pump.streams:
        connection = stream.session.connection
        found += [
            stream,
            stream.session,
            connection,
            connection.config,
            connection.failure,
            connection._mechanism,
        ]
        found += [connection.config.curve_keys, connection.zap_request and connection.zap_request[:1]]
    return "\n".join(f"{item!r} {item!s}" for item in found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
@pytest.mark.parametrize("server_binds", [True, False], ids=["server-binds", "client-binds"])
def test_both_ends_know_why_and_nobody_sees_a_secret(case, server_binds, new_socket, caplog, eventually):
    caplog.set_level(logging.DEBUG)
    if case.reply is not None:
        handler = new_socket(zmq.REP)
        handler.bind(ZAP)
    server = new_socket(zmq.PAIR, linger=0, **case.server)
    client = new_socket(zmq.PAIR, linger=0, **case.client)
    monitors = [socket.get_monitor_socket(AUTH | PROTOCOL | NO_DETAIL) for socket in (server, client)]
    binder, connecter = (server, client) if server_binds else (client, server)
    binder.bind("tcp://127.0.0.1:*")
    connecter.connect(binder.LAST_ENDPOINT.decode())
    if case.reply is not None:
        handler.recv_multipart()
        if case.reply:
            handler.send_multipart(case.reply)
    shown = []
    for monitor, expected in zip(monitors, case.events, strict=True):
        assert monitor.poll(10_000), f"no {expected}"
        event = recv_monitor_message(monitor)
        shown.append(repr(event))
        assert (event["event"], int(event["value"])) == expected
    for socket, word in zip((server, client), case.words, strict=True):
        eventually(lambda word=word: word in caplog.text, f"the log to say {word!r}")
        assert socket.stats()["failures"], "a counter"
        assert socket.stats()["peers"] == 0
    shown += [everything_about(server), everything_about(client), caplog.text]
    for secret in secrets():
        assert not any(secret in text for text in shown)
    for socket, monitor in zip((server, client), monitors, strict=True):
        socket.disable_monitor()
        monitor.close()


def test_errors_of_wrong_settings_show_no_secret(new_socket):
    texts = []
    for option, value in (
        (zmq.PLAIN_PASSWORD, PASSWORD),
        (zmq.PLAIN_PASSWORD, PASSWORD.encode() * 20),
        (zmq.CURVE_SECRETKEY, SECRET.decode()),
        (zmq.CURVE_SECRETKEY, SECRET + b"x"),
        (zmq.CURVE_SECRETKEY, SECRET[:39] + b"\x80"),
        (zmq.CURVE_PUBLICKEY, SECRET + b"x"),
        (zmq.CURVE_SERVERKEY, SECRET[:39] + b"\x80"),
        (zmq.GSSAPI_PRINCIPAL, PASSWORD),
    ):
        with pytest.raises((zmq.ZMQError, TypeError)) as caught:
            new_socket(zmq.PAIR).set(option, value)
        texts.append(f"{caught.value!r} {caught.value} {caught.getrepr(showlocals=False)}")
    socket = new_socket(
        zmq.PAIR, curve_secretkey=SECRET, curve_publickey=OTHER_PUBLIC, curve_serverkey=PUBLIC
    )
    with pytest.raises(zmq.ZMQError) as caught:
        socket.connect("tcp://127.0.0.1:19995")
    texts.append(f"{caught.value!r} {caught.value}")
    for value in (SECRET[:39], SECRET[:39] + b"\x80", SECRET.decode()[:-1]):
        with pytest.raises(ValueError) as wrong:
            zmq.curve_public(value)
        texts.append(f"{wrong.value!r} {wrong.value.__cause__!r} {wrong.value.__context__!r}")
    for text in texts:
        for secret in (PASSWORD, SECRET.decode(), SECRET.decode()[:39]):
            assert secret not in text
