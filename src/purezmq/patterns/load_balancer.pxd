from purezmq.base.pipe cimport Pipe

cdef class LoadBalancer:
    cdef public Pipe last_pipe
    cdef public Py_ssize_t _attached_count, _current
    cdef public bint conflate
    cdef public list _active
    cdef public object drops
    cdef public set _attached

    cpdef activate(self, Pipe pipe)
    cpdef send(self, message)
    cpdef has_room(self)
    cpdef lane(self)
    cpdef _leave(self, Pipe pipe)
    cpdef _remove(self, Pipe pipe, Py_ssize_t index)
    cpdef _make_room(self, Pipe pipe)
