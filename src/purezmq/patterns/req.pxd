cimport cython
from purezmq.base.pipe cimport Pipe
from purezmq.patterns.load_balancer cimport LoadBalancer
from purezmq.patterns.pattern cimport Pattern

cdef class Req(Pattern):
    cdef public LoadBalancer _out
    cdef public Pipe _asked_pipe
    cdef public Py_ssize_t _next_id
    cdef public tuple _request

    cpdef readable(self, Pipe pipe)
    cpdef writable(self, Pipe pipe)
    cpdef bint try_send(self, message) except -1
    @cython.locals(request=tuple, pipe=Pipe)
    cpdef try_recv(self)
    cpdef bint can_send(self) except -1
    cpdef bint may_send(self, first) except -1
    cpdef bint can_recv(self) except -1
    @cython.locals(asked=Pipe, pipe=Pipe)
    cpdef Pipe _next_pipe(self)
    @cython.locals(pipe=Pipe)
    cpdef _drop_stale(self)
    cpdef _drop_stale_from(self, Pipe pipe)

cpdef bint _answers(item, tuple request) except -1
