from purezmq.patterns.pattern cimport Pattern
cimport cython
from purezmq.base.pipe cimport Pipe
from purezmq.core.socket_core cimport SocketCore
from purezmq.drivers.clock cimport monotonic
from purezmq.drivers.handler cimport Handler
from purezmq.drivers.selector cimport EpollPoller
from purezmq.drivers.signaler cimport Signaler
from purezmq.drivers.watching cimport Mark

cdef double _BACKLOG_S, _BURST_GAP_S

cdef class Pump:
    cdef object __weakref__
    cdef public EpollPoller poller_or_none
    cdef public Pipe lane_pipe, lane_reader
    cdef public Py_ssize_t burst, burst_limit, calm, expected_run, gathered, inproc_bytes_out, inproc_messages_in, inproc_messages_out
    cdef public Py_ssize_t last_run, lane_messages, left_in_lane, looks, run, seen_tail, seen_wake, short_waits, spin_credit, wakes, watchers
    cdef public Signaler signaler
    cdef public SocketCore core
    cdef public Mark has_left
    cdef public bint armed, closed, draws, drawn, finished, has_heard, has_lanes, has_received, has_routes, hears_first, hot, is_crowded
    cdef public bint is_lingering, is_shaken, is_talking, progress, terminating, used
    cdef public dict handlers, inproc_links, routes
    cdef public double asks_at, last_change, last_flush, last_left, last_look, seen_flush, watched_until
    cdef public list connectors, paused, retiring
    cdef public object aside, close_after, close_linger, face, failures, fd_watch, hub, io_thread, lane_in
    cdef public object lane_out, linger_timer, listeners, lock, mailbox, on_attach, on_news, services
    cdef public object troubles, wait_instead
    cdef public set guests, seen_by, streams, waiters
    cdef public tuple bells, named_lane

    cpdef _signalled(self, Signaler signaler, waiter)
    cpdef look(self)
    @cython.locals(now=double, fd=int, mask=int, handlers=dict, signaler=Signaler, handler=Handler)
    cpdef process(self, events, waiter=*)
    cpdef _hand_over(self, Handler handler, int mask, double now)
    cpdef bint ask_peer(self) except -1
    @cython.locals(now=double)
    cpdef bint look_first(self) except -1
    cdef bint _read_only_stream(self) except -1
    @cython.locals(core=SocketCore)
    cpdef finish_step(self, waiter=*)
    cpdef finish_change(self)
    @cython.locals(pattern=Pattern, pipe=Pipe)
    cpdef set_lanes(self)
    cpdef _draw_ahead(self)
    cpdef _put_back(self)
    @cython.locals(pipe=Pipe)
    cpdef _leave_lane(self)
    cpdef _count_lane(self)
    @cython.locals(reader=Pipe, is_due=bint)
    cpdef append_to_lane(self, box, message)
    @cython.locals(is_due=bint)
    cpdef bint appended(self, box, Py_ssize_t size) except -1
    cpdef lane_step(self, box)
    cpdef step_of_lane(self, box, list batch=*)
    @cython.locals(mark=Mark, pipe=Pipe, now=double)
    cpdef bint leave(self) except -1
    @cython.locals(pipe=Pipe, count=Py_ssize_t, now=double)
    cpdef _lane_step(self, box, list batch)
    @cython.locals(pipe=Pipe, dirty=list, pipes=list)
    cpdef flush_dirty(self, double now=*)
    @cython.locals(pipe=Pipe)
    cpdef flush_all(self)
    @cython.locals(now=double)
    cpdef bint _gathers_on(self) except -1
    cpdef bint _has_backlog(self, double now) except -1
    @cython.locals(now=double)
    cpdef routed(self, Pipe pipe)
    @cython.locals(now=double)
    cpdef flush_soon(self)
    @cython.locals(pipe=Pipe, run=Py_ssize_t, now=double)
    cdef _flush_left(self)
    @cython.locals(burst=Py_ssize_t)
    cpdef _adapt_burst(self, Py_ssize_t count, Py_ssize_t size, double now)
    @cython.locals(left=Py_ssize_t)
    cpdef end_at_pause(self, Py_ssize_t count)
    @cython.locals(run=Py_ssize_t)
    cpdef _tail_found(self, Py_ssize_t count)
    @cython.locals(now=double)
    cpdef _hear(self)
    @cython.locals(core=SocketCore, pipe=Pipe, lane_pipe=Pipe, now=double, sent=bint, pattern=Pattern)
    cpdef bint try_send(self, message) except -1
    @cython.locals(pattern=Pattern, pipe=Pipe, now=double)
    cpdef try_recv_from(self)
    cpdef _after_taking(self, Pipe pipe)
    cpdef _resume_paused(self)
    cpdef int events_known(self) except -1
    @cython.locals(pattern=Pattern, found=int, is_writable=bint)
    cpdef int _events_known(self) except -1
    cpdef claim(self, token)
    cpdef unclaim(self, token)
    cpdef clear_lanes(self)
    cpdef wake(self)
    cpdef check_alive(self)
    cpdef room_again(self, Pipe pipe)
    cpdef post(self, int note, Pipe pipe)

# At the end, because it names Pump itself.
from purezmq.drivers cimport inproc_ends
