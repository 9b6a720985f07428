from purezmq.core.session cimport Session
from purezmq.drivers.handler cimport Handler
from purezmq.drivers.kernel cimport Wire

cdef class StreamHandler(Handler):
    cdef public Py_ssize_t _encode_budget, _largest_read, _read_size
    cdef public Wire _wire
    cdef public Session session
    cdef public bint _needs_mending, _paused
    cdef public double retire_at
    cdef public object _errand, _on_end, _zap_call, sock, why_ended

    cpdef on_events(self, int mask, double now)
    cpdef read(self, double now)
    cpdef _adapt_read_size(self, Py_ssize_t count)
    cpdef _after(self, double now)
    cpdef _look_after(self, double now)
    cpdef flush(self, double now)
