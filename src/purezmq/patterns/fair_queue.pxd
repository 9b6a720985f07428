from purezmq.base.pipe cimport Pipe

cdef class FairQueue:
    cdef public Pipe last_pipe
    cdef public Py_ssize_t _current
    cdef public bint conflate
    cdef public list active
    cdef public object drops

    cpdef activate(self, Pipe pipe)
    cpdef take(self)
    cpdef peek(self)
    cpdef has_items(self)
    cpdef lane(self)
    cpdef _leave(self, Pipe pipe)
    cpdef _keep_newest(self, Pipe pipe)
