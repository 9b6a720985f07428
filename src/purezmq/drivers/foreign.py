"""Telling what a signal handler raised from what our own work raised."""

from __future__ import annotations

from ..unpatched import is_main_thread

# What is raised in the standard library's socket modules is raised for us, too. (Modules and not files: of a compiled
# function's frame only the module can be relied on.)
_PACKAGE = __name__.partition(".")[0] + "."
_OURS = ("socket", "ssl")


def is_foreign(error: BaseException) -> bool:
    """True for what a signal handler raised in the middle of our work, as far as one can tell: it is not ours to keep.

    KeyboardInterrupt is, and on the main thread, where signal handlers run, whatever was raised outside of our code.
    """
    if not isinstance(error, Exception):
        return True
    if not is_main_thread():
        return False
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    if where is None:
        return False
    name: str = where.tb_frame.f_globals.get("__name__", "")
    return not (name in _OURS or name.startswith(_PACKAGE))
