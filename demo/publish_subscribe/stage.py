"""Directs stage two: who comes and who goes, and when."""

from __future__ import annotations

from collections.abc import Sequence

from ..account import Account, Row, described, shortened
from ..crew import Crew
from ..live import Live
from ..options import Options
from .cast import Cast, Closed

STAGE = "publish-subscribe"
ALL_TOPICS = ("art/", "music/", "sport/")


def run(crew: Crew, options: Options, live: Live, account: Account) -> None:
    sockets = {"frontend_type": "XSUB", "backend_type": "XPUB"}
    proxy = crew.start(
        "proxy",
        "relay",
        **sockets,
        frontend=crew.endpoints("publishers"),
        backend=crew.endpoints("subscribers"),
    )
    where = crew.collect("ready", [proxy])[proxy]
    cast = Cast(crew, options, live, where["frontend"], where["backend"])

    live.say(f"{STAGE}: 2 publishers and 2 subscribers meet at a proxy, over tcp and ipc")
    cast.publisher_joins("pub-0", ALL_TOPICS)
    cast.publisher_joins("pub-1", ALL_TOPICS[1:])
    cast.subscriber_joins("sub-0", ALL_TOPICS, lose=options.lose == "publish")
    cast.subscriber_joins("sub-1", ALL_TOPICS[:1])
    cast.play()

    live.say(f"{STAGE}: a subscriber and a publisher join")
    cast.subscriber_joins("sub-2", ALL_TOPICS[1:])
    cast.publisher_joins("pub-2", ALL_TOPICS)
    cast.play()

    live.say(f"{STAGE}: a subscriber and a publisher leave")
    cast.subscriber_leaves("sub-0")
    cast.publisher_leaves("pub-0")
    cast.play()

    live.say(f"{STAGE}: another of each joins, then all leave")
    cast.subscriber_joins("sub-3", ALL_TOPICS)
    cast.publisher_joins("pub-3", ALL_TOPICS[:2])
    cast.play()
    for name in list(cast.subscribers):
        cast.subscriber_leaves(name)
    for name in list(cast.publishers):
        cast.publisher_leaves(name)

    crew.tell(proxy, "stop")
    dropped = crew.collect("stopped", [proxy])[proxy]
    # A proxy may drop what was on its way to a subscriber that has left, after its mark. That is no message lost: any
    # other drop shows in the account as a gap.
    live.say(
        f"{STAGE}: done; {len(cast.closed)} streams closed; dropped behind the marks: {described(dropped)}"
    )
    for name in sorted({stream.subscriber for stream in cast.closed}):
        account.add(_row(name, [stream for stream in cast.closed if stream.subscriber == name]))


def _row(name: str, streams: Sequence[Closed]) -> Row:
    complaints = [
        f"{what} from {stream.publisher} on {stream.topic}: numbers {shortened(map(str, numbers))}"
        for stream in streams
        for what, numbers in (("missing", stream.missing), ("wrong", stream.wrong))
        if numbers
    ]
    sent, received = sum(s.sent for s in streams), sum(s.received for s in streams)
    return Row(STAGE, f"to {name} in {len(streams)} streams", sent, received, tuple(complaints))
