cimport cython

cdef class _Lengths:
    cdef public dict _counts_of
    cdef public list ascending
    cdef public bint has_empty

    @cython.locals(counts=dict, count=Py_ssize_t)
    cpdef add(self, bytes topic)
    @cython.locals(counts=dict, count=Py_ssize_t)
    cpdef remove(self, bytes topic)

cdef class TopicFilter:
    cdef public _Lengths _lengths
    cdef public bint has_all
    cdef public dict _count_of

    @cython.locals(length=Py_ssize_t, count_of=dict)
    cpdef bint matches(self, bytes first_part) except -1

cdef class TopicTable:
    cdef public _Lengths _lengths
    cdef public dict _pipes_of, _topics_of

    @cython.locals(lengths=_Lengths, length=Py_ssize_t, size=Py_ssize_t, found=dict, pipes=dict, is_copy=bint)
    cpdef match(self, bytes first_part)
    @cython.locals(lengths=_Lengths, wanted_by=list, is_same=bint, share_of=dict, share=list)
    cpdef match_all(self, list messages)
