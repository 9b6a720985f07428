from purezmq.base.pipe cimport Pipe

cdef class PeerNames:
    cdef public Py_ssize_t _next_id
    cdef public dict by_name

    cpdef find(self, bytes routing_id)
    cpdef has(self, Pipe pipe)
