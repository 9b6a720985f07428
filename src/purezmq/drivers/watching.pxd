cdef class Mark:
    cdef public bint is_set

cpdef until_marked(int fd, list marks, double timeout_s)
