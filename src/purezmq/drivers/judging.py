"""Asking ``socket.auth`` about a peer.

Tables answer at once. A callable is foreign code that may take its time, or never return, so it runs under no lock and
on no thread that anybody else needs: an ordinary one on a thread that belongs to the socket alone, one call after the
other; a coroutine function in the event loop that ran when it was assigned. The answer goes to the I/O thread, which
goes on with the handshake. HANDSHAKE_IVL runs meanwhile and bounds it: calls whose peer has left are not begun,
coroutines are cancelled, and answers that come too late are thrown away.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..constants import Errno, SecurityMechanism, SocketType
from ..error import Again, error_for
from ..zmtp.auth_request import AuthRequest, Decision, decision_of, table_of
from ..zmtp.mechanism import OWN_JUDGE
from . import errands
from .log import logger
from .workers import Workers

if TYPE_CHECKING:
    from ..base.options import SocketOptions
    from ..core.socket_core import SocketCore
    from ..zmtp.connection import Connection
    from .pump import Pump
    from .streams import StreamHandler


class Judge(Protocol):
    """What decides about the peers of a socket."""

    mechanism: str  # the only one that it understands; "" for all
    assigned: Any  # what ``socket.auth`` gives back

    def ask(self, stream: StreamHandler, connection: Connection, request: AuthRequest) -> Question | None:
        """Decide, now (None) or later. Requires the lock of the socket."""


class Question:
    """A callable that has not answered yet."""

    def __init__(self, stream: StreamHandler, connection: Connection, request: AuthRequest) -> None:
        self._stream = stream
        self._connection = connection
        self.request = request
        self._on_cancel: Callable[[], None] | None = None

    @property
    def is_wanted(self) -> bool:
        """False if the peer has left."""
        return errands.is_wanted(self._stream, self._connection)

    def cancel(self) -> None:
        """The answer is not wanted any more."""
        on_cancel, self._on_cancel = self._on_cancel, None
        if on_cancel is not None:
            on_cancel()

    def when_cancelled(self, call: Callable[[], None]) -> None:
        """Call this, from any thread and with a lock held, when the answer is not wanted any more."""
        self._on_cancel = call

    def answer(self, decision: Decision) -> None:
        """Go on with the handshake. Needs no lock."""
        self._on_cancel = None
        act = partial(_apply, self._connection, decision)
        self._stream.pump.io_thread.call_soon(lambda: errands.go_on(self._stream, self._connection, act))


class TableJudge:
    """Passwords or keys."""

    def __init__(self, table: Any) -> None:
        self._table = table_of(table)
        self.mechanism = self._table.mechanism
        self.assigned = self._table  # its repr shows no secret

    def ask(self, stream: StreamHandler, connection: Connection, request: AuthRequest) -> None:
        _apply(connection, self._table.decide(request), time.monotonic())


class CallableJudge:
    """A callable of the application's."""

    mechanism = ""

    def __init__(self, function: Callable[[AuthRequest], Any], loop: Any) -> None:
        """Raises ValueError for a coroutine function without an event loop."""
        self._is_async = _is_async(function)
        if loop is None and self._is_async:
            raise ValueError(
                "an asynchronous auth needs an event loop: assign it in a coroutine, or use set_auth(auth, loop=...)"
            )
        self.assigned = function
        self._loop = loop
        self._workers = Workers("ZMQbg/auth", 1)

    def ask(self, stream: StreamHandler, connection: Connection, request: AuthRequest) -> Question:
        question = Question(stream, connection, request)
        if self._is_async:
            self._call_in_loop(question, self.assigned)
        else:
            self._workers.submit(partial(self._call, question))
        return question

    def _call(self, question: Question) -> None:
        """On the socket's own thread."""
        if not question.is_wanted:
            return
        try:
            answer = self.assigned(question.request)
            if not isinstance(answer, Awaitable):
                question.answer(decision_of(answer, question.request))
                return
            if self._loop is None:
                raise TypeError("it returned an awaitable, and was assigned where no event loop ran")
        except Exception as error:
            question.answer(_refusal_for(error, question.request))
            return
        self._call_in_loop(question, lambda request: answer)

    def _call_in_loop(self, question: Question, function: Callable[[AuthRequest], Any]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._start_task, question, function)
        except RuntimeError:
            question.answer(Decision(300, text="its event loop is closed"))

    def _start_task(self, question: Question, function: Callable[[AuthRequest], Awaitable[Any]]) -> None:
        """In the loop."""
        if not question.is_wanted:
            return
        task = self._loop.create_task(_answer(question, function))
        question.when_cancelled(partial(_cancel, self._loop, task))


