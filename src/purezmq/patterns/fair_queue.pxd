cimport cython
from purezmq.base.pipe cimport Pipe

cdef class FairQueue:
    cdef public Pipe last_pipe
    cdef public Py_ssize_t _current
    cdef public bint conflate
    cdef public list active
    cdef public object drops

    cpdef activate(self, Pipe pipe)
    @cython.locals(pipe=Pipe, turn=Py_ssize_t, active=list)
    cpdef take(self)
    @cython.locals(pipe=Pipe, active=list)
    cpdef peek(self)
    cpdef bint has_items(self) except -1
    @cython.locals(pipe=Pipe)
    cpdef lane(self)
    @cython.locals(left=Py_ssize_t, active=list)
    cpdef _leave(self, Pipe pipe)
    cpdef _keep_newest(self, Pipe pipe)
