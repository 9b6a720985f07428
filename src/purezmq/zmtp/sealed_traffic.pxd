cimport cython
from purezmq.zmtp.decoder cimport Decoder

cdef class SealedDecoder(Decoder):
    cdef public object _frames, _opened
    cdef public list _content

    cpdef take_alone(self, bytes data)
    @cython.locals(count=Py_ssize_t, cut=Py_ssize_t, messages=Py_ssize_t, size=Py_ssize_t)
    cpdef Py_ssize_t decode(self, inbox, Py_ssize_t room) except -1
    cpdef _take_command(self)
    @cython.locals(count=Py_ssize_t, window=Py_ssize_t, batch=list, found=list, flags=bytes)
    cpdef Py_ssize_t _open_frames(self, inbox, Py_ssize_t room) except -1
    @cython.locals(batch=list, kinds=list)
    cpdef _next_frames(self, Py_ssize_t n)
    @cython.locals(content=list)
    cpdef Py_ssize_t _deliver(self, int flags, bytes data, inbox) except -1
    cpdef _open_all(self, list frames, list found)
    cpdef _command_of(self, int flags, bytes data)
