cimport cython
from purezmq.base.pipe cimport Pipe
from purezmq.core.socket_core cimport SocketCore
from purezmq.drivers.pump cimport Pump
from purezmq.drivers.streams cimport StreamHandler
from purezmq.patterns.pattern cimport Pattern

@cython.locals(total=Py_ssize_t, sent=Py_ssize_t, before=Py_ssize_t)
cpdef Py_ssize_t try_send_many(Pump pump, messages, Py_ssize_t start, bint all_bytes) except -1
@cython.locals(total=Py_ssize_t, room=Py_ssize_t, pipe=Pipe, reader=Pipe)
cpdef Py_ssize_t _fill_lane(Pump pump, messages, Py_ssize_t sent) except -1
@cython.locals(core=SocketCore, pattern=Pattern)
cpdef Py_ssize_t _send_each(Pump pump, messages, Py_ssize_t sent) except -1
cpdef try_recv_many(Pump pump, list found, Py_ssize_t limit)
cpdef take_from_lane(Pump pump, list found, Py_ssize_t limit)
