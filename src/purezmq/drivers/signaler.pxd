cdef class Signaler:
    cdef public int fd
    cdef public object _descriptor

    cpdef signal(self)
    cpdef drain(self)
