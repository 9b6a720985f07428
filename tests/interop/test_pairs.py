"""Every valid pair of types, over each transport, whoever binds: messages of all shapes arrive as they were sent."""

from __future__ import annotations

import pytest

from .conversation import VALID_PAIRS, Conversation, pair_name
from .peer import bulk

MESSAGES = [
    [b"x"],
    [b""],
    [b"a", b"", b"c"],
    [b"", b""],
    [bulk(255)],
    [bulk(256)],
    [bulk(70_000)],
    [b"small", bulk(70_000), b"", bulk(256)],
    [bulk(10 << 20)],
    [b"after the large one"],
]


@pytest.mark.parametrize("who_binds", ["we bind", "we connect"])
@pytest.mark.parametrize("pair", VALID_PAIRS, ids=pair_name)
def test_messages_arrive_as_they_were_sent(new_socket, libzmq, wire_endpoint, link, pair, who_binds):
    ours, theirs = new_socket(pair[0]), libzmq.socket(pair[1])
    conversation = Conversation(ours, theirs)
    binder, connecter = (ours, theirs) if who_binds == "we bind" else (theirs, ours)
    link(binder, connecter, wire_endpoint)
    conversation.open()
    for message in MESSAGES:
        conversation.exchange(message)
