"""A call that has to wait: for a message, or for room for one.

Calls of one direction wait in a queue, first come first served. How the first one ends depends on who waits for it:

* A task awaits it, and nobody else has asked for the outcome. Then the loop only *wakes* the task, and the message is
  taken from the socket (or handed to it) when the task really runs on. A task that is cancelled before that, at
  whatever point, has taken nothing and sent nothing, and the next in the queue is woken in its place.
* It is used as a Future: it has callbacks (``asyncio.wait``, ``gather``), is polled with ``done()``, or is simply
  kept for later. Then it is completed as soon as the socket can. If it is thrown away before anybody has asked for
  the result, a received message goes back to the front.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from contextvars import Context
from typing import TYPE_CHECKING, Any, Protocol

from .error import Again, ZMQError

if TYPE_CHECKING:
    from ._attempts import Attempt
    from ._loop_service import LoopService


class Owner(Protocol):
    """The socket object whose call it is."""

    @property
    def has_parts_left(self) -> bool:
        """Somebody has received a part of a message, and there are more."""


class _Waker:
    """What a task sleeps on. To the task it is a Future; to us it is one that need not go round the loop once more."""

    __slots__ = (
        "_asyncio_future_blocking",
        "_call",
        "_context",
        "_is_cancelled",
        "_loop",
        "_message",
        "is_done",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._asyncio_future_blocking = False
        self._call: Callable[[Any], object] | None = None  # goes on with the task
        self._context: Context | None = None
        self._is_cancelled = False
        self._message: Any = None
        self.is_done = False

    def wake(self) -> None:
        """Let the task go on in the next turn of the loop."""
        if not self.is_done:
            self.is_done = True
            if self._call is not None:
                self._loop.call_soon(self._call, self, context=self._context)

    def resume(self) -> None:
        """Let the task go on now. Only for callbacks of the loop, where no task is running."""
        if not self.is_done:
            self.is_done = True
            if self._call is not None and self._context is not None:
                self._context.run(self._call, self)

    # What a task asks of a Future.

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop of the task."""
        return self._loop

    def add_done_callback(self, fn: Callable[[Any], object], *, context: Context | None = None) -> None:
        """The task says how it goes on."""
        self._call = fn
        self._context = context

    def result(self) -> None:
        """Raises CancelledError, or nothing."""
        if self._is_cancelled:
            raise asyncio.CancelledError() if self._message is None else asyncio.CancelledError(self._message)

    def cancel(self, msg: Any = None) -> bool:
        """Wake the task with CancelledError. False: it is awake."""
        if self.is_done:
            return False
        self._is_cancelled = True
        self._message = msg
        self.wake()
        return True


class Waiting(asyncio.Future[Any]):
    """A call in its queue. ``owner`` is the socket, whose end cancels it."""

    ends_quietly = False  # the end of the socket is an error here, no cancellation
    _blame: Callable[[ZMQError], None] | None = None  # completes what an error says
    _load: Callable[[Any], Any] | None = None
    _undo: Callable[[], None] | None = None
    _waker: _Waker | None = None  # what the only task that awaits this sleeps on
    _callback_count = 0
    _is_late = False
    _timer: asyncio.TimerHandle | None = None

    def __init__(
        self,
        service: LoopService,
        queue: deque[Waiting],
        attempt: Attempt,
        timeout_ms: int,
        owner: Owner,
    ) -> None:
        super().__init__(loop=service.loop)
        self.owner = owner
        self._service = service
        self._queue = queue
        self._attempt = attempt
        if timeout_ms >= 0:
            self._timer = service.loop.call_later(timeout_ms / 1000, self._expire)
        queue.append(self)

    # -- the queue's side ------------------------------------------------------------------------------

    @property
    def is_left_to_its_task(self) -> bool:
        """True if completing this is the business of the task that awaits it."""
        return self._waker is not None and not self._callback_count

    @property
    def is_unobserved(self) -> bool:
        """True if nothing but a reference to this object could tell that it ever ends."""
        return self._timer is None and self._waker is None and not self._callback_count

    def wake(self) -> None:
        """Let the task that awaits this try."""
        if self._waker is not None:
            self._waker.wake()

    def resume(self) -> None:
        """The same, without another turn of the loop. Only for callbacks of the loop."""
        if self._waker is not None:
            self._waker.resume()

    def perform(self) -> bool:
        """Try to complete this. False: not yet."""
        try:
            done = self._attempt()
            if done is None:
                return False
            result, self._undo = done
            if self._load is not None:
                result = self._load(result)
        except Exception as error:
            if self._service.pump.closed and not self.ends_quietly:
                self.cancel()  # another thread has closed the socket, and we are faster than its word
            else:
                self.fail(error)
        else:
            self.set_result(result)
            self._leave(has_result=True)
        return True

    def fail(self, error: Exception) -> None:
        """End this with an error."""
        if self.done():
            return
        if self._blame is not None and isinstance(error, ZMQError):
            self._blame(error)
        self.set_exception(error)
        self._leave()
        self.wake()

    def loaded_by(self, load: Callable[[Any], Any]) -> None:
        """Return ``load(message)`` in place of the message."""
        self._load = load

    def blamed_by(self, blame: Callable[[ZMQError], None]) -> None:
        """Let ``blame`` complete what an error says."""
        self._blame = blame

    def end_quietly(self) -> None:
        """The end of the socket is no cancellation, but an error (ENOTSOCK)."""
        self.ends_quietly = True

    def _leave(self, has_result: bool = False) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._service.leave(self, self._queue, has_result)
        if self._callback_count:
            self.wake()

    def _expire(self) -> None:
        if self.done():
            return
        if self.is_left_to_its_task:
            self._is_late = True
            self.wake()
        elif not self._perform_in_turn():
            self.fail(Again())

    def _perform_in_turn(self) -> bool:
        return self._queue[0] is self and self.perform()

    # -- the user's side -------------------------------------------------------------------------------

    def __await__(self) -> Generator[Any, None, Any]:
        if not self.done() and (self._waker is not None or self._callback_count):
            yield from super().__await__()
        while not self.done():
            self._waker = waker = _Waker(self._service.loop)
            waker._asyncio_future_blocking = True  # says that this is a Future to wait for
            try:
                yield waker
                waker.result()
            except BaseException:
                self._waker = None
                self.cancel()
                raise
            self._waker = None
            if not self.done() and not self._perform_in_turn() and self._is_late:
                self.fail(Again())
        self._undo = None
        return super().result()

    __iter__ = __await__

    def result(self) -> Any:
        """The result; raises what went wrong."""
        self._undo = None
        return super().result()

    def cancel(self, msg: Any = None) -> bool:
        """Leave the queue. Nothing was received or sent. False if it is too late."""
        if not super().cancel(msg):
            return False
        self._leave()
        if self._waker is not None:
            self._waker.cancel(msg)
        return True

    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Context | None = None) -> None:
        """Call ``fn`` when this is done."""
        self._callback_count += 1
        super().add_done_callback(fn, context=context)

    def remove_done_callback(self, fn: Callable[[Any], object], /) -> int:
        """Do not call ``fn``. Returns how often it had been added."""
        removed = super().remove_done_callback(fn)
        self._callback_count -= removed
        return removed

    def __del__(self) -> None:
        undo, self._undo = self._undo, None
        if undo is not None:
            undo()
        super().__del__()
