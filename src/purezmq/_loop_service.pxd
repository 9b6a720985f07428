cimport cython
from purezmq.drivers cimport spinning
from purezmq.drivers.guest cimport Guest
from purezmq.drivers.pump cimport Pump

cdef class LoopService(Guest):
    cdef public Pump pump
    cdef public list watches
    cdef public object loop, receivers, senders, _advancing
    cdef public bint is_over, _is_awake, _is_flush_due, _is_looking_for_room
    cdef public double _awake_until, _waits_since
    cdef public int _fd, _last_fd, _usual_fd, flush_trust

    cdef _read(self, Pump pump)
    cpdef dispatch(self, bint may_resume=*)
    cpdef advance(self, queue, bint may_resume=*)
    cdef _complete(self, queue)
    cdef bint _can_go_on(self, queue) except -1
    cpdef leave(self, waiting, queue, bint has_result)
    cpdef wait(self, queue, attempt, timeout_ms, owner)
    cpdef flush_soon(self)
    @cython.locals(now=double)
    cdef _stay_awake(self)
    cdef _take_a_turn(self)
    cpdef _turn(self)
    cdef _note_wait(self, bint has_result)
