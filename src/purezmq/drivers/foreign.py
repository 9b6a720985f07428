"""Telling what a signal handler raised from what our own work raised."""

from __future__ import annotations

import os

from ..unpatched import is_main_thread

# What is raised in the standard library's socket modules is raised for us, too.
_LIBRARY = os.path.dirname(os.__file__)
_OURS = (
    os.path.dirname(os.path.dirname(__file__)) + os.sep,
    os.path.join(_LIBRARY, "socket.py"),
    os.path.join(_LIBRARY, "ssl.py"),
)


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
    return where is not None and not where.tb_frame.f_code.co_filename.startswith(_OURS)
