cdef class Mark:
    cdef public bint is_set
    cdef public double expected_at, expects_at, pause_s, ready_at
    cdef public bint is_expected

cdef class Timer:
    cdef readonly int fd
    cdef readonly bint is_set

    cpdef set(self, double seconds)
    cpdef drain(self)
    cpdef close(self)

cpdef until_marked(int fd, list marks, double timeout_s)
