cdef class _Waker:
    cdef public bint _asyncio_future_blocking, _is_cancelled, is_done
    cdef public object _call, _context, _loop, _message

    cpdef wake(self)
    cpdef resume(self)
