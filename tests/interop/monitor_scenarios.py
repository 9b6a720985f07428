"""Situations that a monitor reports, played with either library in a process of its own.

``python monitor_scenarios.py zmq|purezmq`` prints one line of JSON per situation: its name, and for each watched socket
the events it reported, as [event, value, endpoint]. Descriptors, retry intervals and addresses that differ from run to
run are replaced by words.
"""

from __future__ import annotations

import importlib
import json
import socket as os_socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE_MS = 10_000
QUIET_MS = 300  # what has not happened after this does not happen: only for situations that end in silence
WITH_DESCRIPTORS = ("CONNECTED", "LISTENING", "ACCEPTED", "CLOSED", "DISCONNECTED")
NULL = b"NULL"
GREETING_SIZE = 64

SCENARIOS: dict[str, Callable[[Stage], None]] = {}


def scenario(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
    SCENARIOS[play.__name__] = play
    return play


class Watched:
    """A socket, its monitor, and what that has said."""

    def __init__(self, stage: Stage, socket: Any, events: int | None = None) -> None:
        self._stage = stage
        self.socket = socket
        self.monitor = socket.get_monitor_socket(events)
        self.heard: list[list[Any]] = []

    def take(self, count: int) -> None:
        """Wait for so many events."""
        for _ in range(count):
            if not self.monitor.poll(PATIENCE_MS):
                self.heard.append(["nothing more", 0, ""])
                return
            self._read()

    def take_rest(self) -> None:
        """Take what comes until nothing comes any more."""
        while self.monitor.poll(QUIET_MS):
            self._read()

    def until(self, event: str) -> None:
        """Take events up to one of this name."""
        while not self.heard or self.heard[-1][0] not in (event, "nothing more"):
            self.take(1)

    def _read(self) -> None:
        found = self._stage.parse(self.monitor.recv_multipart())
        name, value = found["event"].name, int(found["value"])
        shown: Any = value & 0xFFFFFFFF
        if name in WITH_DESCRIPTORS and value > 2:
            shown = "descriptor"
        elif name == "CONNECT_RETRIED" and value >= self.socket.get(self._stage.zmq.RECONNECT_IVL):
            shown = "interval"
        self.heard.append([name, shown, self._stage.in_words(found["endpoint"].decode())])


class Stage:
    """A context and what happens in it."""

    def __init__(self, name: str, directory: str) -> None:
        self.zmq = importlib.import_module(name)
        self.parse = importlib.import_module(f"{name}.utils.monitor").parse_monitor_message
        self.context = self.zmq.Context()
        self.directory = directory
        self.watched: dict[str, Watched] = {}
        self._words: dict[str, str] = {}
        self._others: list[Any] = []

    def socket(self, kind: str, **options: Any) -> Any:
        socket = self.context.socket(getattr(self.zmq, kind))
        socket.linger = 0
        socket.reconnect_ivl = 50
        for option, value in options.items():
            socket.set(getattr(self.zmq, option.upper()), value)
        self._others.append(socket)
        return socket

    def watch(self, name: str, kind: str, **options: Any) -> Watched:
        self.watched[name] = Watched(self, self.socket(kind, **options))
        return self.watched[name]

    def bind(self, watched: Watched, endpoint: str = "tcp://127.0.0.1:*") -> str:
        watched.socket.bind(endpoint)
        address: str = watched.socket.get(self.zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
        self.call(address, "the endpoint")
        return address

    def call(self, address: str, word: str) -> None:
        self._words[address] = word

    def in_words(self, endpoint: str) -> str:
        return self._words.get(endpoint, endpoint)

    def pair(self, server: Watched, client: Watched, endpoint: str = "tcp://127.0.0.1:*") -> str:
        address = self.bind(server, endpoint)
        client.socket.connect(address)
        return address

    def raw_listener(self) -> tuple[os_socket.socket, str]:
        listener = os_socket.create_server(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        self.call(address, "the endpoint")
        return listener, address

    def raw_peer(self, server: Watched, *data: bytes) -> os_socket.socket:
        """Somebody who speaks by hand: a greeting, and the rest when the server's part of the handshake has come."""
        address = self.bind(server)
        peer = os_socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), PATIENCE_MS / 1000)
        for index, piece in enumerate(data):
            if index == 1:
                # What libzmq does with an ERROR depends on whether it has sent its READY yet.
                answer = b""
                while len(answer) < GREETING_SIZE or (data[0] == greeting() and b"READY" not in answer):
                    answer += peer.recv(1000)
            peer.sendall(piece)
        return peer

    def nudge(self, *watched: Watched) -> None:
        """libzmq goes on with some things only when the application calls in."""
        for _ in range(20):
            for one in watched:
                one.socket.get(self.zmq.EVENTS)
            time.sleep(0.005)

    def end(self) -> None:
        # In this order: libzmq hangs for ever if a monitor ends before what it watches.
        for watched in self.watched.values():
            if not watched.socket.closed:
                watched.socket.disable_monitor()
        for socket in self._others:
            socket.close(linger=0)
        for watched in self.watched.values():
            watched.monitor.close(linger=0)
        self.context.term()


class Handler(threading.Thread):
    """A ZAP handler that says the same to everybody."""

    def __init__(self, stage: Stage, status: bytes, **frames: bytes) -> None:
        super().__init__(daemon=True)
        self._zmq = stage.zmq
        self._reply = {
            "version": b"1.0",
            "id": b"1",
            "status": status,
            "text": b"",
            "user": b"joe",
            "meta": b"",
        }
        self._reply.update(frames)
        self._socket = stage.socket("REP")
        self._socket.bind("inproc://zeromq.zap.01")
        self._is_running = True
        self.start()

    def run(self) -> None:
        while self._is_running:
            if self._socket.poll(20):
                self._socket.recv_multipart()
                self._socket.send_multipart(list(self._reply.values()))

    def end(self) -> None:
        self._is_running = False
        self.join()


def greeting(mechanism: bytes = NULL) -> bytes:
    return b"\xff" + bytes(8) + b"\x7f\x03\x01" + mechanism.ljust(20, b"\0") + bytes(32)


def command(body: bytes) -> bytes:
    return b"\x04" + bytes((len(body),)) + body


def ready(socket_type: bytes) -> bytes:
    return command(b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(socket_type)) + socket_type)


