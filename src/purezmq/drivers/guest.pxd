cdef class Guest:
    cdef public Py_ssize_t absences
