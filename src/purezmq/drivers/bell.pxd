cimport cython
from purezmq.drivers.pump cimport Pump

@cython.locals(has_mail=bint, sleeps=bint, how=int)
cpdef wait(Pump pump, attempt, deadline, bint looks_again)
