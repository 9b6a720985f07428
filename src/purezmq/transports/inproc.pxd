from purezmq.base.pipe cimport Pipe

cdef class InprocLink:
    cdef public Pipe peer_pipe
    cdef public bint connected_here
    cdef public object peer_pump, peer_routing_id, pump

    cpdef flush(self, double now)
