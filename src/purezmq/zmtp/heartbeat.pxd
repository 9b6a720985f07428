cdef class Heartbeat:
    cdef public bint _is_paused, _timeout_pending, _ttl_pending
    cdef public double _interval_s, _timeout_s, _ttl_s
    cdef public object ping_at, timeout_at, ttl_at

    cpdef heard(self)
    cpdef deadline(self)
