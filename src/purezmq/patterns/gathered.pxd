cimport cython
from purezmq.base.pipe cimport Pipe

cdef class Gathered:
    cdef public Pipe _asked, box
    cdef public list batch, shares
    cdef public object _drops, _match_all, make_room

    @cython.locals(count=Py_ssize_t, shares=list)
    cpdef hand_out(self, Py_ssize_t keep=*, object write=*)
    @cython.locals(shares=list, pipe=Pipe, messages=list, count=Py_ssize_t)
    cpdef _give_shares(self, object write)
    @cython.locals(room=Py_ssize_t, part=list, shares=list)
    cpdef _give_part(self, Pipe pipe, list messages)
