cimport cython
from purezmq.drivers.pump cimport Pump

@cython.freelist(32)
cdef class Completed:
    cdef object __weakref__
    cdef public object _result

cdef class Received(Completed):
    cdef public Pump _pump

cdef class Restorable(Completed):
    cdef public object _undo

cpdef Completed completed(result)
cpdef Received received(message, Pump pump)