PLAIN = {"plain_username": b"joe", "plain_password": b"secret"}


# -- connections --------------------------------------------------------------------------------------


def live(stage: Stage, endpoint: str = "tcp://127.0.0.1:*") -> tuple[Watched, Watched, str]:
    server, client = stage.watch("server", "ROUTER"), stage.watch("client", "DEALER")
    address = stage.pair(server, client, endpoint)
    client.until("HANDSHAKE_SUCCEEDED")
    server.until("HANDSHAKE_SUCCEEDED")
    return server, client, address


@scenario
def the_client_closes(stage: Stage) -> None:
    server, client, _ = live(stage)
    client.socket.close()
    client.take(1)
    server.take(1)


@scenario
def the_client_closes_over_ipc(stage: Stage) -> None:
    server, client, _ = live(stage, f"ipc://{stage.directory}/a")
    client.socket.close()
    client.take(1)
    server.take(1)


@scenario
def the_server_closes(stage: Stage) -> None:
    server, client, _ = live(stage)
    server.socket.close()
    server.take(2)
    client.take(6)


@scenario
def the_server_closes_over_ipc(stage: Stage) -> None:
    server, client, _ = live(stage, f"ipc://{stage.directory}/b")
    server.socket.close()
    server.take(2)
    client.take(5)


@scenario
def unbind(stage: Stage) -> None:
    server, client, address = live(stage)
    server.socket.unbind(address)
    server.take(1)
    stage.nudge(server, client)
    client.take(2)
    server.take_rest()


@scenario
def disconnect(stage: Stage) -> None:
    server, client, address = live(stage)
    client.socket.disconnect(address)
    stage.nudge(server, client)
    server.take(1)
    client.take_rest()


