from purezmq.base.pipe cimport Pipe
from purezmq.core.socket_core cimport SocketCore
from purezmq.drivers.selector cimport EpollPoller
from purezmq.drivers.signaler cimport Signaler

cdef class Pump:
    cdef object __weakref__
    cdef public EpollPoller poller_or_none
    cdef public Pipe lane_pipe, lane_reader
    cdef public Py_ssize_t burst, gathered, inproc_bytes_out, inproc_messages_in, inproc_messages_out
    cdef public Py_ssize_t lane_messages, seen_wake, short_waits, spin_credit, wakes, watchers
    cdef public Signaler signaler
    cdef public SocketCore core
    cdef public bint armed, closed, finished, draws, drawn, has_lanes, has_routes, hot, is_crowded, is_lingering
    cdef public bint is_shaken, progress, terminating, used
    cdef public dict handlers, inproc_links, routes
    cdef public double last_flush, last_look
    cdef public list connectors, paused, retiring
    cdef public object aside, close_after, close_linger, face, failures, fd_watch, hub, io_thread, lane_in
    cdef public object lane_out, linger_timer, listeners, lock, mailbox, on_attach, on_news, services
    cdef public object troubles, wait_instead
    cdef public set guests, seen_by, streams, waiters
    cdef public tuple named_lane

    cpdef _signalled(self, Signaler signaler, waiter)
    cpdef look(self)
    cpdef process(self, events, waiter=*)
    cpdef finish_step(self, waiter=*)
    cpdef set_lanes(self)
    cpdef _draw_ahead(self)
    cpdef _put_back(self)
    cpdef _leave_lane(self)
    cpdef _count_lane(self)
    cpdef append_to_lane(self, box, message)
    cpdef lane_step(self, box)
    cpdef step_of_lane(self, box)
    cpdef _lane_step(self, box)
    cpdef flush_dirty(self, double now=*)
    cpdef flush_all(self)
    cpdef _gathers_on(self)
    cpdef _has_backlog(self, double now)
    cpdef send_routed(self, Pipe pipe, message)
    cpdef flush_soon(self)
    cpdef _adapt_burst(self, Py_ssize_t count, Py_ssize_t size, double now)
    cpdef _hear(self)
    cpdef try_send(self, message)
    cpdef try_recv_from(self)
    cpdef _after_taking(self, Pipe pipe)
    cpdef _resume_paused(self)
    cpdef events_known(self)
    cpdef _events_known(self)
    cpdef claim(self, token)
    cpdef unclaim(self, token)
    cpdef clear_lanes(self)
    cpdef wake(self)
    cpdef check_alive(self)
    cpdef room_again(self, Pipe pipe)
