from purezmq.base.pipe cimport Pipe

cdef class Pattern:
    cdef public Pipe last_pipe
    cdef public dict pipes
    cdef public list to_close
    cdef public object drops, options

    cpdef readable(self, Pipe pipe)
    cpdef writable(self, Pipe pipe)
    cpdef try_send(self, message)
    cpdef try_recv(self)
    cpdef can_send(self)
    cpdef may_send(self, first)
    cpdef can_recv(self)
    cpdef lane_in(self)
    cpdef lane_out(self)
    cpdef named_lane(self)
    cpdef routes(self)
    cpdef draw_ahead(self)
    cpdef put_back(self)
    cpdef drop(self, reason, message)
