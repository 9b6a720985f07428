from purezmq.base.pipe cimport Pipe
from purezmq.patterns.pattern cimport Pattern

cdef class Pair(Pattern):
    cdef public object _peer, _reading

    cpdef readable(self, Pipe pipe)
    cpdef bint try_send(self, message) except -1
    cpdef try_recv(self)
    cpdef bint can_send(self) except -1
    cpdef bint may_send(self, first) except -1
    cpdef bint can_recv(self) except -1
    cpdef lane_in(self)
    cpdef lane_out(self)
