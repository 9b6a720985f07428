from purezmq.base.pipe cimport Pipe
from purezmq.patterns.fair_queue cimport FairQueue
from purezmq.patterns.load_balancer cimport LoadBalancer
from purezmq.patterns.pattern cimport Pattern

cdef class Dealer(Pattern):
    cdef public FairQueue _in
    cdef public LoadBalancer _out
    cdef public set _present

    cpdef readable(self, Pipe pipe)
    cpdef writable(self, Pipe pipe)
    cpdef try_send(self, message)
    cpdef try_recv(self)
    cpdef can_send(self)
    cpdef may_send(self, first)
    cpdef can_recv(self)
    cpdef lane_in(self)
    cpdef lane_out(self)
    cpdef draw_ahead(self)
    cpdef put_back(self)
