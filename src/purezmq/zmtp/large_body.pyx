"""The memory of a large frame body while it arrives, compiled; large_body.py is the same in Python.

Here the memory is the ``bytes`` object itself, not zeroed before it is written. Nobody sees it before it is complete.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.string cimport memcpy

FIRST_ALLOCATION = 64 << 20


def allocate(Py_ssize_t length):
    """New memory, with anything in it."""
    return PyBytes_FromStringAndSize(NULL, length)


cdef class LargeBody:
    """A frame body of known length, partly received. Raises MemoryError if the memory cannot be had."""

    def __init__(self, int flags, Py_ssize_t length, bytes beginning not None):
        self.flags = flags
        self.length = length
        self.filled = 0
        self._allocated = min(length, FIRST_ALLOCATION)
        self._hold(allocate(self._allocated))
        self.fill(beginning)

    def __dealloc__(self):
        Py_XDECREF(self._memory)

    cdef _hold(self, bytes memory):
        cdef PyObject *before = self._memory
        Py_INCREF(memory)
        self._memory = <PyObject *>memory
        Py_XDECREF(before)

    @property
    def is_complete(self):
        return self.filled == self.length

    @property
    def is_full(self):
        """True while more memory has to be had for the rest."""
        return self.filled == self._allocated < self.length

    cdef char *place(self):
        """Where the next bytes go: valid until more memory is had."""
        return PyBytes_AS_STRING(<object>self._memory) + self.filled

    cdef Py_ssize_t room(self):
        """How many bytes may go there."""
        return self._allocated - self.filled

    def space(self):
        """Where the next bytes go. Valid until the next call of ``received`` or ``fill``."""
        return memoryview(_Space(<bytes>self._memory, self.filled))

    cpdef received(self, Py_ssize_t n):
        """``n`` bytes were put into the space."""
        if not 0 <= n <= self._allocated - self.filled:
            raise ValueError("more than there is space for")
        self.filled += n
        if self.filled == self._allocated < self.length:
            self._grow()

    def fill(self, bytes data not None):
        """Take what belongs to this body from the beginning of ``data``; returns how much that was."""
        cdef Py_ssize_t taken = 0, n
        while taken < PyBytes_GET_SIZE(data) and self.filled < self.length:
            n = min(PyBytes_GET_SIZE(data) - taken, self._allocated - self.filled)
            memcpy(self.place(), PyBytes_AS_STRING(data) + taken, n)
            self.received(n)
            taken += n
        return taken

    def take(self):
        """The finished body."""
        assert self.filled == self.length
        return <bytes>self._memory

    cdef _grow(self):
        cdef Py_ssize_t allocated = min(self.length, 2 * self._allocated)
        cdef bytes memory = allocate(allocated)
        memcpy(PyBytes_AS_STRING(memory), PyBytes_AS_STRING(<object>self._memory), self.filled)
        self._hold(memory)
        self._allocated = allocated


cdef class _Space:
    """The part of the memory that is to be written; it keeps the memory alive."""

    cdef bytes _memory
    cdef Py_ssize_t _start, _size

    def __init__(self, bytes memory not None, Py_ssize_t start):
        self._memory = memory
        self._start = start
        self._size = PyBytes_GET_SIZE(memory) - start

    def __getbuffer__(self, Py_buffer *view, int flags):
        view.buf = PyBytes_AS_STRING(self._memory) + self._start
        view.len = self._size
        view.obj = self
        view.readonly = 0
        view.itemsize = 1
        view.format = b"B"
        view.ndim = 1
        view.shape = &self._size
        view.strides = &view.itemsize
        view.suboffsets = NULL
        view.internal = NULL
