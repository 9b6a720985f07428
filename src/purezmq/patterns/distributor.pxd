cdef class Distributor:
    cdef public bint conflate
    cdef public object drops

    cpdef send(self, pipes, message)
