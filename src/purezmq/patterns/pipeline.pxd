from purezmq.base.pipe cimport Pipe
from purezmq.patterns.fair_queue cimport FairQueue
from purezmq.patterns.load_balancer cimport LoadBalancer
from purezmq.patterns.pattern cimport Pattern

cdef class Push(Pattern):
    cdef public LoadBalancer _out

    cpdef writable(self, Pipe pipe)
    cpdef try_send(self, message)
    cpdef can_send(self)
    cpdef may_send(self, first)
    cpdef lane_out(self)

cdef class Pull(Pattern):
    cdef public FairQueue _in

    cpdef readable(self, Pipe pipe)
    cpdef try_recv(self)
    cpdef can_recv(self)
    cpdef lane_in(self)
    cpdef draw_ahead(self)
    cpdef put_back(self)
