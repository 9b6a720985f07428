cimport cython
from purezmq.drivers cimport bell, spinning
from purezmq.drivers.clock cimport monotonic
from purezmq.drivers.pump cimport Pump
from purezmq.drivers.selector cimport EpollPoller

@cython.locals(poller=EpollPoller, look_again=bint)
cpdef wait_for(Pump pump, attempt, timeout_s, bint looks_again=*)
@cython.locals(end=double)
cpdef _spin_then_sleep(Pump pump, EpollPoller poller, timeout)
@cython.locals(began=double)
cpdef _sleep(Pump pump, EpollPoller poller, timeout)
cpdef at_once(Pump pump, attempt)
cpdef send(Pump pump, message, bint wait=*, timeout_ms=*)
cpdef recv_from(Pump pump, bint wait=*, timeout_ms=*)
cpdef int events(Pump pump, waiter=*) except -1
