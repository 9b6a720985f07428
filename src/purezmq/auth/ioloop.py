"""The authenticator for tornado, whose loop is asyncio's today: a deprecated name for ``AsyncioAuthenticator``."""

from __future__ import annotations

import warnings
from typing import Any

from ..context import Context
from .asyncio import AsyncioAuthenticator

warnings.warn(
    "purezmq.auth.ioloop.IOLoopAuthenticator is deprecated: use purezmq.auth.asyncio.AsyncioAuthenticator",
    DeprecationWarning,
    stacklevel=2,
)


class IOLoopAuthenticator(AsyncioAuthenticator):
    """``AsyncioAuthenticator`` with the arguments in another order."""

    def __init__(
        self,
        context: Context[Any] | None = None,
        encoding: str = "utf-8",
        log: Any = None,
        io_loop: Any = None,
    ) -> None:
        super().__init__(context, encoding=encoding, log=log)
        if io_loop is not None:
            warnings.warn(
                f"{type(self).__name__}(io_loop) is deprecated and ignored: the loop is the one that runs at start()",
                DeprecationWarning,
                stacklevel=2,
            )


__all__ = ["IOLoopAuthenticator"]
