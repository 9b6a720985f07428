cimport cython
from purezmq.base.pipe cimport Pipe

cdef class FairQueue:
    cdef public Pipe last_pipe
    cdef public Py_ssize_t _current, _draw_size, _drawn, _pause
    cdef public bint conflate, names_them
    cdef public list active
    cdef public object ahead, drops

    cpdef activate(self, Pipe pipe)
    @cython.locals(pipe=Pipe, turn=Py_ssize_t, active=list)
    cpdef take(self)
    @cython.locals(pipe=Pipe, active=list)
    cpdef peek(self)
    cpdef bint has_items(self) except -1
    @cython.locals(pipe=Pipe)
    cpdef lane(self)
    @cython.locals(pipe=Pipe, active=list, turns=list, takers=list, count=Py_ssize_t, most=Py_ssize_t, current=Py_ssize_t,
                   rounds=Py_ssize_t, waiting=Py_ssize_t, drawn=Py_ssize_t)
    cpdef draw_ahead(self)
    @cython.locals(active=list, givers=list, count=Py_ssize_t, drawn=Py_ssize_t, left=Py_ssize_t, last=Py_ssize_t,
                   back=Py_ssize_t)
    cpdef put_back(self)
    @cython.locals(left=Py_ssize_t, active=list)
    cpdef _leave(self, Pipe pipe)
    cpdef _keep_newest(self, Pipe pipe)
