from purezmq.base.pipe cimport Pipe
from purezmq.patterns.pattern cimport Pattern

cdef class Pair(Pattern):
    cdef public object _peer, _reading

    cpdef readable(self, Pipe pipe)
    cpdef try_send(self, message)
    cpdef try_recv(self)
    cpdef can_send(self)
    cpdef may_send(self, first)
    cpdef can_recv(self)
    cpdef lane_in(self)
    cpdef lane_out(self)
