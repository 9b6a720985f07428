"""From messages to write buffers.

The encoder owns everything that waits to be written, in order: greeting, commands and encoded messages. Small
messages are coalesced into one buffer per batch; a large one goes by reference, its header at the end of the
buffer before it. What matters is the cost per message in a burst, so a batch of plain ``bytes`` is turned
into one buffer by a handful of calls that each run over the whole batch in C.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from ..base.message import GroupChange, PipeItem, Subscription, TrackedMessage, size_of
from .command import encode_change
from .frames import COALESCED_LENGTH, join_list, join_messages, take
from .framing import (
    LAST_HEADERS,
    MORE_HEADERS,
    OLD_LAST_HEADERS,
    OLD_MORE_HEADERS,
    HeaderTable,
    command_frame,
)
from .shared import Shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Buffer = bytes | bytearray | memoryview

# sendmsg takes at most IOV_MAX (1024 on Linux) buffers; the gain is had long before that.
BUFFERS_AT_ONCE = 64

# Messages taken from the outbox at once: enough to spread the cost per batch, few enough to keep a guess
# at their size from being far off.
BATCH_MESSAGES = 1024


class Encoder:
    """The queue of bytes to write, and the way from an outbox into it."""

    __slots__ = (
        "_alone_size",
        "_buffers",
        "_counts",
        "_head",
        "_last_headers",
        "_more_headers",
        "_subscription_commands",
        "_tracked",
        "bytes_out",
        "messages_out",
        "queued_total",
        "sent_total",
        "shared",
        "size",
        "unsent_messages",
    )

    def __init__(self) -> None:
        # Lists, although they are emptied from the front: they are short, and an empty deque has 760 bytes.
        self._buffers: list[Buffer] = []
        self._counts: list[int] = []  # per buffer: messages whose last byte is in it
        self._tracked: list[tuple[int, Callable[[], None]]] = []  # stream offset of the end, whom to tell
        self._last_headers: HeaderTable = LAST_HEADERS
        self._more_headers: HeaderTable = MORE_HEADERS
        self._subscription_commands = True
        self.shared: Shared | None = None  # where a publisher's connections find what another has encoded
        self.size = 0  # bytes waiting
        self.queued_total = 0  # stream offset behind the last queued byte
        self.sent_total = 0  # stream offset of the next byte to write
        self._head = 0  # stream offset of the first byte of the first buffer
        self._alone_size = 0  # user data in the message that is written by itself
        self.unsent_messages = 0
        self.messages_out = 0
        self.bytes_out = 0

    def use_version(self, version: tuple[int, int]) -> None:
        """Encode from now on as this peer needs it."""
        self._subscription_commands = version >= (3, 1)
        if version < (2, 0):
            self._last_headers = OLD_LAST_HEADERS
            self._more_headers = OLD_MORE_HEADERS

    def write(self, data: bytes) -> None:
        """Queue bytes that are no message: greeting, command frame, identity frame."""
        if data:
            self._append(data, 0)

    def write_command(self, body: bytes) -> None:
        """Queue a command."""
        self._append(self._command_frame(body), 0)

    def take_over(self, other: Encoder) -> None:
        """Go on where another encoder stopped: with what it has not written, and its counts."""
        for name in Encoder.__slots__:
            setattr(self, name, getattr(other, name))

    def write_raw(self, message: PipeItem) -> None:
        """Queue the parts of a message as they are, without frames around them."""
        parts = message if isinstance(message, tuple) else (message,)
        for part in parts:
            assert not isinstance(part, Subscription)
            if part:
                self._append(part, 0)
                self.bytes_out += len(part)
        self.messages_out += 1
        if self.size:
            self._counts[-1] += 1
            self.unsent_messages += 1
        if type(message) is TrackedMessage:
            self._tracked.append((self.queued_total, message.on_sent))

    def last_frame(self, body: bytes) -> bytes:
        """A whole frame around this body, as this peer needs it."""
        return self._last_headers[len(body)] + body

    def encode(self, outbox: deque[PipeItem], budget: int) -> None:
        """Move messages from the outbox into the queue until about ``budget`` bytes were added."""
        # Other threads may append to the outbox meanwhile, so it is only ever read from the left.
        waiting = len(outbox)
        if waiting == 1:
            message = outbox[0]
            if type(message) is bytes:
                length = len(message)
                if length <= COALESCED_LENGTH:
                    data = self._last_headers[length] + message
                    size = len(data)
                    # From here on no call but the last: a signal handler that raises finds all done, or nothing.
                    self._counts += (1,)
                    self.unsent_messages += 1
                    self.messages_out += 1
                    self.bytes_out += length
                    self.size += size
                    self.queued_total += size
                    del outbox[0]
                    self._buffers.append(data)
                    return
            self._encode_each((message,))
            del outbox[0]  # no call after the last of what that does
            return
        end = self.queued_total + budget
        while waiting and self.queued_total < end:
            self._encode_batch(outbox, waiting, end - self.queued_total)
            waiting = len(outbox)

    def encode_many(self, messages: list[Any], budget: int) -> bool:
        """Queue messages that are in no outbox, if they are small and few. False: nothing is done.

        A message that waits in an outbox first is moved from list to queue to list, which costs as much as encoding it.
        """
        count = len(messages)
        if type(self) is not Encoder or self._last_headers is not LAST_HEADERS:
            return False
        if (
            not 0 < count <= BATCH_MESSAGES
            or count * max(size_of(messages[0]), size_of(messages[-1])) > budget
        ):
            return False
        if self.shared is None:
            joined = join_list(messages)
            if joined is None:
                return False
            data, user_bytes, count = joined
        else:
            shared = self.shared.join(messages)  # a publisher's list, which nobody changes
            if shared is None:
                return False
            data, user_bytes = shared
        self._append(data, count, count, user_bytes)
        return True

    def encode_alone(self, outbox: deque[PipeItem]) -> bytes | None:
        """The bytes of the only message of the outbox, not queued; None if it is not small and plain.

        The caller writes them at once, takes the message out of the outbox, calls ``sent_alone``, and gives back with
        ``put_back`` what the kernel did not take.
        """
        message = outbox[0]
        if type(message) is bytes:
            length = len(message)
            if length > COALESCED_LENGTH:
                return None
            data = self._last_headers[length] + message
        elif type(message) is tuple and len(message) == 2 and not message[0]:
            body = message[1]  # in the envelope of REQ and REP
            length = len(body)
            if length > COALESCED_LENGTH:
                return None
            data = self._more_headers[0] + self._last_headers[length] + body
        elif type(message) is tuple:
            pieces: list[Buffer] = []
            length = 0
            headers = self._more_headers
            for part in message:
                size = len(part)
                length += size
                pieces.append(headers[size])
                pieces.append(part)
            if length > COALESCED_LENGTH:
                return None
            pieces[-2] = self._last_headers[size]
            data = b"".join(pieces)
        else:
            return None
        self._alone_size = length
        return data

    def sent_alone(self) -> None:
        """The message of ``encode_alone`` was written."""
        self.messages_out += 1
        self.bytes_out += self._alone_size

    def put_back(self, rest: bytes) -> None:
        """Queue what is left of a message from ``encode_alone``."""
        self._append(rest, 1)

    def buffers_to_send(self) -> list[Buffer]:
        """What to write next, in order."""
        buffers = self._buffers
        return buffers[:BUFFERS_AT_ONCE]

    def bytes_sent(self, n: int) -> None:
        """The first ``n`` bytes of those buffers were written."""
        assert n <= self.size
        self.sent_total += n
        self.forget_sent()

    def forget_sent(self) -> None:
        """Forget what was written, ``sent_total`` being up to date. Interrupted by a signal handler, do it again."""
        buffers = self._buffers
        sent = self.sent_total
        if sent == self.queued_total:
            buffers.clear()
            self._counts.clear()
            self._head = sent
            self.unsent_messages = 0
        while buffers:
            first = buffers[0]
            end = self._head + len(first)
            if end > sent:
                if sent > self._head:
                    buffers[0] = memoryview(first)[sent - self._head :]
                    self._head = sent
                break
            counts = self._counts
            del buffers[0]  # no call from here to the end of the turn
            self._head = end
            self.unsent_messages -= counts[0]
            del counts[0]
        self.size = self.queued_total - sent
        if self._tracked:
            self._release_tracked(self.sent_total)

    def drop(self) -> int:
        """Forget what was not written; returns the number of messages lost, a half-written one included."""
        dropped = self.unsent_messages
        self._buffers.clear()
        self._counts.clear()
        self.size = 0
        self.unsent_messages = 0
        self._release_tracked(self.queued_total)
        self.queued_total = self._head = self.sent_total
        return dropped

    def _append(self, data: Buffer, messages: int, messages_out: int = 0, bytes_out: int = 0) -> None:
        length = len(data)
        # From here on no call but the last: a signal handler that raises finds all done, or nothing.
        self._counts += (messages,)
        self.unsent_messages += messages
        self.messages_out += messages_out
        self.bytes_out += bytes_out
        self.size += length
        self.queued_total += length
        self._buffers.append(data)

    def _encode_batch(self, outbox: deque[PipeItem], waiting: int, budget: int) -> None:
        """Encode as many messages as the budget is good for, judging by the size of two of them."""
        guess = max(size_of(outbox[0]), size_of(outbox[-1])) + 2
        n = min(waiting, budget // guess + 1, BATCH_MESSAGES)
        queued = len(self._buffers)
        batch = take(outbox, n)
        try:
            n = len(batch)
            if self._last_headers is LAST_HEADERS:
                joined = join_messages(batch) if self.shared is None else self.shared.join(batch)
                if joined is not None:
                    data, user_bytes = joined
                    self._append(data, n, n, user_bytes)
                    return
            self._encode_each(batch)
        except BaseException:
            # A signal handler raised. Each of these ways queues the batch in one step, as its last one.
            if len(self._buffers) == queued:
                outbox.extendleft(reversed(batch))
            raise

    def _encode_each(self, batch: Iterable[PipeItem]) -> None:
        """Encode any mix of items: multipart, large, tracked messages and subscriptions."""
        queue = _Queue()
        tracked = []
        messages_out = bytes_out = 0
        for message in batch:
            if type(message) is bytes:
                queue.add_part(self._last_headers, message)
                bytes_out += len(message)
            elif isinstance(message, tuple):
                for part in message[:-1]:
                    queue.add_part(self._more_headers, part)
                queue.add_part(self._last_headers, message[-1])
                bytes_out += sum(map(len, message))
            else:
                assert isinstance(message, Subscription)
                queue.pieces.append(self._subscription(message))
                queue.messages += 1
                continue
            messages_out += 1
            queue.end_message()
            if type(message) is TrackedMessage:
                queue.flush()
                tracked.append((self.queued_total + queue.size, message.on_sent))
        queue.flush()
        # No call from here on: a signal handler that raises finds all done, or nothing.
        self._counts += queue.counts
        self._tracked += tracked
        self.unsent_messages += queue.total
        self.size += queue.size
        self.queued_total += queue.size
        self.messages_out += messages_out
        self.bytes_out += bytes_out
        self._buffers += queue.buffers

    def _command_frame(self, body: bytes) -> bytes:
        return command_frame(body)

    def _subscription(self, item: Subscription) -> bytes:
        if self._subscription_commands or type(item) is GroupChange:
            return self._command_frame(encode_change(item))
        return self.last_frame(item.as_message())

    def _release_tracked(self, offset: int) -> None:
        tracked = self._tracked
        while tracked and tracked[0][0] <= offset:
            tracked.pop(0)[1]()


class _Queue:
    """Buffers on their way into an encoder."""

    __slots__ = ("buffers", "counts", "messages", "pieces", "size", "total")

    def __init__(self) -> None:
        self.buffers: list[Buffer] = []
        self.counts: list[int] = []  # per buffer: messages whose last byte is in it
        self.size = 0
        self.total = 0  # of the counts
        self.pieces: list[Buffer] = []  # gathered for the next coalesced buffer
        self.messages = 0  # that end in it

    def add_part(self, headers: HeaderTable, part: Buffer) -> None:
        """Add one frame."""
        length = len(part)
        self.pieces.append(headers[length])
        if length <= COALESCED_LENGTH:
            self.pieces.append(part)
        else:
            self.flush()
            self._append(part, 0)

    def end_message(self) -> None:
        """The last frame was the end of a message."""
        if self.pieces:
            self.messages += 1
        else:
            self.counts[-1] += 1
            self.total += 1

    def flush(self) -> None:
        """Make a buffer of what was gathered."""
        if self.pieces:
            self._append(b"".join(self.pieces), self.messages)
            self.pieces.clear()
            self.messages = 0

    def _append(self, data: Buffer, messages: int) -> None:
        self.buffers.append(data)
        self.counts.append(messages)
        self.size += len(data)
        self.total += messages
