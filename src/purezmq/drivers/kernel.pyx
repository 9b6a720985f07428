# cython: boundscheck=False, wraparound=False, nonecheck=False
"""The system calls of a connected stream, compiled; kernel.py is the same in Python and says what these methods do.

No signal handler runs in here. The calls do not block, so the interpreter's lock is kept, except while much is copied.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF
from libc.errno cimport errno
from libc.string cimport memset
from purezmq.zmtp.large_body cimport LargeBody

cdef extern from "<sys/socket.h>" nogil:
    int MSG_DONTWAIT, MSG_NOSIGNAL

    struct iovec:
        void *iov_base
        size_t iov_len

    struct msghdr:
        iovec *msg_iov
        size_t msg_iovlen

    Py_ssize_t recv(int fd, void *memory, size_t size, int flags)
    Py_ssize_t recvmsg(int fd, msghdr *message, int flags)
    Py_ssize_t c_send "send"(int fd, const void *memory, size_t size, int flags)
    Py_ssize_t sendmsg(int fd, const msghdr *message, int flags)

cdef extern from "Python.h":
    PyObject *new_bytes "PyBytes_FromStringAndSize"(const char *data, Py_ssize_t size) except NULL
    int _PyBytes_Resize(PyObject **memory, Py_ssize_t size) except -1

BEHIND_BODY = 4 * 1024

cdef enum:
    _BEHIND_BODY = 4 * 1024
    _ON_STACK = 16 * 1024  # so much is read without memory of its own, and what came is copied
    _MOST_BUFFERS = 64
    # Copying this much takes long enough for others to use the interpreter. Below, giving the lock away costs more: to
    # have it back from a thread that computes takes five milliseconds.
    _MUCH = 256 * 1024


cdef class Wire:
    """Reads and writes one descriptor."""

    def __init__(self, sock):
        self.fd = sock.fileno()
        self.data = b""

    cpdef bint read(self, Py_ssize_t size):
        """Take at most ``size`` bytes."""
        cdef char memory[_ON_STACK]
        cdef Py_ssize_t count
        cdef PyObject *whole
        self.data = b""
        if size <= _ON_STACK:
            count = recv(self.fd, memory, size, MSG_DONTWAIT)
            if count < 0:
                self.error = errno
                return False
            self.data = PyBytes_FromStringAndSize(memory, count)
            return True
        whole = new_bytes(NULL, size)
        count = recv(self.fd, PyBytes_AS_STRING(<object>whole), size, MSG_DONTWAIT)
        if count < 0:
            self.error = errno
            Py_XDECREF(whole)
            return False
        if count < size:
            _PyBytes_Resize(&whole, count)
        self.data = <bytes>whole
        Py_XDECREF(whole)
        return True

    cpdef bint read_into(self, LargeBody body):
        """Take what belongs to this body (``in_body``), and perhaps a little more (``data``)."""
        cdef char behind[_BEHIND_BODY]
        cdef iovec places[2]
        cdef msghdr message
        cdef Py_ssize_t count, room = body.room()
        self.in_body = 0
        self.data = b""
        places[0].iov_base = body.place()
        places[0].iov_len = room
        places[1].iov_base = behind
        places[1].iov_len = _BEHIND_BODY
        memset(&message, 0, sizeof(message))
        message.msg_iov = places
        message.msg_iovlen = 2 if body.filled + room == body.length else 1
        if room > _MUCH:
            with nogil:
                count = recvmsg(self.fd, &message, MSG_DONTWAIT)
        else:
            count = recvmsg(self.fd, &message, MSG_DONTWAIT)
        if count < 0:
            self.error = errno
            return False
        self.in_body = min(count, room)
        if count > room:
            self.data = PyBytes_FromStringAndSize(behind, count - room)
        return True

    cpdef bint send(self, data):
        """Write these bytes, or some of them."""
        cdef Py_ssize_t count
        cdef Py_buffer view
        self.written = 0
        self.offered = len(data)
        if PyBytes_CheckExact(data) and PyBytes_GET_SIZE(data) <= _MUCH:
            count = c_send(self.fd, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), MSG_DONTWAIT | MSG_NOSIGNAL)
            if count < 0:
                self.error = errno
        else:
            PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
            with nogil:
                count = c_send(self.fd, view.buf, view.len, MSG_DONTWAIT | MSG_NOSIGNAL)
            if count < 0:
                self.error = errno
            PyBuffer_Release(&view)
        if count < 0:
            return False
        self.written = count
        return True

    cpdef bint send_all(self, list buffers):
        """Write these buffers one after the other, or some of their bytes. At most 64 of them."""
        cdef Py_buffer views[_MOST_BUFFERS]
        cdef iovec places[_MOST_BUFFERS]
        cdef msghdr message
        cdef Py_ssize_t count = 0, total = 0
        cdef int held = 0, index
        self.written = 0
        memset(&message, 0, sizeof(message))
        message.msg_iov = places
        try:
            for data in buffers[:_MOST_BUFFERS]:
                PyObject_GetBuffer(data, &views[held], PyBUF_SIMPLE)
                places[held].iov_base = views[held].buf
                places[held].iov_len = views[held].len
                total += views[held].len
                held += 1
            message.msg_iovlen = held
            self.offered = total
            if total > _MUCH:
                with nogil:
                    count = sendmsg(self.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL)
            else:
                count = sendmsg(self.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL)
            if count < 0:
                self.error = errno
        finally:
            for index in range(held):
                PyBuffer_Release(&views[index])
        if count < 0:
            return False
        self.written = count
        return True
