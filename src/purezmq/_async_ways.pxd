from purezmq._completed cimport Completed, Received, Restorable, completed, received
from purezmq._loop_service cimport LoopService
from purezmq._short_ways cimport ShortWays
from purezmq.drivers.pump cimport Pump

cdef class AsyncWays(ShortWays):
    cdef public LoopService _service
    cdef public object _receivers, _senders

    cdef _flush_soon(self)
