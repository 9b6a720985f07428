cimport cython
from purezmq.base.pipe cimport Pipe

cdef class LoadBalancer:
    cdef public Pipe last_pipe
    cdef public Py_ssize_t _attached_count, _current
    cdef public bint conflate
    cdef public list _active
    cdef public object drops
    cdef public set _attached

    cpdef activate(self, Pipe pipe)
    @cython.locals(pipe=Pipe, turn=Py_ssize_t, active=list)
    cpdef bint send(self, message) except -1
    @cython.locals(pipe=Pipe, active=list)
    cpdef bint has_room(self) except -1
    @cython.locals(pipe=Pipe)
    cpdef lane(self)
    cpdef _leave(self, Pipe pipe)
    @cython.locals(left=Py_ssize_t, active=list)
    cpdef _remove(self, Pipe pipe, Py_ssize_t index)
    cpdef _make_room(self, Pipe pipe)
