"""What asynchronous calls return when there is nothing to wait for.

It is everything that a completed ``asyncio.Future`` is, at a third of the price: making and awaiting one is half of
what a small message costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from functools import partial
from typing import Any, Generic, TypeVar

from .drivers.pump import Pump

Result = TypeVar("Result")


class Completed(Generic[Result]):
    """A call that is done. It can be awaited, gathered, waited for, and asked like a Future."""

    __slots__ = ("__weakref__", "_result")

    _asyncio_future_blocking = False  # what makes asyncio.isfuture() true

    def __init__(self, result: Result) -> None:
        self._result = result

    # isinstance(..., asyncio.Future) is true, as it is for the calls that had to wait.
    __class__ = property(lambda self: asyncio.Future)

    def __await__(self) -> Generator[Any, None, Result]:
        return self._result
        yield  # type: ignore[unreachable]  # makes this a generator

    __iter__ = __await__

    def result(self) -> Result:
        """What the call returned."""
        return self._result

    def exception(self) -> None:
        """None: a call that fails returns an ordinary Future."""

    def done(self) -> bool:
        """True."""
        return True

    def cancelled(self) -> bool:
        """False: it is done."""
        return False

    def cancel(self, msg: Any = None) -> bool:
        """Too late. Returns False."""
        return False

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The running loop: this belongs to none."""
        return asyncio.get_event_loop()

    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Context | None = None) -> None:
        """Call ``fn`` soon."""
        self.get_loop().call_soon(fn, self, context=context)

    def remove_done_callback(self, fn: Callable[[Any], object], /) -> int:
        """There are none left that could be removed. Returns 0."""
        return 0

    def loaded_by(self, load: Callable[[Result], Any]) -> Completed[Any]:
        """The same with ``load(result)`` for the result. Raises what ``load`` raises."""
        return Completed(load(self._result))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} result={self._result!r}>"


class Received(Completed[Result]):
    """A message that was there at the call. If nobody ever asks for it, the socket gets it back."""

    __slots__ = ("_pump",)

    def __init__(self, message: Result, pump: Pump) -> None:
        self._result = message
        self._pump: Pump | None = pump  # None once the message was handed out

    def __await__(self) -> Generator[Any, None, Result]:
        self._pump = None
        return self._result
        yield  # type: ignore[unreachable]  # makes this a generator

    __iter__ = __await__

    def result(self) -> Result:
        """The message."""
        self._pump = None
        return self._result

    def loaded_by(self, load: Callable[[Result], Any]) -> Completed[Any]:
        pump, self._pump = self._pump, None
        undo = None if pump is None else partial(put_aside, pump, self._result)
        return Restorable(load(self._result), undo)

    def __del__(self) -> None:
        if self._pump is not None:
            put_aside(self._pump, self._result)


class Restorable(Completed[Result]):
    """Something else that was received at the call; ``undo`` gives it back if nobody ever asks for it."""

    __slots__ = ("_undo",)

    def __init__(self, result: Result, undo: Callable[[], None] | None) -> None:
        self._result = result
        self._undo = undo

    def __await__(self) -> Generator[Any, None, Result]:
        self._undo = None
        return self._result
        yield  # type: ignore[unreachable]  # makes this a generator

    __iter__ = __await__

    def result(self) -> Result:
        """What was received."""
        self._undo = None
        return self._result

    def loaded_by(self, load: Callable[[Result], Any]) -> Completed[Any]:
        undo, self._undo = self._undo, None
        return Restorable(load(self._result), undo)

    def __del__(self) -> None:
        if self._undo is not None:
            self._undo()


def put_aside(pump: Pump, message: Any, pipe: Any = None) -> None:
    """Nobody took this message: it is the next again. Any thread, at any time: the garbage collector calls this."""
    pump.aside.appendleft((message, pipe))
    for guest in list(pump.guests):
        guest.look_again()
