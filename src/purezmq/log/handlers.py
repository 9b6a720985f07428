"""A logging handler that publishes records on a PUB socket, and a logger with topics.

    >>> handler = PUBHandler("tcp://127.0.0.1:12345")
    >>> logging.getLogger().addHandler(handler)
    >>> logging.warning("disk::%d %% full", 93)  # published with the topic WARNING.disk

``python -m purezmq.log tcp://127.0.0.1:12345`` shows them in a terminal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from typing import Any, Final

from ..constants import SocketType
from ..context import Context
from ..socket import Socket

__all__ = ["TOPIC_DELIM", "PUBHandler", "TopicLogger"]

TOPIC_DELIM: Final = "::"  # ends the topic at the beginning of a message

_WITH_PLACE = "%(levelname)s %(filename)s:%(lineno)d - %(message)s"


class PUBHandler(logging.Handler):
    """Publishes each record as two parts: its topic, and its text with a newline.

    The topic is made of ``root_topic`` (if there is one), the level's name, and what stands before ``::`` in the
    message (if it does), joined by dots. ``interface_or_socket`` is an endpoint to bind a new PUB socket to, or
    a socket that is used as it is, and closed by whoever made it.
    """

    ctx: Context[Any]
    socket: Socket[Any]
    formatters: dict[int, logging.Formatter | None]

    def __init__(
        self, interface_or_socket: Any, context: Context[Any] | None = None, root_topic: str = ""
    ) -> None:
        super().__init__()
        self.root_topic = root_topic
        self.formatters = {
            logging.DEBUG: logging.Formatter(f"{_WITH_PLACE}\n"),
            logging.INFO: logging.Formatter("%(message)s\n"),
            logging.WARNING: logging.Formatter(f"{_WITH_PLACE}\n"),
            logging.ERROR: logging.Formatter(f"{_WITH_PLACE} - %(exc_info)s\n"),
            logging.CRITICAL: logging.Formatter(f"{_WITH_PLACE}\n"),
        }
        if isinstance(interface_or_socket, Socket):
            self.socket = interface_or_socket
            self.ctx = interface_or_socket.context
        else:
            self.ctx = Context() if context is None else context
            self.socket = self.ctx.socket(SocketType.PUB)
            self.socket.bind(interface_or_socket)

    @property
    def root_topic(self) -> str:
        """What every topic begins with; subscribe to it, or to everything."""
        return self._root_topic

    @root_topic.setter
    def root_topic(self, value: str) -> None:
        self.setRootTopic(value)

    def setRootTopic(self, root_topic: str | bytes) -> None:
        """Let the topics begin with this, "" for the level's name at the beginning."""
        self._root_topic = root_topic.decode() if isinstance(root_topic, bytes) else root_topic

    def setFormatter(self, fmt: logging.Formatter | None, level: int = logging.NOTSET) -> None:
        """Format records of this level so; without a level, all."""
        if level == logging.NOTSET:
            self.formatters = dict.fromkeys(self.formatters, fmt)
        else:
            self.formatters[level] = fmt

    def format(self, record: logging.LogRecord) -> str:
        """The text of a record. One of a level of somebody's own is formatted like the next lower one of Python's."""
        return (self._formatter_for(record.levelno) or logging.Formatter()).format(record)

    def _formatter_for(self, level: int) -> logging.Formatter | None:
        if level in self.formatters:
            return self.formatters[level]
        lower = [known for known in self.formatters if known < level]
        return self.formatters[max(lower) if lower else min(self.formatters)]

    def emit(self, record: logging.LogRecord) -> None:
        """Publish a record. What goes wrong is reported as logging does it, and never raised."""
        topic, delimiter, rest = str(record.msg).partition(TOPIC_DELIM)
        if delimiter:
            record = copy(record)  # the other handlers get it as it was
            record.msg = rest
        else:
            topic = ""
        try:
            text = self.format(record)
            name = ".".join(filter(None, (self.root_topic, record.levelname, topic)))
            self.socket.send_multipart([name.encode("utf-8", "replace"), text.encode("utf-8", "replace")])
        except Exception:
            self.handleError(record)


class TopicLogger(logging.Logger):
    """A logger whose methods take a topic before the message: ``logger.info("disk", "%d %% full", 93)``."""

    def log(self, level: int, topic: str, msg: object, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Log ``msg % args`` with a level and a topic."""
        super().log(level, f"{topic}{TOPIC_DELIM}{msg}", *args, **_from_caller(kwargs))


def _from_caller(kwargs: dict[str, Any]) -> dict[str, Any]:
    # Records shall name the file and line of whoever called us.
    kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
    return kwargs


def _with_topic(method: Callable[..., None]) -> Callable[..., None]:
    def log(self: TopicLogger, topic: str, msg: object, *args: Any, **kwargs: Any) -> None:
        method(self, f"{topic}{TOPIC_DELIM}{msg}", *args, **_from_caller(kwargs))

    log.__name__ = method.__name__
    log.__doc__ = f"Log ``msg % args`` with a topic; see ``logging.Logger.{method.__name__}``."
    return log


for _name in ("debug", "info", "warn", "warning", "error", "exception", "critical", "fatal"):
    if hasattr(logging.Logger, _name):  # Python 3.13 has no warn
        setattr(TopicLogger, _name, _with_topic(getattr(logging.Logger, _name)))
