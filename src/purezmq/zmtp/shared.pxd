cdef class Shared:
    cdef public bint is_wanted
    cdef public list _batch
    cdef public tuple _joined

    cpdef join(self, list batch)
    cpdef end(self)
