from purezmq.base.pipe cimport Pipe
from purezmq.patterns.fair_queue cimport FairQueue
from purezmq.patterns.pattern cimport Pattern

cdef class Subscriber(Pattern):
    cdef public FairQueue _in
    cdef public set _absent

    cpdef readable(self, Pipe pipe)
