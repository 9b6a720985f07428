# cython: boundscheck=False, wraparound=False, nonecheck=False
"""Which topics a message begins with, compiled; matching.py is the same in Python and says what these functions do.

Cutting a topic out of a message is one small object here, where Python makes a slice first.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItemWithError
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE


cdef inline bytes _head(bytes part, Py_ssize_t length):
    """``part[:length]``"""
    if length >= PyBytes_GET_SIZE(part):
        return part
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(part), length)


cpdef bint is_wanted(dict topics, tuple lengths, bytes first_part) except -1:
    cdef Py_ssize_t index
    if topics is None or lengths is None or first_part is None:
        raise TypeError("topics, lengths and first_part must not be None")
    for index in range(PyTuple_GET_SIZE(lengths)):
        if PyDict_GetItemWithError(topics, _head(first_part, <object>PyTuple_GET_ITEM(lengths, index))) != NULL:
            return True
    return False


cdef object _wanted_by(dict pipes_of, tuple lengths, tuple found, bytes first_part):
    cdef dict merged = None
    cdef Py_ssize_t index, length, size = PyBytes_GET_SIZE(first_part)
    cdef PyObject *pipes
    for index in range(PyTuple_GET_SIZE(lengths)):
        length = <object>PyTuple_GET_ITEM(lengths, index)
        if length > size:
            break
        pipes = PyDict_GetItemWithError(pipes_of, _head(first_part, length))
        if pipes == NULL:
            continue
        if merged is not None:
            merged.update(dict.fromkeys(<object>pipes))
        elif found:
            merged = dict.fromkeys(found)
            merged.update(dict.fromkeys(<object>pipes))
        else:
            found = <tuple><object>pipes
    return found if merged is None else merged


cpdef wanted_by(dict pipes_of, tuple lengths, tuple found, bytes first_part):
    if pipes_of is None or lengths is None or found is None or first_part is None:
        raise TypeError("none of the arguments must be None")
    return _wanted_by(pipes_of, lengths, found, first_part)


cpdef share_out(dict pipes_of, list lengths_by_byte, tuple found, list messages):
    cdef list wanted = [], share
    cdef dict share_of = {}
    cdef bytes first_part
    cdef tuple lengths
    cdef bint is_same = True
    cdef Py_ssize_t index, column, count
    cdef PyObject *known
    if pipes_of is None or lengths_by_byte is None or found is None or messages is None:
        raise TypeError("none of the arguments must be None")
    if len(lengths_by_byte) != 256:
        raise ValueError("there must be lengths for each byte")
    count = PyList_GET_SIZE(messages)
    last = None
    for index in range(count):
        message = <object>PyList_GET_ITEM(messages, index)
        first = message if type(message) is bytes else message[0]
        if type(first) is not bytes:
            raise TypeError("the first part must be bytes")
        first_part = <bytes>first
        if PyBytes_GET_SIZE(first_part):
            lengths = lengths_by_byte[<unsigned char>PyBytes_AS_STRING(first_part)[0]]
            pipes = _wanted_by(pipes_of, lengths, found, first_part)
        else:
            pipes = found
        if index and pipes is not last:
            is_same = False
        last = pipes
        wanted.append(pipes)
    if not count:
        return []
    if is_same:
        return [(pipe, messages) for pipe in last]
    for index in range(count):
        message = <object>PyList_GET_ITEM(messages, index)
        pipes = <object>PyList_GET_ITEM(wanted, index)
        if type(pipes) is not tuple:
            pipes = tuple(pipes)
        for column in range(PyTuple_GET_SIZE(pipes)):
            pipe = <object>PyTuple_GET_ITEM(pipes, column)
            known = PyDict_GetItemWithError(share_of, pipe)
            if known != NULL:
                share = <list><object>known
                share.append(message)
            else:
                share_of[pipe] = [message]
    return list(share_of.items())
