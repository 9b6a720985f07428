cdef class Pipe:
    cdef object __weakref__
    cdef public Py_ssize_t inbox_limit, messages_pushed, outbox_limit
    cdef public bint conflates, dirty, in_active, is_open, out_active, room_told, told, wants_word, write_blocked
    cdef public list dirty_list
    cdef public object endpoint, inbox, link, outbox, properties, routing_id, server_id

    cpdef push(self, message)
