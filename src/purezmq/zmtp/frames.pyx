# cython: boundscheck=False, wraparound=False, nonecheck=False
"""Cutting and joining messages, compiled; frames.py is the same in Python and says what these functions do.

Every index below is checked against the size of the memory before it is used, by hand.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_AsTuple, PyList_GET_ITEM, PyList_GET_SIZE
from cpython.ref cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from collections import deque
from itertools import repeat, starmap
from libc.string cimport memcpy

COALESCED_LENGTH = 8192

cdef Py_ssize_t _COALESCED_LENGTH = 8192
cdef unsigned char _MORE = 1
cdef unsigned char _LONG = 2


def cut_messages(
    bytes data not None,
    Py_ssize_t pos,
    list found not None,
    list parts not None,
    Py_ssize_t room,
    Py_ssize_t max_length,
):
    cdef const unsigned char *bytes_in = <const unsigned char *>PyBytes_AS_STRING(data)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    cdef Py_ssize_t count = 0, user_bytes = 0, body, index
    cdef unsigned long long length
    cdef unsigned char flags
    cdef bytes part
    cdef bint has_parts = PyList_GET_SIZE(parts) > 0
    if pos < 0:
        raise ValueError("pos must not be negative")
    while count < room and size - pos >= 2:
        flags = bytes_in[pos]
        if flags > (_MORE | _LONG):
            break
        if flags & _LONG:
            body = pos + 9
            if body > size:
                break
            length = 0
            for index in range(pos + 1, body):
                length = length << 8 | bytes_in[index]
        else:
            body = pos + 2
            length = bytes_in[pos + 1]
        if length > <unsigned long long>max_length or length > <unsigned long long>(size - body):
            break
        part = PyBytes_FromStringAndSize(<const char *>bytes_in + body, <Py_ssize_t>length)
        if flags & _MORE:
            parts.append(part)
            has_parts = True
        elif has_parts:
            parts.append(part)
            found.append(PyList_AsTuple(parts))
            del parts[:]
            has_parts = False
            count += 1
        else:
            found.append(part)
            count += 1
        user_bytes += <Py_ssize_t>length
        pos = body + <Py_ssize_t>length
    return pos, count, user_bytes


def take(outbox, Py_ssize_t n):
    cdef list items
    if type(outbox) is deque and len(outbox) == n:
        # No other thread can come between reading the last item and forgetting all: nothing there runs any Python, and
        # nothing is allocated that could start a garbage collection. (One at the beginning may: so there may be more.)
        items = list(outbox)
        outbox.clear()
        return items
    return [*starmap(outbox.popleft, repeat((), n))]


def move(lane, list found not None, Py_ssize_t most):
    cdef Py_ssize_t before = PyList_GET_SIZE(found), count = min(len(lane), most)
    if type(lane) is deque and len(lane) == count:
        # As in take(); only here no more may be taken.
        found.extend(lane)
        if PyList_GET_SIZE(found) - before <= most:
            lane.clear()
            return
        del found[before:]
    if count > 0:
        try:
            found.extend(starmap(lane.popleft, repeat((), count)))
        except IndexError:
            pass  # another thread took the rest


cdef inline Py_ssize_t _frame_size(PyObject *part):
    """Of a small part in its frame; -1 if it is none."""
    cdef Py_ssize_t length
    if type(<object>part) is not bytes:
        return -1
    length = PyBytes_GET_SIZE(<object>part)
    if length > _COALESCED_LENGTH:
        return -1
    return length + (2 if length < 256 else 9)


cdef inline unsigned char *_put_frame(unsigned char *target, PyObject *part, unsigned char flags):
    cdef Py_ssize_t length = PyBytes_GET_SIZE(<object>part)
    if length < 256:
        target[0] = flags
        target[1] = <unsigned char>length
        target += 2
    else:
        # No longer than 65535, so the upper six bytes of the length are 0.
        target[0] = flags | _LONG
        target[1] = target[2] = target[3] = target[4] = target[5] = target[6] = 0
        target[7] = <unsigned char>(length >> 8)
        target[8] = <unsigned char>(length & 0xFF)
        target += 9
    memcpy(target, PyBytes_AS_STRING(<object>part), length)
    return target + length


cdef bytes _join_equal(list batch, Py_ssize_t n, Py_ssize_t length):
    """These messages if all of them are ``bytes`` of this length, below 256; else None."""
    cdef bytes joined = PyBytes_FromStringAndSize(NULL, n * (2 + length))
    cdef unsigned char *target = <unsigned char *>PyBytes_AS_STRING(joined)
    cdef PyObject *message
    cdef Py_ssize_t index
    for index in range(n):
        message = PyList_GET_ITEM(batch, index)
        if type(<object>message) is not bytes or PyBytes_GET_SIZE(<object>message) != length:
            return None
        target = _put_frame(target, message, 0)
    return joined


def join_messages(list batch not None):
    cdef Py_ssize_t n = PyList_GET_SIZE(batch), size = 0, headers = 0, one, index, column, count
    cdef PyObject *message
    cdef unsigned char *target
    cdef bytes joined
    # Equal messages need no look before the one that copies them. Worth the attempt if both ends are equal.
    if n > 1 and type(<object>PyList_GET_ITEM(batch, 0)) is bytes:
        one = PyBytes_GET_SIZE(<object>PyList_GET_ITEM(batch, 0))
        message = PyList_GET_ITEM(batch, n - 1)
        if one < 256 and type(<object>message) is bytes and PyBytes_GET_SIZE(<object>message) == one:
            joined = _join_equal(batch, n, one)
            if joined is not None:
                return joined, n * one
    for index in range(n):
        message = PyList_GET_ITEM(batch, index)
        if type(<object>message) is bytes:
            one = _frame_size(message)
            if one < 0:
                return None
            size += one
            headers += 2 if one < 258 else 9
        elif type(<object>message) is tuple:
            count = PyTuple_GET_SIZE(<object>message)
            if count == 0:
                return None
            for column in range(count):
                one = _frame_size(PyTuple_GET_ITEM(<object>message, column))
                if one < 0:
                    return None
                size += one
                headers += 2 if one < 258 else 9
        else:
            return None
    joined = PyBytes_FromStringAndSize(NULL, size)
    target = <unsigned char *>PyBytes_AS_STRING(joined)
    for index in range(n):
        message = PyList_GET_ITEM(batch, index)
        if type(<object>message) is bytes:
            target = _put_frame(target, message, 0)
        else:
            count = PyTuple_GET_SIZE(<object>message)
            for column in range(count - 1):
                target = _put_frame(target, PyTuple_GET_ITEM(<object>message, column), _MORE)
            target = _put_frame(target, PyTuple_GET_ITEM(<object>message, count - 1), 0)
    return joined, size - headers


def join_list(list messages not None):
    # No other thread can come between, so there is nothing to copy.
    if PyList_GET_SIZE(messages) == 0:
        return None
    joined = join_messages(messages)
    return None if joined is None else (joined[0], joined[1], PyList_GET_SIZE(messages))
