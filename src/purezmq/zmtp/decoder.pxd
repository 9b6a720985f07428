from purezmq.zmtp.large_body cimport LargeBody

cdef class Decoder:
    cdef public LargeBody _body
    cdef public Py_ssize_t _max_length, _next_pos, _pos, bytes_in, messages_in
    cdef public bint _is_idle, has_undecoded
    cdef public bytes _data, _next
    cdef public list _parts
    cdef public object command, failure

    cpdef feed(self, bytes data)
    cpdef LargeBody awaited_body(self)
    cpdef body_buffer(self)
    cpdef body_received(self, Py_ssize_t n)
    cpdef take_alone(self, bytes data)
