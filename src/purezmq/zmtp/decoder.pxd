cimport cython
from purezmq.zmtp.large_body cimport LargeBody

cdef class Decoder:
    cdef public LargeBody _body
    cdef public Py_ssize_t _max_length, _next_pos, _pos, bytes_in, messages_in
    cdef public bint _is_idle, has_undecoded, takes_changes
    cdef public bytes _data, _next
    cdef public list _parts
    cdef public object command, failure

    cpdef feed(self, bytes data)
    cpdef LargeBody awaited_body(self)
    cpdef body_buffer(self)
    @cython.locals(count=Py_ssize_t, cut=Py_ssize_t, cut_bytes=Py_ssize_t, user_bytes=Py_ssize_t, size=Py_ssize_t, pos=Py_ssize_t, body=Py_ssize_t, end=Py_ssize_t, length=object, flags=int, data=bytes, found=list, parts=list, max_length=Py_ssize_t, body_now=LargeBody)
    cpdef Py_ssize_t decode(self, inbox, Py_ssize_t room) except -1
    cpdef body_received(self, Py_ssize_t n)
    @cython.locals(size=Py_ssize_t, flags=int, length=Py_ssize_t)
    cpdef take_alone(self, bytes data)
