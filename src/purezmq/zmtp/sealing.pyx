# cython: boundscheck=False, wraparound=False, nonecheck=False
"""Many boxes of CURVE's traffic in one call, compiled; sealing.py is the same in Python and says what this does.

The functions of libsodium are those that PyNaCl brings, called by their addresses; nothing is linked. Every index
below is checked against the size of the memory before it is used, by hand. What takes long is done without the GIL.
Of the frames given to ``open_all``, long ones are gone from the list afterwards if nobody else held them.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XDECREF
from libc.string cimport memcmp, memcpy, memmove, memset

from ..base import sodium

cdef extern from "Python.h":
    Py_ssize_t count_of_references "Py_REFCNT"(PyObject *of)
    PyObject *item_of "PyList_GET_ITEM"(list items, Py_ssize_t index)
    void put_item "PyList_SET_ITEM"(list items, Py_ssize_t index, PyObject *item)
    int _PyBytes_Resize(PyObject **memory, Py_ssize_t size) except -1

NAME = b"\x07MESSAGE"
OVERHEAD = 33

cdef enum:
    _NAME = 8
    _PREFIX = 16  # of the nonce
    _HEAD = 16  # name and nonce
    _BOX = 32  # where the box's content begins
    _OVERHEAD = 33
    _KEY = 32

# Work on fewer bytes is not worth letting the GIL go, nor is it worth a frame of its own.
cdef Py_ssize_t _LONG_WORK = 16384

# Opened in one go, unless a single frame is longer.
cdef Py_ssize_t _MOST_OPENED = 131072

ctypedef int (*_function)(
    unsigned char *target,
    const unsigned char *source,
    unsigned long long length,
    const unsigned char *nonce,
    const unsigned char *key,
) noexcept nogil


cdef _function _address(name):
    ffi, lib = sodium.raw()
    cdef size_t address = ffi.cast("size_t", ffi.addressof(lib, name)).__int__()
    return <_function>address


cdef inline void _put_number(unsigned char *target, unsigned long long number) noexcept nogil:
    cdef int index
    for index in range(8):
        target[7 - index] = <unsigned char>(number >> (8 * index) & 0xFF)


cdef class _Direction:
    """What sealing and opening have in common."""

    cdef unsigned char key[32]
    cdef unsigned char nonce[24]
    cdef _function function
    cdef object library  # held, because we have an address in it

    def __cinit__(self, bytes key not None, bytes prefix not None, *_):
        if len(key) != _KEY or len(prefix) != _PREFIX:
            raise ValueError("a key or prefix of the wrong length")
        memcpy(self.key, PyBytes_AS_STRING(key), _KEY)
        memcpy(self.nonce, PyBytes_AS_STRING(prefix), _PREFIX)
        self.library = sodium.raw()

    def __dealloc__(self):
        memset(self.key, 0, _KEY)


cdef class Sealer(_Direction):
    """Makes frames."""

    cdef unsigned long long last

    def __init__(self, bytes key, bytes prefix, unsigned long long nonce):
        self.last = nonce
        self.function = _address("crypto_box_afternm")

    cdef void _seal(self, unsigned char *body, Py_ssize_t length) noexcept nogil:
        """Seal in place what stands behind 32 zeros."""
        self.last += 1
        _put_number(self.nonce + _PREFIX, self.last)
        self.function(body, body, <unsigned long long>length, self.nonce, self.key)
        memcpy(body, b"\x07MESSAGE", _NAME)
        memcpy(body + _NAME, self.nonce + _PREFIX, 8)

    def seal(self, bytes header not None, unsigned char flags, data):
        cdef Py_ssize_t before = PyBytes_GET_SIZE(header), length
        cdef Py_buffer view
        cdef unsigned char *body
        cdef bytes frame
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            length = view.len + _OVERHEAD
            frame = PyBytes_FromStringAndSize(NULL, before + length)
            body = <unsigned char *>PyBytes_AS_STRING(frame)
            memcpy(body, PyBytes_AS_STRING(header), before)
            body += before
            memset(body, 0, _BOX)
            body[_BOX] = flags
            memcpy(body + _OVERHEAD, view.buf, view.len)
        finally:
            PyBuffer_Release(&view)
        if length < _LONG_WORK:
            self._seal(body, length)
        else:
            with nogil:
                self._seal(body, length)
        return frame

    def seal_all(self, list headers not None, bytes flags not None, parts):
        cdef Py_ssize_t n = len(headers), total = 0, index, before, length
        cdef Py_ssize_t *lengths
        cdef unsigned char *start
        cdef unsigned char *body
        cdef const unsigned char *kinds = <const unsigned char *>PyBytes_AS_STRING(flags)
        cdef bytes joined, header, part
        cdef list contents = [given if type(given) is bytes else bytes(given) for given in parts]
        if len(contents) != n or PyBytes_GET_SIZE(flags) != n:
            raise ValueError("headers, flags and parts must be as many")
        lengths = <Py_ssize_t *>PyMem_Malloc(2 * n * sizeof(Py_ssize_t) + 1)
        if not lengths:
            raise MemoryError
        try:
            for index in range(n):
                header = headers[index]
                part = contents[index]
                lengths[2 * index] = PyBytes_GET_SIZE(header)
                lengths[2 * index + 1] = PyBytes_GET_SIZE(part) + _OVERHEAD
                total += lengths[2 * index] + lengths[2 * index + 1]
            joined = PyBytes_FromStringAndSize(NULL, total)
            start = body = <unsigned char *>PyBytes_AS_STRING(joined)
            for index in range(n):
                header = headers[index]
                part = contents[index]
                before = lengths[2 * index]
                memcpy(body, PyBytes_AS_STRING(header), before)
                body += before
                memset(body, 0, _BOX)
                body[_BOX] = kinds[index]
                length = lengths[2 * index + 1]
                memcpy(body + _OVERHEAD, PyBytes_AS_STRING(part), length - _OVERHEAD)
                body += length
            if total < _LONG_WORK:
                self._seal_each(start, lengths, n)
            else:
                with nogil:
                    self._seal_each(start, lengths, n)
        finally:
            PyMem_Free(lengths)
        return joined

    cdef void _seal_each(self, unsigned char *body, Py_ssize_t *lengths, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t index
        for index in range(n):
            body += lengths[2 * index]
            self._seal(body, lengths[2 * index + 1])
            body += lengths[2 * index + 1]


cdef class Opener(_Direction):
    """Opens frames."""

    cdef unsigned char last[8]

    def __init__(self, bytes key, bytes prefix, bytes last_nonce not None):
        if len(last_nonce) != 8:
            raise ValueError("a nonce of the wrong length")
        memcpy(self.last, PyBytes_AS_STRING(last_nonce), 8)
        self.function = _address("crypto_box_open_afternm")

    def is_next(self, bytes nonce not None):
        return nonce > <bytes>self.last[:8]

    cdef bint _open(self, unsigned char *frame, Py_ssize_t length) noexcept nogil:
        """Open a frame in place, if it is the next; its content is behind 32 zeros then."""
        if (
            length < _OVERHEAD
            or memcmp(frame, b"\x07MESSAGE", _NAME) != 0
            or memcmp(frame + _NAME, self.last, 8) <= 0
        ):
            return False
        memcpy(self.nonce + _PREFIX, frame + _NAME, 8)
        memset(frame, 0, _HEAD)
        if self.function(frame, frame, <unsigned long long>length, self.nonce, self.key) != 0:
            return False
        memcpy(self.last, self.nonce + _PREFIX, 8)
        return True

    def open_all(self, list frames not None, list found not None):
        cdef Py_ssize_t n = len(frames), total = 0, index, start = 0, end, opened = 0, most = 0, room
        cdef Py_ssize_t *lengths
        cdef unsigned char *memory = NULL
        cdef unsigned char *place
        cdef bytes frame
        cdef bytes flags = PyBytes_FromStringAndSize(NULL, n)
        lengths = <Py_ssize_t *>PyMem_Malloc(n * sizeof(Py_ssize_t) + 1)
        if not lengths:
            raise MemoryError
        try:
            for index in range(n):
                frame = frames[index]
                if frame is None:
                    raise TypeError("a frame must be bytes")
                lengths[index] = PyBytes_GET_SIZE(frame)
                total += lengths[index]
                most = max(most, lengths[index])
            frame = None  # so that nobody but the list holds it
            room = min(total, most + _MOST_OPENED) + 1
            while start < n and opened == start:
                if lengths[start] >= _LONG_WORK and count_of_references(item_of(frames, start)) == 1:
                    opened += self._open_here(frames, start, flags, found)
                    start += 1
                    continue
                if not memory:
                    memory = <unsigned char *>PyMem_Malloc(room)
                    if not memory:
                        raise MemoryError
                total = 0
                end = start
                while end < n and total < _MOST_OPENED and (end == start or lengths[end] < _LONG_WORK):
                    frame = frames[end]
                    memcpy(memory + total, PyBytes_AS_STRING(frame), lengths[end])
                    total += lengths[end]
                    end += 1
                frame = None
                if total < _LONG_WORK:
                    opened += self._open_each(memory, lengths + start, end - start)
                else:
                    with nogil:
                        opened += self._open_each(memory, lengths + start, end - start)
                place = memory
                for index in range(start, opened):
                    PyBytes_AS_STRING(flags)[index] = place[_BOX]
                    found.append(
                        PyBytes_FromStringAndSize(<char *>place + _OVERHEAD, lengths[index] - _OVERHEAD)
                    )
                    place += lengths[index]
                start = end
        finally:
            PyMem_Free(memory)
            PyMem_Free(lengths)
        return flags if opened == n else flags[:opened]

    cdef bint _open_here(self, list frames, Py_ssize_t index, bytes flags, list found) except -1:
        """Open a long frame that only the list holds: its memory becomes what was in it."""
        cdef PyObject *frame = item_of(frames, index)
        cdef Py_ssize_t length = PyBytes_GET_SIZE(<object>frame)
        cdef unsigned char *place = <unsigned char *>PyBytes_AS_STRING(<object>frame)
        cdef unsigned char head[_HEAD]
        cdef bint is_open
        memcpy(head, place, _HEAD)
        Py_INCREF(None)
        put_item(frames, index, <PyObject *>None)  # nobody can come by it meanwhile
        with nogil:
            is_open = self._open(place, length)
        if not is_open:
            memcpy(place, head, _HEAD)
            put_item(frames, index, frame)
            Py_DECREF(None)
            return False
        PyBytes_AS_STRING(flags)[index] = place[_BOX]
        memmove(place, place + _OVERHEAD, length - _OVERHEAD)
        try:
            _PyBytes_Resize(&frame, length - _OVERHEAD)
            found.append(<object>frame)
        finally:
            Py_XDECREF(frame)
        return True

    cdef Py_ssize_t _open_each(self, unsigned char *place, Py_ssize_t *lengths, Py_ssize_t n) noexcept nogil:
        """Returns how many could be opened."""
        cdef Py_ssize_t index
        for index in range(n):
            if not self._open(place, lengths[index]):
                return index
            place += lengths[index]
        return n
