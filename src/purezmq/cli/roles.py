"""The socket commands: which socket each one opens, which end it is by default, and what it does with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Work(Enum):
    """What a command does with its socket."""

    SEND = "send"
    RECEIVE = "receive"
    REQUEST = "request"
    REPLY = "reply"
    BOTH = "both"  # send the input and print what comes, at the same time


@dataclass(frozen=True, slots=True)
class Role:
    """One socket command."""

    name: str
    socket_type: str
    binds: bool  # plain endpoints are bound; otherwise connected
    work: Work
    purpose: str
    has_topics: bool = False

    @property
    def sends(self) -> bool:
        """True if the command reads messages from stdin or files."""
        return self.work is not Work.RECEIVE

    @property
    def receives(self) -> bool:
        """True if the command prints messages."""
        return self.work is not Work.SEND


# The stable end binds: the one that collects, answers or publishes. Each row's partner therefore works without
# options: push → pull, pub → sub, req → rep, dealer → router, xsub → xpub. A pair has no such end: one needs --bind.
ROLES = {
    role.name: role
    for role in (
        Role("push", "PUSH", False, Work.SEND, "Send each line of the input to one of the peers. Connects."),
        Role("pull", "PULL", True, Work.RECEIVE, "Print the messages that arrive. Binds."),
        # An XPUB is a PUB that sees its subscribers: we can wait for the first one instead of publishing to nobody.
        Role("pub", "XPUB", True, Work.SEND, "Publish each line of the input. Binds.", has_topics=True),
        Role("sub", "SUB", False, Work.RECEIVE, "Print what is published. Connects.", has_topics=True),
        Role("req", "REQ", False, Work.REQUEST, "Send each line as a request and print the reply. Connects."),
        Role("rep", "REP", True, Work.REPLY, "Print requests and answer them. Binds."),
        Role("dealer", "DEALER", False, Work.BOTH, "Send the input, print what comes. Connects."),
        Role(
            "router", "ROUTER", True, Work.BOTH, "As dealer; the first field is the peer's routing id. Binds."
        ),
        Role("pair", "PAIR", False, Work.BOTH, "Send the input, print what comes, with one peer. Connects."),
        Role(
            "xpub", "XPUB", True, Work.BOTH, "Publish the input, print subscriptions. Binds.", has_topics=True
        ),
        Role(
            "xsub",
            "XSUB",
            False,
            Work.BOTH,
            "Print what is published, send the input. Connects.",
            has_topics=True,
        ),
    )
}
