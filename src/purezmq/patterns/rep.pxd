from purezmq.base.pipe cimport Pipe
from purezmq.patterns.fair_queue cimport FairQueue
from purezmq.patterns.pattern cimport Pattern
from purezmq.patterns.peer_names cimport PeerNames

cdef class Rep(Pattern):
    cdef public FairQueue _in
    cdef public PeerNames _names
    cdef public Pipe _asking_pipe
    cdef public tuple _envelope

    cpdef readable(self, Pipe pipe)
    cpdef try_send(self, message)
    cpdef try_recv(self)
    cpdef can_send(self)
    cpdef may_send(self, first)
    cpdef can_recv(self)
