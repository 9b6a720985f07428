cimport cython
from purezmq.drivers cimport spinning
from purezmq.drivers.handover cimport Handover
from purezmq.drivers.pump cimport Pump

cdef class Bell:
    cdef public int _fd, asleep
    cdef public Handover _handover
    cdef public object _descriptor, _lock, _poll

    cpdef ring(self)
    cpdef rest(self, int how, timeout_s)
    @cython.locals(longest_s=double, began=double)
    cpdef converse(self, Pump pump, timeout_s)
    cpdef bint can_talk(self) except -1

@cython.locals(bell=Bell, has_mail=bint, sleeps=bint, how=int)
cpdef wait(Pump pump, attempt, deadline, bint looks_again)
cpdef take_down(Bell bell, Pump pump)
cpdef _take_down(Bell bell, Pump pump)
