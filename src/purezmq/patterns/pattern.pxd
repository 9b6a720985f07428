from purezmq.base.pipe cimport Pipe

cdef class Pattern:
    cdef public Pipe last_pipe
    cdef public dict pipes
    cdef public list to_close
    cdef public object drops, options

    cpdef readable(self, Pipe pipe)
    cpdef writable(self, Pipe pipe)
    cpdef bint try_send(self, message) except -1
    cpdef try_recv(self)
    cpdef bint can_send(self) except -1
    cpdef bint may_send(self, first) except -1
    cpdef bint can_recv(self) except -1
    cpdef lane_in(self)
    cpdef settle(self)
    cpdef lane_out(self)
    cpdef named_lane(self)
    cpdef routes(self)
    cpdef draw_ahead(self)
    cpdef put_back(self)
    cpdef drop(self, reason, message)

cpdef without_envelope(message, Py_ssize_t count)
cpdef with_envelope(tuple envelope, message)
cpdef as_message(item)
