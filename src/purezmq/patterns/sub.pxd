from purezmq.patterns.distributor cimport Distributor
from purezmq.patterns.filtered_lane cimport FilteredLane
from purezmq.patterns.subscriber cimport Subscriber
from purezmq.patterns.subscriptions cimport TopicFilter

cdef class Xsub(Subscriber):
    cdef public Distributor _out
    cdef public TopicFilter _filter

    cpdef try_send(self, message)
    cpdef try_recv(self)
    cpdef can_send(self)
    cpdef may_send(self, first)
    cpdef can_recv(self)
    cpdef lane_in(self)

cdef class Sub(Xsub):
    cdef public FilteredLane _lane
    cdef public bint _accepts_all, _invert

    cpdef _accepts(self, message)
