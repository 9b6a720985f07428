"""How a conductor and its members talk, beside the library under test: words with fields.

A member is a process (lines of JSON over pipes) or, for inproc, a thread. Roles cannot tell which.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

from benchmarks.errors import RunFailed, Unsupported

Fields = dict[str, Any]


class Channel:
    """A member's end."""

    def __init__(self, tell: Callable[[Fields], None], patience_s: float) -> None:
        self._tell = tell
        self.patience_s = patience_s
        self._lock = threading.Lock()
        self._words: dict[str, tuple[threading.Event, Fields]] = {}

    def tell(self, word: str, **fields: Any) -> None:
        """Tell the conductor."""
        self._tell({"word": word, **fields})

    def heard(self, word: str) -> threading.Event:
        """Return the event that is set once the conductor has said `word`."""
        with self._lock:
            return self._words.setdefault(word, (threading.Event(), {}))[0]

    def wait(self, word: str) -> Fields:
        """Wait until the conductor says `word`; returns its fields."""
        if not self.heard(word).wait(self.patience_s):
            raise RunFailed(f"waited {self.patience_s:g} s for the conductor to say {word!r}")
        return self._words[word][1]

    def deliver(self, fields: Fields) -> None:
        """Take in what the conductor said. Called by whoever carries it here."""
        event = self.heard(fields["word"])
        self._words[fields["word"]][1].update(fields)
        event.set()


def process_channel(incoming: IO[str], outgoing: IO[str], patience_s: float) -> Channel:
    """Return the channel of a worker process. It ends this process when the conductor's pipe closes."""
    lock = threading.Lock()

    def tell(fields: Fields) -> None:
        with lock:
            outgoing.write(json.dumps(fields) + "\n")
            outgoing.flush()

    channel = Channel(tell, patience_s)

    def listen() -> None:
        for line in incoming:
            channel.deliver(json.loads(line))
        # Nobody is left to report to; without this a blocked recv would outlive an interrupted benchmark.
        sys.stderr.flush()
        os._exit(3)

    threading.Thread(target=listen, daemon=True, name="conductor").start()
    return channel


class Member:
    """The conductor's end."""

    def __init__(self, name: str, say: Callable[[Fields], None], remaining_s: Callable[[], float]) -> None:
        self.name = name
        self.told: queue.SimpleQueue[Fields] = queue.SimpleQueue()
        self._say = say
        self._remaining_s = remaining_s

    def say(self, word: str, **fields: Any) -> None:
        """Tell the member."""
        self._say({"word": word, **fields})

    def expect(self, word: str) -> Fields:
        """Return the fields of the member's next word, which must be `word`.

        Raises RunFailed or Unsupported if it is not, also when another member of the team has failed.
        """
        try:
            fields = self.told.get(timeout=max(0.0, self._remaining_s()))
        except queue.Empty:
            raise RunFailed(f"{self.name} passed its deadline; it should have said {word!r}") from None
        if fields["word"] == "unsupported":
            raise Unsupported(fields["reason"])
        if fields["word"] == "failed":
            raise RunFailed(f"{fields['by']}: {fields['error']}")
        if fields["word"] != word:
            raise RunFailed(f"{self.name} said {fields} instead of {word!r}")
        return fields
