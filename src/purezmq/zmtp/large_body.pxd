cdef class LargeBody:
    cdef public Py_ssize_t _allocated, filled, length
    cdef public int flags
    cdef public object _file, _lent, _view
