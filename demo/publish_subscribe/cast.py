"""Who is on stage: lets publishers and subscribers join and leave, and sees that each stream is opened and closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..control import Notice
from ..crew import Crew
from ..live import Live
from ..options import Options

CONTENT_LINES = 500


class Key(NamedTuple):
    """A stream: one topic of one publisher, to one subscriber."""

    subscriber: str
    publisher: str
    topic: str

    def __str__(self) -> str:
        return f"{self.publisher} -> {self.subscriber} on {self.topic}"


class Closed(NamedTuple):
    """A stream that is over. ``sent`` is the publisher's count, the rest is the subscriber's."""

    subscriber: str
    publisher: str
    topic: str
    sent: int
    received: int
    missing: list[int]
    wrong: list[int]


class Cast:
    """The publishers and subscribers on stage, by name, with their topics."""

    def __init__(
        self, crew: Crew, options: Options, live: Live, publish_to: list[str], subscribe_to: list[str]
    ) -> None:
        self.publishers: dict[str, Sequence[str]] = {}
        self.subscribers: dict[str, Sequence[str]] = {}
        self.closed: list[Closed] = []
        self._crew = crew
        self._options = options
        self._live = live
        self._publish_to = publish_to
        self._subscribe_to = subscribe_to
        self._received: dict[Key, int] = {}  # the streams that are open
        self._marks: dict[Key, int] = {}  # by publishers: the number that would have been next
        self._reports: dict[Key, Notice] = {}  # by subscribers: what they make of a stream that has ended

    def publisher_joins(self, name: str, topics: Sequence[str]) -> None:
        self._join(name, "publish_subscribe.publisher", topics, self._publish_to)
        self.publishers[name] = topics

    def subscriber_joins(self, name: str, topics: Sequence[str], lose: bool = False) -> None:
        self._join(name, "publish_subscribe.subscriber", topics, self._subscribe_to, lose=lose)
        self.subscribers[name] = topics

    def publisher_leaves(self, name: str) -> None:
        self._close([key for key in self._expected() if key.publisher == name])
        del self.publishers[name]
        self._leave(name)

    def subscriber_leaves(self, name: str) -> None:
        self._close([key for key in self._expected() if key.subscriber == name])
        del self.subscribers[name]
        self._leave(name)

    def play(self) -> None:
        """Wait until every stream is open, then until each has carried its share of messages."""
        streams = self._expected()
        self._wait(lambda: [key for key in streams if key not in self._received], "the first message")
        goal = {key: self._received[key] + self._options.messages for key in streams}
        self._wait(lambda: [key for key in streams if self._received[key] < goal[key]], "more messages")

    def _join(self, name: str, module: str, topics: Sequence[str], proxy: list[str], **job: bool) -> None:
        # Even numbers connect over tcp, odd ones over ipc.
        endpoint = proxy[int(name[-1]) % len(proxy)]
        content = {"folder": str(self._options.folder), "lines": CONTENT_LINES}
        self._crew.start(name, module, topics=topics, proxy=endpoint, **content, **job)
        self._crew.collect("ready", [name], self._note)

    def _leave(self, name: str) -> None:
        self._crew.tell(name, "leave")
        self._crew.collect("left", [name], self._note)

    def _expected(self) -> list[Key]:
        """The streams that there should be between those on stage."""
        return [
            Key(subscriber, publisher, topic)
            for subscriber, wanted in self.subscribers.items()
            for publisher, offered in self.publishers.items()
            for topic in wanted
            if topic in offered
        ]

    def _close(self, streams: Sequence[Key]) -> None:
        for key in streams:
            self._crew.tell(key.publisher, "mark", reader=key.subscriber, topic=key.topic)
        self._wait(
            lambda: [key for key in streams if key not in self._reports or key not in self._marks], "the mark"
        )
        for key in streams:
            facts = self._reports[key].facts
            sent = self._marks[key] - facts["first"]
            self.closed.append(Closed(*key, sent, facts["received"], facts["missing"], facts["wrong"]))
            del self._received[key]

    def _wait(self, unready: Callable[[], list[Key]], what: str) -> None:
        """Listen until no stream is unready."""
        if not unready():
            return
        for notice in self._crew.notices(lambda: f"{what} of {', '.join(map(str, unready()))}"):
            self._note(notice)
            if not unready():
                return

    def _note(self, notice: Notice) -> None:
        name, word, facts = notice
        if word == "open":
            self._received[Key(name, facts["publisher"], facts["topic"])] = 1
        elif word == "marked":
            self._marks[Key(facts["reader"], name, facts["topic"])] = facts["number"]
        elif word == "closed":
            self._reports[Key(name, facts["publisher"], facts["topic"])] = notice
        elif word == "progress":
            for publisher, topic, received in facts["received"]:
                self._received[Key(name, publisher, topic)] = received
            streams = len(self._received)
            self._live.progress(
                f"publish-subscribe: {sum(self._received.values())} received in {streams} streams"
            )
