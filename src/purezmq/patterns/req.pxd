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
    cpdef try_send(self, message)
    cpdef try_recv(self)
    cpdef can_send(self)
    cpdef may_send(self, first)
    cpdef can_recv(self)
    cpdef _next_pipe(self)
    cpdef _drop_stale(self)
    cpdef _drop_stale_from(self, Pipe pipe)
