cimport cython
from purezmq.patterns cimport matching

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

    cpdef bint matches(self, bytes first_part) except -1

cdef class TopicTable:
    cdef public _Lengths _lengths
    cdef public dict _pipes_of, _topics_of

    @cython.locals(lengths=_Lengths, found=tuple)
    cpdef match(self, bytes first_part)
    @cython.locals(lengths=_Lengths, found=tuple)
    cpdef match_all(self, list messages)
