cimport cython

cdef class _Lengths:
    cdef public dict _count_of
    cdef public tuple ascending

cdef class TopicFilter:
    cdef public _Lengths _lengths
    cdef public bint has_all
    cdef public dict _count_of

    @cython.locals(length=Py_ssize_t, count_of=dict)
    cpdef bint matches(self, bytes first_part) except -1

cdef class TopicTable:
    cdef public _Lengths _lengths
    cdef public dict _pipes_of, _topics_of

    @cython.locals(length=Py_ssize_t, size=Py_ssize_t, found=dict, pipes=dict, is_copy=bint)
    cpdef match(self, bytes first_part)
    @cython.locals(lengths=tuple, wanted_by=list, is_same=bint, share_of=dict, share=list)
    cpdef match_all(self, list messages)
