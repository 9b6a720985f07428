"""Frames as buffers on Python 3.11: ``memoryview(frame)``, ``numpy.frombuffer(frame)``, ``file.write(frame)``.

From 3.12 on a class says so with ``__buffer__``. On 3.11 only types written in C can; but every class has the two
function pointers of the buffer protocol among its own, empty. This fills the first of them with a function that hands
out the buffer of the frame's contents, as the documentation of the protocol allows ("redirect the request").
Programs need it: Jupyter makes memoryviews of the frames of messages that carry binary data.

A call from C into Python cannot report an error from here, so there must be none. Contents that are asked for
to be written to, and cannot be, are copied into memory of the frame's own; those of a closed frame are empty.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .frame import Frame

# CPython's PyTypeObject: its 21st word points to the two functions. Python 3.11 will not change any more.
_PLACE = 20 * ctypes.sizeof(ctypes.c_void_p)
_WRITABLE = 1  # PyBUF_WRITABLE


class _BufferProcs(ctypes.Structure):
    _fields_ = [("get_buffer", ctypes.c_void_p), ("release_buffer", ctypes.c_void_p)]


_get_buffer = ctypes.pythonapi.PyObject_GetBuffer
_get_buffer.argtypes = [ctypes.py_object, ctypes.c_void_p, ctypes.c_int]
_get_buffer.restype = ctypes.c_int


def _buffer_of_frame(frame: Any, view: int, flags: int) -> int:
    contents = b"" if frame._part is None else frame._part
    if flags & _WRITABLE and (isinstance(contents, bytes) or memoryview(contents).readonly):
        contents = frame._part = bytearray(contents)
        frame._bytes = frame._view = None
    done: int = _get_buffer(contents, view, flags)
    return done


# Kept for ever: the class points to it.
_callback = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_void_p, ctypes.c_int)(_buffer_of_frame)


def install(cls: type[Frame]) -> bool:
    """Make the instances of a class buffers. False, and nothing done, where the interpreter is not the one we know."""
    if platform.python_implementation() != "CPython" or sys.version_info[:2] != (3, 11):
        return False
    address = ctypes.c_void_p.from_address(id(cls) + _PLACE).value
    # A class made by Python keeps the two functions within itself. If they are not there, this is not what it seems.
    if address is None or not id(cls) < address < id(cls) + type(cls).__basicsize__:
        return False
    procs = _BufferProcs.from_address(address)
    if procs.get_buffer is not None or procs.release_buffer is not None:
        return False
    procs.get_buffer = ctypes.cast(_callback, ctypes.c_void_p).value
    return True
