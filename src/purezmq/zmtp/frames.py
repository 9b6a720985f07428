"""Cutting many messages out of received bytes, and joining many into bytes to write: the innermost loops.

There are two of this module. This one is Python, and does as much as it can per call of something written in C;
``frames.pyx`` is the same in Cython, where a plain loop is the fastest.

Both know the frames of ZMTP 2.0 and 3.x only, and nothing about limits, commands or what to do with an incomplete
frame: at the first one that is not plain and whole they stop, and the decoder looks at it.
"""

from __future__ import annotations

from collections import deque
from io import BytesIO
from itertools import repeat, starmap
from struct import Struct

from ..base.message import PipeItem
from .framing import LAST_HEADERS, LONG, MORE, MORE_HEADERS
from .run import RUN_MESSAGES, find_run
from .singles import cut_singles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_unpack_length = Struct(">Q").unpack_from

# Longer parts are written from where they are. Below, copying is cheaper than one more buffer in sendmsg.
COALESCED_LENGTH = 8192

# Frames cut one by one between two attempts to find a run: at first, and the most it grows to.
_FIRST_WINDOW = 8
_LAST_WINDOW = 512

# Fewer bytes are not worth an attempt; this keeps single small messages, as in request-reply, out of it.
_SMALLEST_RUN = 20 * RUN_MESSAGES
_SMALLEST_STREAM = 512

# Messages of more parts than this are joined part by part.
_COLUMNS = 8


def cut_messages(
    data: bytes, pos: int, found: list[PipeItem], parts: list[bytes], room: int, max_length: int
) -> tuple[int, int, int]:
    """Append the whole messages in ``data`` from ``pos`` on to ``found``, at most ``room``.

    ``parts`` are those of a message that has begun; what it has at the end belongs to one that is incomplete. Stops
    before the first frame that is incomplete, longer than ``max_length``, or no plain part of a message. Returns where
    that is, how many messages were completed, and how many bytes of user data were passed.
    """
    # Three speeds: a *run* of messages of the same shape is verified with strided slices, one per header byte, and cut
    # by one ``struct`` call per 64 messages (run.py); other one-part messages are read off a ``BytesIO`` (singles.py);
    # everything else goes by the loop below. The first two are tried at the beginning and then after 8, 16, 32, …
    # further frames, so traffic of another kind hardly pays for the attempts.
    size = len(data)
    start = pos
    count = 0
    frames = 0  # taken by the inner loop
    overhead = 0  # bytes that are no user data, beyond two for each of these frames
    # The flags that the first two branches take. None, where a short frame may exceed the limit.
    short = MORE if max_length >= 255 else -1
    plain = -1 if parts or short < 0 else 0
    append = found.append
    stream: BytesIO | None = None  # over data, made when it is worth it
    window = _FIRST_WINDOW
    while count < room:
        if plain == 0 and size - pos >= _SMALLEST_RUN:
            run = find_run(data, pos, size, max_length)
            if run is not None:
                n = run.cut(data, pos, size, found, room - count)
                if n:
                    count += n
                    pos += n * run.stride
                    overhead += n * run.overhead
                    window = _FIRST_WINDOW
                    continue
        window_end = min(window, room - count)
        window = min(2 * window, _LAST_WINDOW)
        # With a long frame first, only if it is of less than 512 bytes (the seventh length byte says so).
        if (
            plain == 0
            and size - pos >= _SMALLEST_STREAM
            and (data[pos] == 0 or (data[pos] == LONG and data[pos + 7] < 2))
        ):
            if stream is None:
                stream = BytesIO(data)
            stream.seek(pos)
            before = len(found)
            overhead += 7 * cut_singles(stream, size, found, window_end, max_length)
            pos = stream.tell()
            n = len(found) - before
            frames += n
            count += n
            if n == window_end:
                continue
            window_end = min(_FIRST_WINDOW if n else window, room - count)
        unfinished = 0  # frames of this window that completed no message
        taken = 0
        for taken in range(window_end):  # noqa: B007 (counted here, read below)
            body = pos + 2
            if body > size:
                break
            flags = data[pos]
            if flags == plain:
                end = body + data[pos + 1]
                if end > size:
                    break
                append(data[body:end])
                pos = end
                continue
            if flags <= short:
                end = body + data[pos + 1]
                if end > size:
                    break
                parts.append(data[body:end])
                pos = end
                if flags:
                    unfinished += 1
                    plain = -1
                else:
                    append(tuple(parts))
                    parts.clear()
                    plain = 0
                continue
            if flags > MORE | LONG:
                break
            length = data[pos + 1]
            if flags & LONG:
                body = pos + 9
                if body > size:
                    break
                (length,) = _unpack_length(data, pos + 1)
            end = body + length
            if length > max_length or end > size:
                break
            overhead += body - pos - 2
            if flags == LONG and not parts:
                append(data[body:end])
            elif parts or flags & MORE:
                parts.append(data[body:end])
                plain = -1
                if flags & MORE:
                    unfinished += 1
                else:
                    append(tuple(parts))
                    parts.clear()
                    plain = 0 if short > 0 else -1
            else:
                append(data[body:end])
            pos = end
        else:
            frames += window_end
            count += window_end - unfinished
            continue
        frames += taken
        count += taken - unfinished
        break
    return pos, count, pos - start - 2 * frames - overhead


