from purezmq.base.pipe cimport Pipe
from purezmq.patterns.fair_queue cimport FairQueue
from purezmq.patterns.pattern cimport Pattern
from purezmq.patterns.peer_names cimport PeerNames

cdef class Router(Pattern):
    cdef public FairQueue _in
    cdef public PeerNames _names
    cdef public set _present

    cpdef readable(self, Pipe pipe)
    cpdef bint try_send(self, message) except -1
    cpdef try_recv(self)
    cpdef bint can_send(self) except -1
    cpdef bint may_send(self, first) except -1
    cpdef bint can_recv(self) except -1
    cpdef named_lane(self)
    cpdef routes(self)
    cpdef _find(self, routing_id)
