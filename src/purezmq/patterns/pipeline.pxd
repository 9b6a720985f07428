from purezmq.base.pipe cimport Pipe
from purezmq.patterns.fair_queue cimport FairQueue
from purezmq.patterns.load_balancer cimport LoadBalancer
from purezmq.patterns.pattern cimport Pattern

cdef class Push(Pattern):
    cdef public LoadBalancer _out

    cpdef writable(self, Pipe pipe)
    cpdef bint try_send(self, message) except -1
    cpdef bint can_send(self) except -1
    cpdef bint may_send(self, first) except -1
    cpdef lane_out(self)

cdef class Pull(Pattern):
    cdef public FairQueue _in

    cpdef readable(self, Pipe pipe)
    cpdef try_recv(self)
    cpdef bint can_recv(self) except -1
    cpdef lane_in(self)
