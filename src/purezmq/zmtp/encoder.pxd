cimport cython
from purezmq.zmtp.shared cimport Shared

cdef class Encoder:
    cdef public Py_ssize_t _alone_size, _head, bytes_out, messages_out, queued_total, sent_total, size
    cdef public Py_ssize_t unsent_messages
    cdef public bint _subscription_commands
    cdef public Shared shared
    cdef public object _buffers, _counts, _last_headers, _more_headers, _tracked

    @cython.locals(waiting=Py_ssize_t, length=Py_ssize_t, size=Py_ssize_t, end=Py_ssize_t)
    cpdef encode(self, outbox, Py_ssize_t budget)
    @cython.locals(count=Py_ssize_t, user_bytes=Py_ssize_t)
    cpdef bint encode_many(self, list messages, Py_ssize_t budget) except -1
    @cython.locals(length=Py_ssize_t, size=Py_ssize_t)
    cpdef encode_alone(self, outbox)
    cpdef sent_alone(self)
    cpdef put_back(self, rest)
    cpdef buffers_to_send(self)
    @cython.locals(sent=Py_ssize_t, end=Py_ssize_t)
    cpdef forget_sent(self)
    @cython.locals(length=Py_ssize_t)
    cpdef _append(self, data, Py_ssize_t messages, Py_ssize_t messages_out=*, Py_ssize_t bytes_out=*)
    @cython.locals(guess=Py_ssize_t, n=Py_ssize_t, queued=Py_ssize_t, user_bytes=Py_ssize_t, batch=list)
    cpdef _encode_batch(self, outbox, Py_ssize_t waiting, Py_ssize_t budget)
    cpdef _encode_each(self, batch)

cdef class _Queue:
    cdef public Py_ssize_t messages, size, total
    cdef public list buffers, counts, pieces

    cpdef add_part(self, headers, data)
    cpdef end_message(self)
    cpdef flush(self)
