cdef class Handover:
    cdef int _given, _is_waiting, _misses, _pauses

    cpdef bint take(self, double longest_s)
    cpdef bint give(self)
