"""Decorators that give a function a context or a socket, and close it when the function returns.

    >>> @context()
    ... @socket(zmq.REQ)
    ... def ask(question, ctx, request):
    ...     request.connect("tcp://127.0.0.1:5555")
    ...     request.send(question)
    ...     return request.recv()
    >>> ask(b"time?")

Without a name the object is appended to the positional arguments; with one (the first argument of the decorator, if it
is a ``str``, or ``name=``) it is passed by that keyword.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from .context import Context

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def context(*args: Any, **kwargs: Any) -> Callable[[FunctionT], FunctionT]:
    """Give the function a new Context, terminated afterwards.

    ``context([name], [name=...], ...)``: further arguments are those of ``Context``.

        >>> @context("ctx", io_threads=2)
        ... def work(ctx): ...
    """
    name, args = _name_and_rest(args, kwargs)
    return _decorator(name, lambda call_args, call_kwargs: Context(*args, **kwargs))


def socket(*args: Any, **kwargs: Any) -> Callable[[FunctionT], FunctionT]:
    """Give the function a new socket, closed afterwards.

    ``socket([name], type, [name=...], [context_name="context"], ...)``: further arguments are those of
    ``Context.socket``. Its context is the function's keyword argument ``context_name``, else the first Context among
    the positional arguments, else ``Context.instance()``.

        >>> @socket("feed", zmq.SUB)
        ... def listen(feed): ...
    """
    name, args = _name_and_rest(args, kwargs)
    context_name = kwargs.pop("context_name", "context")

    def make(call_args: tuple[Any, ...], call_kwargs: dict[str, Any]) -> Any:
        return _context_of(context_name, call_args, call_kwargs).socket(*args, **kwargs)

    return _decorator(name, make)


def _name_and_rest(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str | None, tuple[Any, ...]]:
    name: str | None = kwargs.pop("name", None)
    if args and isinstance(args[0], str):
        if name is not None:
            raise TypeError(f"the name is given twice: {args[0]!r} and {name!r}")
        return args[0], args[1:]
    return name, args


def _context_of(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Context[Any]:
    found = kwargs.get(name)
    if isinstance(found, Context):
        return found
    for arg in args:
        if isinstance(arg, Context):
            return arg
    return Context.instance()


def _decorator(
    name: str | None, make: Callable[[tuple[Any, ...], dict[str, Any]], Any]
) -> Callable[[FunctionT], FunctionT]:
    """Decorate functions: each call gets what ``make`` makes for its arguments, in a ``with`` block."""

    def decorate(function: FunctionT) -> FunctionT:
        def extended(
            args: tuple[Any, ...], kwargs: dict[str, Any], made: Any
        ) -> tuple[tuple[Any, ...], dict[str, Any]]:
            return ((*args, made), kwargs) if name is None else (args, {**kwargs, name: made})

        def check(kwargs: dict[str, Any]) -> None:
            if name is not None and name in kwargs:
                raise TypeError(f"{function.__name__}() got multiple values for argument {name!r}")

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            check(kwargs)
            with make(args, kwargs) as made:
                args, kwargs = extended(args, kwargs, made)
                return function(*args, **kwargs)

        @wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            check(kwargs)
            with make(args, kwargs) as made:
                args, kwargs = extended(args, kwargs, made)
                return await function(*args, **kwargs)

        # A coroutine function returns before it has begun: what it uses must stay until its coroutine is done.
        wrapper: Any = call_async if inspect.iscoroutinefunction(function) else call
        decorated: FunctionT = wrapper
        return decorated

    return decorate


__all__ = ["context", "socket"]
