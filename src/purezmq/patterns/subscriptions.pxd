cdef class _Lengths:
    cdef public dict _count_of
    cdef public tuple ascending

cdef class TopicFilter:
    cdef public _Lengths _lengths
    cdef public bint has_all
    cdef public dict _count_of

cdef class TopicTable:
    cdef public _Lengths _lengths
    cdef public dict _pipes_of, _topics_of

    cpdef match(self, bytes message)
