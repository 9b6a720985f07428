"""What asynchronous calls return when there is nothing to wait for.

It is everything that a completed ``asyncio.Future`` is, at a third of the price: making and awaiting one is half of
what a small message costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from functools import partial
from typing import Any

from .drivers.pump import Pump

# What awaiting a call without a result goes through: it is at its end already, and stays there.
_NOTHING: Any = iter(())
next(_NOTHING, None)


class Completed:
    """A call that is done. It can be awaited, gathered, waited for, and asked like a Future."""

    __slots__ = ("__weakref__", "_result")

    _asyncio_future_blocking = False  # what makes asyncio.isfuture() true

    def __init__(self, result: Any) -> None:
        self._result = result

    # isinstance(..., asyncio.Future) is true, as it is for the calls that had to wait.
    __class__ = property(lambda self: asyncio.Future)

    def __await__(self) -> Generator[Any, None, Any]:
        return _NOTHING if self._result is None else self._hand_out()

    def _hand_out(self) -> Generator[Any, None, Any]:
        return self._result
        yield  # type: ignore[unreachable]  # makes this a generator

    __iter__ = __await__

    def result(self) -> Any:
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

    def loaded_by(self, load: Callable[[Any], Any]) -> Completed:
        """The same with ``load(result)`` for the result. Raises what ``load`` raises."""
        return Completed(load(self._result))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} result={self._result!r}>"


class Received(Completed):
    """A message that was there at the call. If nobody ever asks for it, the socket gets it back."""

    __slots__ = ("_pump",)

    def __init__(self, message: Any, pump: Pump) -> None:
        self._result = message
        self._pump: Pump | None = pump  # None once the message was handed out

    def __await__(self) -> Generator[Any, None, Any]:
        self._pump = None
        return self._result
        yield  # type: ignore[unreachable]  # makes this a generator

    __iter__ = __await__

    def result(self) -> Any:
        """The message."""
        self._pump = None
        return self._result

    def loaded_by(self, load: Callable[[Any], Any]) -> Completed:
        pump, self._pump = self._pump, None
        undo = None if pump is None else partial(put_aside, pump, self._result)
        return Restorable(load(self._result), undo)

    def __del__(self) -> None:
        if self._pump is not None:
            put_aside(self._pump, self._result)


class Restorable(Completed):
    """Something else that was received at the call; ``undo`` gives it back if nobody ever asks for it."""

    __slots__ = ("_undo",)

    def __init__(self, result: Any, undo: Callable[[], None] | None) -> None:
        self._result = result
        self._undo = undo

    def __await__(self) -> Generator[Any, None, Any]:
        self._undo = None
        return self._result
        yield  # type: ignore[unreachable]  # makes this a generator

    __iter__ = __await__

    def result(self) -> Any:
        """What was received."""
        self._undo = None
        return self._result

    def loaded_by(self, load: Callable[[Any], Any]) -> Completed:
        undo, self._undo = self._undo, None
        return Restorable(load(self._result), undo)

    def __del__(self) -> None:
        if self._undo is not None:
            self._undo()


def completed(result: Any) -> Completed:
    """A call that is done."""
    done = Completed.__new__(Completed)  # without the call of __init__: this is made for every message
    done._result = result
    return done


def received(message: Any, pump: Pump) -> Received:
    """A message that was there at the call."""
    done = Received.__new__(Received)
    done._result = message
    done._pump = pump
    return done


def put_aside(pump: Pump, message: Any, pipe: Any = None) -> None:
    """Nobody took this message: it is the next again. Any thread, at any time: the garbage collector calls this."""
    pump.aside.appendleft((message, pipe))
    for guest in list(pump.guests):
        guest.look_again()
