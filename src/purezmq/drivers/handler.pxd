cdef class Handler:
    cdef object __weakref__
    cdef public bint is_open
    cdef public double timer_at
    cdef public int fd, interest
    cdef public object pump

    cpdef on_events(self, int mask, double now)
    cpdef wake_at(self, when)
    cpdef watch(self, int interest)
