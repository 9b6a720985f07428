"""Which of our socket types fit a peer, and which one may shake hands with it without doing harm."""

from __future__ import annotations

from purezmq.zmtp.compat import COMPATIBLE, is_compatible

# The type that we announce to each peer type, so that the doctor is a guest who changes nothing: a SUB without
# subscriptions, a PUSH that pushes nothing.
HARMLESS_GUEST = {
    "REP": "REQ",
    "ROUTER": "DEALER",
    "PULL": "PUSH",
    "PUB": "SUB",
    "XPUB": "SUB",
    "SUB": "PUB",
    "XSUB": "PUB",
    "SERVER": "CLIENT",
    "GATHER": "SCATTER",
    "RADIO": "DISH",
    "DISH": "RADIO",
    "PEER": "PEER",
}

# These peers would treat a guest as one of theirs: it would be given messages, which would be lost.
HARM = {
    "PUSH": "it would share its messages out to us, and we would lose them",
    "DEALER": "it would share its messages out to us, and we would lose them",
    "REQ": "it could send us a request, which nobody would answer",
    "SCATTER": "it would share its messages out to us, and we would lose them",
    "CLIENT": "it would share its messages out to us, and we would lose them",
    "PAIR": "it would take us for its only partner",
    "CHANNEL": "it would take us for its only partner",
}


def fitting_types(peer: str) -> list[str]:
    """Our socket types that may talk to a peer of this type; empty for an unknown one."""
    return sorted(COMPATIBLE.get(peer, ()))


def fits(ours: str, peer: str) -> bool:
    """True if a socket of our type may talk to that peer."""
    return ours in COMPATIBLE and is_compatible(ours, peer)
