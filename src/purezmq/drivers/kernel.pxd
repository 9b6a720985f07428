from purezmq.zmtp.large_body cimport LargeBody

cdef class Wire:
    cdef public int error, fd
    cdef public Py_ssize_t in_body, offered, written
    cdef public bytes data

    cpdef bint read(self, Py_ssize_t size)
    cpdef bint read_into(self, LargeBody body)
    cpdef bint send(self, data)
    cpdef bint send_all(self, list buffers)
