from purezmq.base.pipe cimport Pipe

cdef class Gathered:
    cdef public Pipe _asked, box
    cdef public list batch, shares
    cdef public object _drops, _match_all, make_room

    cpdef hand_out(self, Py_ssize_t keep=*)
    cpdef _give_shares(self)
    cpdef _give_part(self, Pipe pipe, list messages)
