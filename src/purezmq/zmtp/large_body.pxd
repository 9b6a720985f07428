from cpython.object cimport PyObject

cdef class LargeBody:
    cdef PyObject *_memory
    cdef Py_ssize_t _allocated
    cdef readonly Py_ssize_t filled, length
    cdef readonly int flags

    cdef _hold(self, bytes memory)
    cdef char *place(self)
    cdef Py_ssize_t room(self)
    cpdef received(self, Py_ssize_t n)
    cdef _grow(self)
