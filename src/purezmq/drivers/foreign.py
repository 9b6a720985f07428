"""Telling what a signal handler raised from what our own work raised."""

from __future__ import annotations

import os
import socket
import threading

# What is raised in the standard library's socket modules is raised for us, too.
_OURS = (
    os.path.dirname(os.path.dirname(__file__)) + os.sep,
    socket.__file__,
    os.path.join(os.path.dirname(socket.__file__), "ssl.py"),
)


def is_foreign(error: BaseException) -> bool:
    """True for what a signal handler raised in the middle of our work, as far as one can tell: it is not ours to keep.

    KeyboardInterrupt is, and on the main thread, where signal handlers run, whatever was raised outside of our code.
    """
    if not isinstance(error, Exception):
        return True
    if threading.current_thread() is not threading.main_thread():
        return False
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return where is not None and not where.tb_frame.f_code.co_filename.startswith(_OURS)