def take(outbox: deque[PipeItem], n: int) -> list[Any]:
    """The first ``n`` items of the outbox, which is left without them. There are as many; a few more may be taken."""
    # Half the cost of a comprehension that calls popleft: 25 ns per message instead of 60. Written as a display, no
    # signal handler can run between taking the messages and having them.
    return [*starmap(outbox.popleft, repeat((), n))]


def move(lane: Any, found: list[Any], most: int) -> None:
    """Take at most ``most`` items out of a lane and append them to ``found``. Other threads may do the same."""
    count = min(len(lane), most)
    if count > 0:
        try:
            # One call in C for all: what was taken is in the list, whatever happens.
            found.extend(starmap(lane.popleft, repeat((), count)))
        except IndexError:
            pass  # another thread took the rest


def join_messages(batch: list[Any]) -> tuple[bytes, int] | None:
    """The frames of small messages in one piece, and how many bytes of user data they have.

    None where they are better joined one by one. One-part messages, and messages of the same number of parts (up to
    eight), of ``bytes`` of at most COALESCED_LENGTH are always joined; the twins differ in what else they take.
    """
    kind = type(batch[0])
    if kind is bytes:
        return _join_one_part(batch)
    if kind is tuple:
        return _join_multipart(batch)
    return None


def join_list(messages: list[Any]) -> tuple[bytes, int, int] | None:
    """The same for a list that is not ours, so another thread may change it at any time; and how many they were."""
    batch = messages[:]
    joined = join_messages(batch) if batch else None
    return None if joined is None else (*joined, len(batch))


def _join_one_part(batch: list[bytes]) -> tuple[bytes, int] | None:
    headers = LAST_HEADERS
    n = len(batch)
    try:
        lengths = list(map(len, batch))
        longest = first = lengths[0]
        # Lengths up to 256 are the same objects wherever they occur, so counting is next to free.
        if lengths.count(first) == n:
            if longest > COALESCED_LENGTH:
                return None
            # The empty piece makes join put a header before the first message too.
            return headers[first].join((b"", *batch)), n * first
        if max(lengths) > COALESCED_LENGTH:
            return None
        pieces = [b""] * (2 * n)
        pieces[::2] = map(headers.__getitem__, lengths)
        pieces[1::2] = batch
        return b"".join(pieces), sum(lengths)
    except TypeError:
        return None  # something else is among them, as map or join found out


def _join_multipart(batch: list[tuple[Any, ...]]) -> tuple[bytes, int] | None:
    n = len(batch)
    count = len(batch[0])
    if count > _COLUMNS or set(map(type, batch)) != {tuple} or set(map(len, batch)) != {count}:
        return None
    # Column by column, so that each step runs over the whole batch.
    pieces: list[Any] = [b""] * (2 * n * count)
    payload = 0
    headers = MORE_HEADERS
    for column, parts in enumerate(zip(*batch, strict=True)):
        if column == count - 1:
            headers = LAST_HEADERS
        lengths = list(map(len, parts))
        if max(lengths) > COALESCED_LENGTH:
            return None
        pieces[2 * column :: 2 * count] = map(headers.__getitem__, lengths)
        pieces[2 * column + 1 :: 2 * count] = parts
        payload += sum(lengths)
    return b"".join(pieces), payload
