from purezmq.patterns.pattern cimport Pattern
from purezmq.zmtp.shared cimport Shared

cdef class SocketCore:
    cdef public Pattern pattern
    cdef public Py_ssize_t bytes_in, bytes_out, high_water_hits, max_msgsz, messages_in, messages_out
    cdef public Py_ssize_t reconnects, wants_news
    cdef public Shared shared
    cdef public list dirty, pipes
    cdef public object conflating_names, drops, first_id, judge, last_endpoint, news, options, socket_type
    cdef public object type_name
