cimport cython
from purezmq.base.pipe cimport Pipe
from purezmq.drivers.pump cimport Pump
from purezmq.transports.inproc cimport InprocLink

@cython.locals(pipe=Pipe, note=int)
cpdef read_mailbox(Pump pump)
@cython.locals(link=InprocLink)
cpdef bint find_room(Pump pump) except -1
@cython.locals(link=InprocLink)
cpdef ask_for_word(Pump pump)
cpdef tell_blocked_writer(InprocLink link)
cpdef tell_blocked_writers(Pump pump)
