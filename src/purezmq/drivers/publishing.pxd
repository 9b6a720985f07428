from purezmq.drivers.pump cimport Pump
from purezmq.patterns.pub cimport Pub

cdef class Publishing:
    cdef public Pump _pump
    cdef public Pub _pattern
    cdef public double _cost, _end, _gap

    cpdef flush(self, double now)
    cpdef _hear(self, double now)