@scenario
def a_wildcard_is_bound(stage: Stage) -> None:
    server, client = stage.watch("server", "ROUTER"), stage.socket("DEALER")
    address = stage.bind(server, "tcp://*:*")
    near = address.replace("0.0.0.0", "127.0.0.1")
    stage.call(near, "the near end")
    client.connect(near)
    server.take(3)
    client.close()
    server.take(1)


@scenario
def an_idle_server_closes(stage: Stage) -> None:
    server = stage.watch("server", "ROUTER")
    stage.bind(server)
    server.take(1)
    server.socket.close()
    server.take(2)


@scenario
def inproc_is_silent(stage: Stage) -> None:
    server, client = stage.watch("server", "ROUTER"), stage.watch("client", "DEALER")
    stage.pair(server, client, "inproc://somewhere")
    client.socket.send(b"hello")
    server.socket.recv_multipart()
    client.socket.disconnect("inproc://somewhere")
    stage.nudge(server, client)
    server.take_rest()
    client.take_rest()


@scenario
def heartbeats_stay_away(stage: Stage) -> None:
    server = stage.watch("server", "ROUTER", heartbeat_ivl=50, heartbeat_timeout=100)
    peer = stage.raw_peer(server, greeting(), ready(b"DEALER"))
    server.take(4)
    peer.close()


@scenario
def a_message_is_too_large(stage: Stage) -> None:
    server = stage.watch("server", "ROUTER", maxmsgsize=100)
    peer = stage.raw_peer(server, greeting(), ready(b"DEALER"))
    server.take(3)
    peer.sendall(b"\x00\xc8" + bytes(200))
    server.take(1)
    peer.close()


# -- connections that are not made --------------------------------------------------------------------


@scenario
def nobody_listens(stage: Stage) -> None:
    client = stage.watch("client", "DEALER")
    listener, address = stage.raw_listener()
    listener.close()
    client.socket.connect(address)
    client.take(7)


@scenario
def nobody_listens_over_ipc(stage: Stage) -> None:
    client = stage.watch("client", "DEALER")
    client.socket.connect(f"ipc://{stage.directory}/nobody")
    stage.call(f"ipc://{stage.directory}/nobody", "the endpoint")
    client.take(4)


@scenario
def a_refusal_is_final(stage: Stage) -> None:
    client = stage.watch("client", "DEALER", reconnect_stop=1)
    listener, address = stage.raw_listener()
    listener.close()
    client.socket.connect(address)
    client.take(2)
    client.take_rest()


@scenario
def there_is_no_second_attempt(stage: Stage) -> None:
    client = stage.watch("client", "DEALER", reconnect_ivl=-1)
    listener, address = stage.raw_listener()
    listener.close()
    client.socket.connect(address)
    client.take(2)
    client.take_rest()


@scenario
def intervals_grow(stage: Stage) -> None:
    stage.watched["client"] = Watched(
        stage, stage.socket("DEALER", reconnect_ivl=10, reconnect_ivl_max=40), stage.zmq.EVENT_CONNECT_RETRIED
    )
    listener, address = stage.raw_listener()
    listener.close()
    stage.watched["client"].socket.connect(address)
    stage.watched["client"].take(4)


@scenario
def the_connect_times_out(stage: Stage) -> None:
    listener, address = stage.raw_listener()
    listener.listen(0)
    crowd = [os_socket.socket() for _ in range(4)]  # the backlog is full
    for one in crowd:
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
    client = stage.watch("client", "DEALER", connect_timeout=100)
    client.socket.connect(address)
    client.take(4)
    for one in [*crowd, listener]:
        one.close()


@scenario
def binding_fails(stage: Stage) -> None:
    taken, server = stage.watch("taken", "ROUTER"), stage.watch("server", "ROUTER")
    address = stage.bind(taken)
    stage.call(address.removeprefix("tcp://"), "the endpoint without tcp://")
    for endpoint in (address, "tcp://no-such-interface:5555", "ipc:///no/such/directory"):
        try:
            server.socket.bind(endpoint)
        except stage.zmq.ZMQError:
            continue
        raise AssertionError(endpoint)
    server.take_rest()


