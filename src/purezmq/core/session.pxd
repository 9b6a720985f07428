cimport cython
from purezmq.base.pipe cimport Pipe
from purezmq.core.socket_core cimport SocketCore

cdef class Session:
    cdef public Pipe pipe
    cdef public Py_ssize_t arrived_in_body, handshakes
    cdef public SocketCore core
    cdef public bint accepted, conflates, immediate, is_live, is_refused
    cdef public object _hint, _shape, arrived, connection, endpoint, failure, fixed_routing_id
    cdef public object help_handshake, linger_ms, link, names, peer_address, transport_properties

    cpdef Py_ssize_t bytes_received(self, data, double now) except -1
    cpdef taken_alone(self, message, Pipe pipe)
    cpdef Py_ssize_t body_received(self, Py_ssize_t count, double now) except -1
    cpdef Py_ssize_t _after_input(self, connection, double now) except -1
    @cython.locals(pipe=Pipe, total=Py_ssize_t, room=Py_ssize_t, count=Py_ssize_t)
    cpdef Py_ssize_t deliver(self, double now) except -1
