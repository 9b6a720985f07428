cdef class Encoder:
    cdef public Py_ssize_t _alone_size, _head, bytes_out, messages_out, queued_total, sent_total, size
    cdef public Py_ssize_t unsent_messages
    cdef public bint _subscription_commands
    cdef public object _buffers, _counts, _last_headers, _more_headers, _tracked

    cpdef encode(self, outbox, Py_ssize_t budget)
    cpdef encode_alone(self, outbox)
    cpdef sent_alone(self)
    cpdef put_back(self, rest)
    cpdef buffers_to_send(self)
    cpdef forget_sent(self)
    cpdef _append(self, data, Py_ssize_t messages)
    cpdef _encode_batch(self, outbox, Py_ssize_t waiting, Py_ssize_t budget)
    cpdef _encode_each(self, batch)

cdef class _Queue:
    cdef public Py_ssize_t messages, size, total
    cdef public list buffers, counts, pieces

    cpdef add_part(self, headers, data)
    cpdef end_message(self)
    cpdef flush(self)