def judge_of(value: Any, loop: Any) -> Judge:
    """What an application assigned to ``auth``. Raises TypeError and ValueError."""
    return CallableJudge(value, loop) if callable(value) else TableJudge(value)


def running_loop() -> Any:
    """The event loop that runs on this thread; None if there is none. Does not import asyncio."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def set_judge(pump: Pump, judge: Judge | None) -> None:
    """Let this judge decide about the peers of a socket. Requires the lock. Raises ZMQError (EINVAL)."""
    core = pump.core
    is_in_use = bool(pump.listeners or pump.connectors)
    if judge is not None:
        if core.socket_type == SocketType.STREAM:
            raise error_for(Errno.EINVAL, "auth is for sockets with a handshake, and STREAM has none")
        if is_in_use and core.judge is None:
            raise error_for(
                Errno.EINVAL,
                "set auth before bind and connect: what is bound or connected already would not ask it",
            )
        if is_in_use:
            check(judge, core, core.options)
    core.judge = judge


def check(judge: Judge, core: SocketCore, options: SocketOptions) -> None:
    """Before bind and connect: raise ZMQError (EINVAL) if this judge would never be asked, or cannot answer."""
    mechanism = SecurityMechanism(options.mechanism).name
    if judge.mechanism and judge.mechanism != mechanism:
        what = "passwords" if judge.mechanism == "PLAIN" else "public keys"
        raise error_for(
            Errno.EINVAL,
            f"auth is a table of {what}, which is for {judge.mechanism}, and this {core.type_name} socket uses "
            f"{mechanism}: set {judge.mechanism}_SERVER",
        )
    if mechanism != "NULL" and not options.as_server:
        raise error_for(
            Errno.EINVAL,
            f"auth judges clients, and this socket is the client of {mechanism}: set it on the server",
        )


async def _answer(question: Question, function: Callable[[AuthRequest], Awaitable[Any]]) -> None:
    try:
        question.answer(decision_of(await function(question.request), question.request))
    except Exception as error:
        question.answer(_refusal_for(error, question.request))


def _cancel(loop: Any, task: Any) -> None:
    try:
        loop.call_soon_threadsafe(task.cancel)
    except RuntimeError:
        pass  # the loop is closed, and the task with it


def _apply(connection: Connection, decision: Decision, now: float) -> None:
    connection.zap_answered(decision.status, now, decision.user_id, text=decision.text, judge=OWN_JUDGE)


def _refusal_for(error: Exception, request: AuthRequest) -> Decision:
    """What an exception means: PermissionError a refusal, Again one for now, everything else a mistake."""
    text = _words_of(error, request)
    if isinstance(error, PermissionError):
        return Decision(400, text=text)
    if isinstance(error, Again):
        return Decision(300, text=text)
    import traceback

    lines = "".join(traceback.format_exception(error))
    if _is_shown_in(request, lines):
        lines = f"(the traceback is not shown: it has the peer's password in it)\n{text}"
    logger().error("%s failed about %r: %s\n%s", OWN_JUDGE, request, text, lines.rstrip())
    return Decision(500, text=text)


def _words_of(error: Exception, request: AuthRequest) -> str:
    name = type(error).__name__
    text = str(error)[:255]
    return name if not text or _is_shown_in(request, text) else f"{name}: {text}"


def _is_shown_in(request: AuthRequest, text: str) -> bool:
    return bool(request.password) and str(request.password) in text


def _is_async(function: Any) -> bool:
    import inspect  # 5 ms

    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004  # an object whose call is a coroutine function
    )
