"""From what the peer says to findings: is it ZeroMQ, which, and does it fit."""

from __future__ import annotations

from purezmq.zmtp.compat import TYPE_NUMBERS
from purezmq.zmtp.metadata import SOCKET_TYPE

from .dialogue import Broken, OldPeer, Ready, Refusal, Stranger, await_ready, exchange_greetings, ping
from .findings import Findings
from .fitting import HARM, HARMLESS_GUEST, fits, fitting_types
from .greeting import Greeting
from .line import Line
from .strangers import is_old_zmtp, quoted, recognise

MECHANISM_ADVICE = {
    "PLAIN": "set socket.plain_username and socket.plain_password before connect",
    "CURVE": "set socket.curve_serverkey, curve_publickey and curve_secretkey before connect",
    "GSSAPI": "set socket.gssapi_principal and gssapi_service_principal before connect",
}
REFUSAL_ADVICE = {
    "300": "the server's authenticator (ZAP) could not decide; see its log",
    "400": "the server's authenticator (ZAP) refuses this address or these credentials; see its log",
    "500": "the server's authenticator (ZAP) failed; see its log",
}
WRONG_PORT = "it is probably the wrong port: ask the owner of the ZeroMQ server for the right one"
TYPE_NAMES = {number: name for name, number in TYPE_NUMBERS.items()}


def talk(line: Line, wanted: str | None, findings: Findings, deadline: float) -> None:
    """Speak with the peer and report what it is; ``wanted`` is the socket type the user means to use."""
    answer = exchange_greetings(line, deadline)
    if isinstance(answer, Stranger):
        return _report_stranger(answer, findings)
    if isinstance(answer, OldPeer):
        return _report_old_peer(answer, wanted, findings)
    _report_greeting(answer, findings)
    if answer.mechanism == "NULL":
        _shake_hands(line, answer, wanted, findings, deadline)


def _report_stranger(stranger: Stranger, findings: Findings) -> None:
    data = stranger.data
    name = recognise(data)
    if name:
        return findings.wrong(
            "greeting", f"this is {name}, not a ZeroMQ socket: it says {quoted(data)}", WRONG_PORT
        )
    if is_old_zmtp(data):
        return findings.note(
            "greeting",
            "this looks like ZMTP 1.0 (libzmq 2): no version, no security, no type check",
            "it works with the NULL mechanism only; its socket type cannot be asked for",
        )
    if data and data[0] == 0xFF:
        end = "hung up" if stranger.closed else "fell silent"
        return findings.wrong(
            "greeting",
            f"it began a ZMTP greeting and {end} after {len(data)} bytes",
            "the peer is stuck or not ZeroMQ; a proxy or tunnel in between may cut the stream",
        )
    if data:
        return findings.wrong("greeting", f"this is not a ZeroMQ socket: it says {quoted(data)}", WRONG_PORT)
    if stranger.closed:
        return findings.wrong(
            "greeting",
            "it accepts the connection and hangs up without a word",
            f"either it is not ZeroMQ ({WRONG_PORT}), or a forwarder (ssh -L, docker, a load balancer) "
            "finds nothing behind it",
        )
    findings.silent(
        "greeting",
        "it accepts the connection but says nothing",
        "a ZeroMQ socket greets at once: the process is stopped or stuck, or this is another kind of server "
        "that waits for its client to speak",
    )


def _report_old_peer(peer: OldPeer, wanted: str | None, findings: Findings) -> None:
    name = TYPE_NAMES.get(peer.type_number, f"type {peer.type_number}")
    findings.ok(
        "greeting", f"ZMTP {'2.0' if peer.revision else '1.0 with a version'} (libzmq 3), {name} socket"
    )
    findings.note("security", "this version has none; peers with PLAIN or CURVE cannot talk to it")
    _report_fit(name, wanted, findings)


def _report_greeting(greeting: Greeting, findings: Findings) -> None:
    findings.ok("greeting", f"ZMTP {greeting.version}")
    side = ", as server" if greeting.as_server else ""
    if greeting.mechanism == "NULL":
        return findings.ok("security", f"NULL{side}: no credentials are needed")
    text = f"the peer requires {greeting.mechanism or 'an unnamed mechanism'}{side}"
    advice = MECHANISM_ADVICE.get(greeting.mechanism, "this mechanism is unknown to ZeroMQ")
    findings.wrong("security", f"{text}; a socket without security cannot talk to it", advice)


def _shake_hands(
    line: Line, greeting: Greeting, wanted: str | None, findings: Findings, deadline: float
) -> None:
    answer = await_ready(line, deadline)
    if isinstance(answer, Broken):
        return _report_broken(answer, findings)
    if isinstance(answer, Refusal):
        advice = REFUSAL_ADVICE.get(answer.reason, "see the server's log")
        return findings.wrong(
            "handshake", f"the peer refuses us: {answer.reason or 'no reason given'}", advice
        )
    findings.ok("handshake", _properties(answer))
    peer = answer.socket_type
    _report_fit(peer, wanted, findings)
    _report_ping(line, peer, greeting, findings, deadline)


def _report_broken(broken: Broken, findings: Findings) -> None:
    advice = "it may accept known addresses only (ZAP), or expect a mechanism other than the one it names"
    if broken.closed:
        return findings.wrong("handshake", broken.what, advice)
    findings.silent(
        "handshake", broken.what, "the peer's authenticator (ZAP) may be stuck, or the peer itself"
    )


def _properties(ready: Ready) -> str:
    texts = [f"{name} {_value(name, value)}" for name, value in ready.properties]
    return (
        f"the peer is ready: {', '.join(texts)}"
        if texts
        else "the peer is ready and tells nothing about itself"
    )


def _value(name: str, value: bytes) -> str:
    if not value:
        return "(empty)"
    text = value.decode("latin-1")
    return text if text.isascii() and text.isprintable() else f"0x{value.hex()}"


def _report_fit(peer: str, wanted: str | None, findings: Findings) -> None:
    fitting = fitting_types(peer)
    if not peer:
        return findings.note("type", "the peer does not announce its socket type; nothing is checked then")
    if not fitting:
        return findings.wrong(
            "type", f"{peer!r} is no socket type we know ({SOCKET_TYPE})", "update purezmq, or the peer"
        )
    names = " or ".join(fitting)
    if wanted is None:
        return findings.ok("type", f"a {peer} talks with {names}")
    if fits(wanted, peer):
        return findings.ok("type", f"{wanted} fits: a {peer} talks with {names}")
    findings.wrong(
        "type",
        f"{wanted} does not fit: a {peer} talks with {names}",
        f"use {names} here, or the endpoint of another socket",
    )


def _report_ping(line: Line, peer: str, greeting: Greeting, findings: Findings, deadline: float) -> None:
    if not greeting.answers_pings:
        return findings.note("ping", f"ZMTP {greeting.version} has no PING")
    if peer in HARM:
        return findings.note("ping", f"left out: a {peer} must not be disturbed, {HARM[peer]}")
    guest = HARMLESS_GUEST.get(peer)
    if guest is None:
        return
    answer = ping(line, guest, deadline)
    if isinstance(answer, float):
        return findings.ok("ping", f"answered in {answer * 1000:.1f} ms")
    if answer.closed:
        return findings.wrong(
            "ping", answer.what, "see the server's log: it refuses this peer after the handshake"
        )
    # An accepted connection whose peer does not read any more; RCVHWM reached looks the same.
    findings.silent(
        "ping", answer.what, "the peer's process is stopped, or its queue is full and nobody reads it"
    )
