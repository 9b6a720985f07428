from purezmq.patterns.distributor cimport Distributor
from purezmq.patterns.filtered_lane cimport FilteredLane
from purezmq.patterns.subscriber cimport Subscriber
from purezmq.patterns.subscriptions cimport TopicFilter

cdef class Xsub(Subscriber):
    cdef public Distributor _out
    cdef public TopicFilter _filter

    cpdef bint try_send(self, message) except -1
    cpdef try_recv(self)
    cpdef bint can_send(self) except -1
    cpdef bint may_send(self, first) except -1
    cpdef bint can_recv(self) except -1
    cpdef lane_in(self)

cdef class Sub(Xsub):
    cdef public FilteredLane _lane
    cdef public bint _accepts_all, _invert

    cpdef bint _accepts(self, message) except -1
