from purezmq.base.pipe cimport Pipe
from purezmq.core.socket_core cimport SocketCore

cdef class Session:
    cdef public Pipe pipe
    cdef public Py_ssize_t arrived_in_body, handshakes
    cdef public SocketCore core
    cdef public bint accepted, conflates, immediate, is_live, is_refused
    cdef public object _hint, _shape, arrived, connection, endpoint, failure, fixed_routing_id
    cdef public object help_handshake, linger_ms, link, names, peer_address, transport_properties

    cpdef bytes_received(self, data, double now)
    cpdef taken_alone(self, message, Pipe pipe)
    cpdef body_received(self, Py_ssize_t count, double now)
    cpdef _after_input(self, connection, double now)
    cpdef deliver(self, double now)
