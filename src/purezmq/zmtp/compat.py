"""Which socket types may talk to each other, and the numbers they had in ZMTP 2.0."""

from __future__ import annotations

# RFC 28, 29, 30, 31, 41, 48, 51, 52; PEER and DGRAM as libzmq.
COMPATIBLE: dict[str, frozenset[str]] = {
    "REQ": frozenset({"REP", "ROUTER"}),
    "REP": frozenset({"REQ", "DEALER"}),
    "DEALER": frozenset({"REP", "DEALER", "ROUTER"}),
    "ROUTER": frozenset({"REQ", "DEALER", "ROUTER"}),
    "PUB": frozenset({"SUB", "XSUB"}),
    "XPUB": frozenset({"SUB", "XSUB"}),
    "SUB": frozenset({"PUB", "XPUB"}),
    "XSUB": frozenset({"PUB", "XPUB"}),
    "PUSH": frozenset({"PULL"}),
    "PULL": frozenset({"PUSH"}),
    "PAIR": frozenset({"PAIR"}),
    "CLIENT": frozenset({"SERVER"}),
    "SERVER": frozenset({"CLIENT"}),
    "RADIO": frozenset({"DISH"}),
    "DISH": frozenset({"RADIO"}),
    "SCATTER": frozenset({"GATHER"}),
    "GATHER": frozenset({"SCATTER"}),
    "PEER": frozenset({"PEER"}),
    "CHANNEL": frozenset({"CHANNEL"}),
    "DGRAM": frozenset({"DGRAM"}),
}

# The byte that ends a ZMTP 2.0 greeting: libzmq's ZMQ_PAIR, ZMQ_PUB, …
TYPE_NUMBERS: dict[str, int] = {
    "PAIR": 0,
    "PUB": 1,
    "SUB": 2,
    "REQ": 3,
    "REP": 4,
    "DEALER": 5,
    "ROUTER": 6,
    "PULL": 7,
    "PUSH": 8,
    "XPUB": 9,
    "XSUB": 10,
    "SERVER": 12,
    "CLIENT": 13,
    "RADIO": 14,
    "DISH": 15,
    "GATHER": 16,
    "SCATTER": 17,
    "DGRAM": 18,
    "PEER": 19,
    "CHANNEL": 20,
}

# Only these announce a routing id in READY, and they always do, empty or not.
ANNOUNCES_IDENTITY = frozenset({"REQ", "DEALER", "ROUTER"})

# Only these have a use for SUBSCRIBE and CANCEL commands.
PUBLISHES = frozenset({"PUB", "XPUB"})


def is_compatible(ours: str, theirs: str) -> bool:
    """True when a socket of our type may talk to one of theirs."""
    return theirs in COMPATIBLE[ours]
