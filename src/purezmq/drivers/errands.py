"""What a handshake cannot do by itself and must not wait for under a lock: calls that may take long.

The call is made on a thread of the context's; its result goes to the I/O thread, which takes the lock of the socket and
goes on with the handshake. HANDSHAKE_IVL runs meanwhile: a result that comes too late is thrown away.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..zmtp.connection import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .streams import StreamHandler


def run(stream: StreamHandler) -> None:
    """Make the call that this connection's handshake waits for."""
    connection = stream.session.connection
    assert isinstance(connection, Connection)
    errand = connection.errand
    assert errand is not None

    def work() -> None:
        if not is_wanted(stream, connection):  # the peer may have left while other calls were made
            return
        result: Any
        try:
            result = errand()
        except Exception as error:
            result = error
        stream.pump.io_thread.call_soon(
            lambda: go_on(stream, connection, lambda now: connection.errand_done(result, now))
        )

    stream.pump.hub.errands.submit(work)


def is_wanted(stream: StreamHandler, connection: Connection) -> bool:
    """False if nobody cares for the outcome any more. Needs no lock: it is only a hint."""
    return stream.is_open and stream.session.connection is connection


def go_on(stream: StreamHandler, connection: Connection, act: Callable[[float], None]) -> None:
    """The handshake can go on: ``act`` on it. To be called by the I/O thread, without the lock."""
    with stream.pump.lock:
        if not is_wanted(stream, connection):
            return
        now = time.monotonic()
        try:
            act(now)
            stream.handshake_goes_on(now)
        except Exception as error:
            stream.broken(error)
        stream.pump.finish_step()
