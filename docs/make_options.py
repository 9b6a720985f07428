"""Writes options.md, the page of all options, from the tables in ``purezmq.base.options``.

Run it after a change there: ``python docs/make_options.py``. A test compares the page with the tables.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # also when a test loads this file by its path
from about_options import ABOUT, ABOUT_CONTEXTS

from purezmq.base.options import CONTEXT_OPTIONS, OPTIONS, Option
from purezmq.constants import ContextOption, SocketOption, SocketType

PAGE = Path(__file__).with_name("options.md")

_LARGEST = {2**31 - 1, 2**63 - 1, 2**64 - 1}
_SMALLEST = {-(2**31), -(2**63)}

_HEAD = """# Options

This page is made by `docs/make_options.py` from the tables that purezmq itself uses. Do not edit it.

Set an option with `socket.set(zmq.LINGER, 0)`, `socket.setsockopt(...)` or as an attribute, `socket.linger = 0`.
Read it with `socket.get(zmq.LINGER)` or `socket.linger`. A socket option set on a context (`ctx.linger = 0`) is the
default for the sockets made later. What is refused raises `ZMQError` with the number `EINVAL`, or `TypeError` for a
value of the wrong type, and the text says what is legal. [Differences](differences.md#options) lists where this is not
as in libzmq.

**Acts** says when a change has effect: *at once* also for connections that exist, *later* for the binds and connects
after it. **Access** is r for options that can be read and w for those that can be set. *on* means: 0 is off, any other
number in the range is on, and on is read as 1. Of a bytes option the range is that of the length.
"""

_NOT_HERE = """## Options of features that are not there yet

They can be read where libzmq lets them be read, and set to their default. Any other value raises `ZMQError`: a
program that asks for encryption must not go on without it. The number is `ENOTSUP` for options that the libzmq of
pyzmq's wheels knows, `EINVAL` for those that it does not know either.
"""


def page() -> str:
    """The text of options.md."""
    rows = [row for row in OPTIONS.values() if row.readable or row.writable]
    there = [row for row in rows if row.supported]
    missing = [row for row in rows if not row.supported]
    context_rows = list(CONTEXT_OPTIONS.values())
    return "\n".join(
        [
            _HEAD,
            "## Socket options\n",
            *_table(there),
            "",
            "## Context options\n",
            "Set with `ctx.set(zmq.MAX_SOCKETS, 2000)` or `ctx.max_sockets = 2000`.\n",
            *_context_table(context_rows),
            "",
            _NOT_HERE,
            *_missing_table(missing),
            "",
            "## Other names\n",
            *_aliases(),
            "",
        ]
    )


def _table(rows: Iterable[Option]) -> list[str]:
    lines = [
        "| option | number | type | default | range | sockets | access | acts | remarks |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: row.name):
        acts = "" if not row.writable else "at once" if row.live else "later"
        cells = [_kind(row), _default(row), _range(row), _types(row), _access(row), acts, ABOUT[row.name]]
        lines.append(_line(f"`{row.name}`", str(row.number), *cells))
    return lines


def _context_table(rows: Iterable[Option]) -> list[str]:
    lines = [
        "| option | number | type | default | range | access | remarks |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: row.name):
        cells = [_kind(row), _default(row), _range(row), _access(row), ABOUT_CONTEXTS[row.name]]
        lines.append(_line(f"`{row.name}`", str(row.number), *cells))
    return lines


def _missing_table(rows: Iterable[Option]) -> list[str]:
    lines = ["| option | number | type | default | needs | remarks |", "|---|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: (row.missing, row.name)):
        lines.append(
            _line(f"`{row.name}`", str(row.number), _kind(row), _default(row), row.missing, ABOUT[row.name])
        )
    return lines


def _aliases() -> list[str]:
    lines = ["| name | means |", "|---|---|"]
    for options in (SocketOption, ContextOption):
        for name, option in options.__members__.items():
            if name != option.name:
                lines.append(_line(f"`{name}`", f"`{option.name}`"))
    return lines


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _kind(row: Option) -> str:
    return "bytes" if row.kind == "bytes" else "int"


def _default(row: Option) -> str:
    default = row.default
    if row.computed and row.readable:
        return "of the socket"
    if default is None:
        return "none"
    if isinstance(default, bytes):
        return "empty" if not default else f"{len(default)} zero bytes" if not any(default) else repr(default)
    return str(default)


def _range(row: Option) -> str:
    if not row.writable:
        return ""
    unit = " bytes" if row.kind == "bytes" else ""
    if row.low in _SMALLEST and row.high in _LARGEST:
        numbers = "any"
    elif row.high in _LARGEST:
        numbers = "any length" if unit and row.low == 0 else f"{row.low} or more"
    else:
        numbers = f"{row.low} to {row.high}"
    if row.is_flag:
        return numbers if (row.low, row.high) == (0, 1) else f"{numbers} (on)"
    return numbers + (unit if "any" not in numbers else "")


def _types(row: Option) -> str:
    if row.socket_types is None:
        return "all"
    return " ".join(
        SocketType(number).name for number in sorted(row.socket_types) if number <= SocketType.STREAM
    )


def _access(row: Option) -> str:
    return ("r" if row.readable else "") + ("w" if row.writable else "")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
