from purezmq.base.pipe cimport Pipe
from purezmq.patterns.distributor cimport Distributor
from purezmq.patterns.gathered cimport Gathered
from purezmq.patterns.pattern cimport Pattern
from purezmq.patterns.subscriptions cimport TopicTable

cdef class Pub(Pattern):
    cdef public Distributor _out
    cdef public Gathered gathered
    cdef public TopicTable _table
    cdef public bint _invert, _is_plain, _no_drop, _only_first, hears_now
    cdef public set _to_all

    cpdef readable(self, Pipe pipe)
    cpdef settle(self)
    cpdef lane_out(self)
    cpdef bint _has_lane(self) except -1
    cpdef _match_all(self, list messages)
    cpdef bint try_send(self, message) except -1
    cpdef bint _send_now(self, message) except -1
    cpdef _select(self, matching)
    cpdef _selected(self)
    cpdef bint _apply(self, Pipe pipe, bint subscribe, bytes topic, tuple before=*) except -1

cdef class Xpub(Pub):
    cdef public Pipe _requester
    cdef public Py_ssize_t _user_message_count
    cdef public TopicTable _requested
    cdef public bint _is_manual, _to_requester, _verbose, _verboser
    cdef public object _notices

    cpdef try_recv(self)
    cpdef bint can_recv(self) except -1

cdef class _Notice:
    cdef public Pipe pipe
    cdef public bint is_request
    cdef public object message
