from purezmq.base.pipe cimport Pipe
cimport cython
from purezmq.core.session cimport Session
from purezmq.drivers.clock cimport monotonic
from purezmq.drivers.handler cimport Handler
from purezmq.drivers.kernel cimport Wire
from purezmq.zmtp.large_body cimport LargeBody

cdef class StreamHandler(Handler):
    cdef public Py_ssize_t _encode_budget, _kept, _largest_read, _read_size
    cdef public Wire _wire
    cdef public Session session
    cdef public bint _needs_mending, _paused
    cdef public int _write_error
    cdef public double _kept_until, retire_at
    cdef public object _errand, _on_end, _zap_call, sock, why_ended

    cpdef on_events(self, int mask, double now)
    @cython.locals(session=Session, pipe=Pipe, wire=Wire, body=LargeBody, count=Py_ssize_t, left=Py_ssize_t, size=Py_ssize_t)
    cpdef read(self, double now)
    @cython.locals(size=Py_ssize_t)
    cpdef _adapt_read_size(self, Py_ssize_t count)
    @cython.locals(session=Session)
    cpdef _after(self, double now)
    @cython.locals(session=Session, pipe=Pipe, full=bint)
    cpdef _look_after(self, double now)
    cpdef bint send_batch(self, list messages, double now) except -1
    @cython.locals(pipe=Pipe, messages=list, count=Py_ssize_t, unsent=Py_ssize_t)
    cpdef bint send_share(self, list shares, double now) except -1
    cpdef bint _is_at_work(self) except -1
    @cython.locals(session=Session, pipe=Pipe, wire=Wire, blocked=bint, is_torn=bint, wanted=int, count=Py_ssize_t)
    cpdef flush(self, double now)
