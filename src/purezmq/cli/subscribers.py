"""What an XPUB hears from its subscribers."""

from __future__ import annotations

import purezmq as zmq

from .failure import say
from .open_socket import OpenSocket

SUBSCRIBE, CANCEL = 1, 0


class Subscribers:
    """Counts subscriptions, so that publishing can begin when somebody listens."""

    def __init__(self, opened: OpenSocket) -> None:
        self._opened = opened
        self.count = 0  # ever made; a subscriber that left again has still been there

    def look(self) -> bool:
        """Take what has arrived; True once there are enough subscriptions to begin."""
        while (parts := self._opened.try_receive()) is not None:
            self.heard(parts[0])
        return self.count >= self._opened.settings.wait

    def heard(self, notice: bytes) -> bool:
        """Take one message; False if it is a subscriber's own message and no subscription."""
        if notice[:1] not in (b"\x00", b"\x01"):
            return False
        self.count += notice[0] == SUBSCRIBE
        if self._opened.settings.verbose:
            say(f"{'subscribed' if notice[0] == SUBSCRIBE else 'cancelled'}: {notice[1:]!r}")
        return True

    def wait(self, until: float) -> bool:
        """Wait for news; False when the time is up."""
        return self._opened.wait(zmq.POLLIN, until)