@scenario
def an_inproc_name_is_taken(stage: Stage) -> None:
    taken, server = stage.watch("taken", "ROUTER"), stage.watch("server", "ROUTER")
    taken.socket.bind("inproc://taken")
    try:
        server.socket.bind("inproc://taken")
    except stage.zmq.ZMQError:
        server.take_rest()


# -- handshakes that fail -----------------------------------------------------------------------------


def failing(name: str, server: dict[str, Any], client: dict[str, Any], counts: tuple[int, int]) -> None:
    """A scenario in which a client and a server do not get on; so many events of each are deterministic."""

    def play(stage: Stage) -> None:
        kinds = {"server": "ROUTER", "client": "DEALER"}
        options = {"server": dict(server), "client": dict(client)}
        for side, kind in kinds.items():
            kinds[side] = options[side].pop("kind", kind)
        near = stage.watch("server", kinds["server"], **options["server"])
        far = stage.watch("client", kinds["client"], **options["client"])
        stage.pair(near, far)
        near.take(counts[0])
        far.take(counts[1])
        if name in FINAL:
            far.take_rest()

    play.__name__ = name
    scenario(play)


# After these the client does not try again.
FINAL = ("null_meets_plain", "plain_meets_null", "two_plain_clients", "types_do_not_fit")

failing("null_meets_plain", {}, PLAIN, (4, 4))
failing("plain_meets_null", {"plain_server": 1}, {}, (4, 4))
failing("two_plain_clients", PLAIN, PLAIN, (4, 4))
failing("two_plain_servers", {"plain_server": 1}, {"plain_server": 1}, (2, 2))
failing("types_do_not_fit", {"kind": "PUB"}, {}, (3, 3))
failing("plain_without_handler", {"plain_server": 1}, PLAIN, (3, 2))


