cimport cython
from purezmq.zmtp.encoder cimport Encoder

cdef class FramewiseEncoder(Encoder):
    cpdef _frame(self, bytes flags, data)
    @cython.locals(end=Py_ssize_t, size=Py_ssize_t, messages=Py_ssize_t, pieces=list)
    cpdef encode(self, outbox, Py_ssize_t budget)
    cpdef encode_alone(self, outbox)
    cpdef _frames_of(self, message)
