cimport cython
from purezmq.zmtp.framewise cimport FramewiseEncoder
from purezmq.zmtp.sealed_traffic cimport SealedDecoder

cdef class CurveEncoder(FramewiseEncoder):
    cdef public object _sealer

    @cython.locals(end=Py_ssize_t)
    cpdef encode(self, outbox, Py_ssize_t budget)
    @cython.locals(guess=Py_ssize_t, n=Py_ssize_t, queued=Py_ssize_t, batch=list)
    cpdef _encode_batch(self, outbox, Py_ssize_t waiting, Py_ssize_t budget)
    @cython.locals(flags=bytes, headers=list, lengths=list, parts=list)
    cpdef bint _encode_small(self, list batch) except -1
    cpdef _frame(self, bytes flags, data)

cdef class WrappedCurveEncoder(FramewiseEncoder):
    cdef public object _around, _sealer

    cpdef _frame(self, bytes flags, data)

cdef class CurveDecoder(SealedDecoder):
    cdef public object _opener

    @cython.locals(flags=bytes)
    cpdef _open_all(self, list frames, list found)
