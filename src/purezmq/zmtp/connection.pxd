cimport cython
from purezmq.zmtp.decoder cimport Decoder
from purezmq.zmtp.encoder cimport Encoder
from purezmq.zmtp.heartbeat cimport Heartbeat
from purezmq.zmtp.large_body cimport LargeBody

cdef class Connection:
    cdef public Decoder _decoder
    cdef public Encoder _encoder
    cdef public Heartbeat _heartbeat
    cdef public Py_ssize_t _ping_end, written
    cdef public bint _phantom, has_output, has_undecoded, is_closed, is_ready
    cdef public int _state
    cdef public object _config, _greeting, _handshake_at, _mechanism, failure, peer_routing_id
    cdef public object peer_socket_type, properties, version

    cpdef receive(self, data, double now)
    @cython.locals(decoder=Decoder, count=Py_ssize_t)
    cpdef Py_ssize_t decode(self, inbox, Py_ssize_t room, double now) except -1
    cpdef receive_alone(self, data)
    cpdef LargeBody awaited_body(self)
    cpdef body_buffer(self)
    cpdef body_received(self, Py_ssize_t n, double now)
    cpdef encode(self, outbox, Py_ssize_t budget)
    cpdef bint encode_many(self, list messages, Py_ssize_t budget) except -1
    cpdef encode_alone(self, outbox)
    cpdef sent_alone(self, wire)
    cpdef buffers_to_send(self)
    cpdef bytes_sent(self, Py_ssize_t n)
    cpdef deadline(self)
