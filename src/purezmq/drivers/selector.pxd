cdef class EpollPoller:
    cdef public int fd
    cdef public object _epoll, wait

    cpdef change(self, int fd, int before, int after)
    cpdef poll(self, timeout)
