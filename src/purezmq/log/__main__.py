"""``python -m purezmq.log URL``: show the log records that a ``PUBHandler`` publishes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime

from ..constants import SocketType
from ..context import Context
from ..socket import Socket

_RESET = "\033[0m"
_COLOURS = {
    "DEBUG": "\033[96m",
    "INFO": "\033[97m",
    "WARNING": "\033[33m",
    "ERROR": "\033[91m",
    "CRITICAL": "\033[31m",
}


class Watcher:
    """Turns messages into lines."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._widths: list[int] = []  # of the parts of the topics so far, to align by

    def line(self, topic: str, text: str) -> str:
        """What is printed for one record."""
        options = self._options
        parts = topic.strip().split(".")
        time = f"{datetime.now().strftime(options.dateformat)} " if options.timestamp else ""
        shown = self._aligned(parts) if options.align else topic.strip()
        line = f"{shown}{options.separator}{text.strip()}"
        colour = next((_COLOURS[part] for part in parts if part in _COLOURS), "") if options.color else ""
        return f"{time}{colour}{line}{_RESET}" if colour else f"{time}{line}"

    def _aligned(self, parts: list[str]) -> str:
        self._widths += [0] * (len(parts) - len(self._widths))
        parts = parts + [""] * (len(self._widths) - len(parts))
        self._widths = [max(width, len(part)) for width, part in zip(self._widths, parts, strict=True)]
        cells = zip(parts, self._widths, strict=True)
        return ".".join(part.ljust(width) for part, width in cells)


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("ZMQ Log Watcher", description="Show the records of a PUBHandler.")
    parser.add_argument("zmq_pub_url", help="the endpoint of the publisher")
    parser.add_argument("-t", "--topic", default="", help="only records whose topic begins with this")
    parser.add_argument("--timestamp", action="store_true", help="begin lines with the local time")
    parser.add_argument("--separator", default=" | ", help="what stands between topic and text")
    parser.add_argument(
        "--dateformat", default="%Y-%m-%d %H:%M", help="the form of the time, as strftime has it"
    )
    parser.add_argument("--align", action="store_true", help="align the texts")
    parser.add_argument("--color", action="store_true", help="colour the lines by level")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Print records until Ctrl-C."""
    options = parse(argv)
    watcher = Watcher(options)
    context: Context[Socket[bytes]] = Context()
    with context, context.socket(SocketType.SUB) as sub:
        sub.subscribe(options.topic)
        sub.connect(options.zmq_pub_url)
        try:
            while True:
                parts = [part.decode("utf-8", "replace") for part in sub.recv_multipart()]
                print(watcher.line(parts[0], "".join(parts[1:])), flush=True)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