def curve(stage: Stage, wrong_key: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    public, secret = stage.zmq.curve_keypair()
    other_public, other_secret = stage.zmq.curve_keypair()
    server = {"curve_server": 1, "curve_secretkey": secret}
    client = {
        "curve_serverkey": other_public if wrong_key else public,
        "curve_publickey": other_public,
        "curve_secretkey": other_secret,
    }
    return server, client


@scenario
def curve_with_the_wrong_key(stage: Stage) -> None:
    server, client = curve(stage, wrong_key=True)
    near, far = stage.watch("server", "ROUTER", **server), stage.watch("client", "DEALER", **client)
    stage.pair(near, far)
    near.take(4)
    far.take(5)


@scenario
def curve_meets_null(stage: Stage) -> None:
    near, far = stage.watch("server", "ROUTER", **curve(stage, False)[0]), stage.watch("client", "DEALER")
    stage.pair(near, far)
    near.take(4)
    far.take(4)
    far.take_rest()


def judged(mechanism: str, status: int, counts: tuple[int, int], name: str = "", **frames: bytes) -> None:
    """A scenario with a ZAP handler that gives this verdict."""

    def play(stage: Stage) -> None:
        handler = Handler(stage, str(status).encode(), **frames)
        if mechanism == "null":
            server, client = {"zap_domain": b"global"}, {}
        elif mechanism == "plain":
            server, client = {"plain_server": 1}, dict(PLAIN)
        else:
            server, client = curve(stage, wrong_key=False)
        near, far = stage.watch("server", "ROUTER", **server), stage.watch("client", "DEALER", **client)
        stage.pair(near, far)
        near.take(counts[0])
        far.take(counts[1])
        if status in (400, 500):
            far.take_rest()
        handler.end()

    play.__name__ = name or f"{mechanism}_judged_{status}"
    scenario(play)


for _mechanism in ("null", "plain", "curve"):
    judged(_mechanism, 200, (3, 3))
    judged(_mechanism, 400, (4, 4))
    judged(_mechanism, 500, (4, 4))
    judged(_mechanism, 300, (3, 2))
judged("plain", 200, (4, 5), "the_handler_speaks_another_version", version=b"2.0")
judged("plain", 200, (4, 5), "the_handler_answers_another_request", id=b"7")
judged("plain", 201, (4, 5), "the_handler_invents_a_status")


@scenario
def the_server_is_silent(stage: Stage) -> None:
    listener, address = stage.raw_listener()
    client = stage.watch("client", "DEALER", handshake_ivl=100)
    client.socket.connect(address)
    client.take(5)
    listener.close()


@scenario
def the_server_hangs_up(stage: Stage) -> None:
    listener, address = stage.raw_listener()
    client = stage.watch("client", "DEALER")
    client.socket.connect(address)
    peer = listener.accept()[0]
    client.take(2)
    peer.recv(64)
    # A reset, not an orderly end: libzmq would report either, depending on what was still on its way.
    peer.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    client.take(3)
    listener.close()


def raw(name: str, *data: bytes, **options: Any) -> None:
    """A scenario in which a peer says something that ends the conversation."""

    def play(stage: Stage) -> None:
        server = stage.watch("server", "ROUTER", **options)
        peer = stage.raw_peer(server, *data)
        server.until("DISCONNECTED")
        peer.close()

    play.__name__ = name
    scenario(play)


raw("silence", handshake_ivl=100)
raw("only_a_greeting", greeting(), handshake_ivl=100)
raw("an_unknown_mechanism", greeting(b"NOSUCH"))
raw("an_unknown_command", greeting(), command(b"\x05HELLO"))
raw("a_message_in_the_handshake", greeting(), b"\x00\x01a")
raw("malformed_properties", greeting(), command(b"\x05READY\x0bSocket-Type\0\0\0\x50DE"))
raw("a_type_that_does_not_fit", greeting(), ready(b"PUB"))
raw("an_error_400", greeting(), command(b"\x05ERROR\x03400"))
raw("an_error_in_words", greeting(), command(b"\x05ERROR\x03abc"))
raw("a_malformed_error", greeting(), command(b"\x05ERROR\x09abc"))
raw("a_malformed_plain_hello", greeting(b"PLAIN"), command(b"\x05HELLO\x09a"), plain_server=1)
raw("no_plain_hello", greeting(b"PLAIN"), command(b"\x08INITIATE"), plain_server=1)


# -- monitors themselves ------------------------------------------------------------------------------


@scenario
def another_monitor_takes_over(stage: Stage) -> None:
    server = stage.watch("server", "ROUTER")
    reader = stage.socket("PAIR")  # libzmq hangs without one
    reader.connect("inproc://other")
    server.socket.monitor("inproc://other", stage.zmq.EVENT_ALL)
    server.take(1)


@scenario
def the_monitor_is_stopped(stage: Stage) -> None:
    server = stage.watch("server", "ROUTER")
    server.socket.monitor(None, 0)
    server.take(1)
    stage.bind(server)
    server.take_rest()


@scenario
def only_some_events_are_wanted(stage: Stage) -> None:
    server = Watched(stage, stage.socket("ROUTER"), stage.zmq.EVENT_LISTENING)
    stage.watched["server"] = server
    address = stage.bind(server)
    server.socket.unbind(address)
    server.socket.monitor(None, 0)
    server.take_rest()


@scenario
def wrong_arguments(stage: Stage) -> None:
    socket = stage.socket("ROUTER")
    errors: list[list[Any]] = []
    for arguments in (("tcp://127.0.0.1:*", 1), ("no endpoint", 1), ("inproc://x", 0x1FFFF)):
        try:
            socket.monitor(*arguments)
            errors.append(["no error", 0, ""])
        except stage.zmq.ZMQError as error:
            errors.append(["error", int(error.errno), ""])
    stage.watched["errors"] = watched = Watched(stage, socket)
    watched.heard = errors


def main() -> None:
    library = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="pz", dir="/tmp" if Path("/tmp").is_dir() else None) as directory:
        for name, play in SCENARIOS.items():
            stage = Stage(library, directory)
            play(stage)
            heard = {who: watched.heard for who, watched in stage.watched.items()}
            print(json.dumps({"scenario": name, "heard": heard}), flush=True)
            stage.end()
    print(json.dumps({"scenario": ""}), flush=True)


if __name__ == "__main__":
    main()
