from purezmq.base.pipe cimport Pipe
from purezmq.drivers.pump cimport Pump

cdef class ShortWays:
    cdef public Pump _pump
    cdef public object _parts_in, _parts_out

    cpdef bint _send_plain_parts(self, parts) except -1
