from purezmq.base.pipe cimport Pipe

cdef class FairQueue:
    cdef public Pipe last_pipe
    cdef public Py_ssize_t _current, _draw_size, _drawn, _pause
    cdef public bint conflate, names_them
    cdef public list active
    cdef public object ahead, drops

    cpdef activate(self, Pipe pipe)
    cpdef take(self)
    cpdef peek(self)
    cpdef has_items(self)
    cpdef lane(self)
    cpdef draw_ahead(self)
    cpdef put_back(self)
    cpdef _leave(self, Pipe pipe)
    cpdef _keep_newest(self, Pipe pipe)
