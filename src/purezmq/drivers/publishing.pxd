from purezmq.drivers.pump cimport Pump
from purezmq.drivers.streams cimport StreamHandler
from purezmq.patterns.pub cimport Pub
from purezmq.zmtp.shared cimport Shared
cimport cython

cdef class Publishing:
    cdef public Pump _pump
    cdef public Pub _pattern
    cdef public double _cost, _end, _gap
    cdef public bint _has_written

    @cython.locals(shared=Shared)
    cpdef flush(self, double now)
    cpdef double _shared_part(self) except -1.0
    cpdef bint _write(self, list shares) except -1
    cpdef _hear(self, double now)
