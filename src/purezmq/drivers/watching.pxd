cdef class Mark:
    cdef public bint is_set
    cdef public double ready_at

cpdef until_marked(int fd, list marks, double timeout_s)
