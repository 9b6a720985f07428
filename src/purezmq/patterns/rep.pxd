cimport cython
from purezmq.base.pipe cimport Pipe
from purezmq.patterns cimport pattern
from purezmq.patterns.fair_queue cimport FairQueue
from purezmq.patterns.pattern cimport Pattern
from purezmq.patterns.peer_names cimport PeerNames

cdef class Rep(Pattern):
    cdef public FairQueue _in
    cdef public PeerNames _names
    cdef public Pipe _asking_pipe
    cdef public tuple _envelope

    cpdef readable(self, Pipe pipe)
    @cython.locals(envelope=tuple, pipe=Pipe)
    cpdef bint try_send(self, message) except -1
    @cython.locals(count=Py_ssize_t)
    cpdef try_recv(self)
    cpdef bint can_send(self) except -1
    cpdef bint may_send(self, first) except -1
    cpdef bint can_recv(self) except -1

cpdef Py_ssize_t envelope_length(item) except -1
