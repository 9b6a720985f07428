# cython: boundscheck=False, wraparound=False, nonecheck=False
"""Plain calls, compiled; _quick.py says what this is for.

CPython gives a method its arguments as an array, and a method that is made by hand may look at that before anything is
unpacked. No signal handler runs between the steps of a plain call, so there is nothing to mend after them.
"""

from collections import deque
from cpython.bytes cimport PyBytes_CheckExact
from cpython.dict cimport PyDict_GetItemWithError
from cpython.list cimport PyList_CheckExact, PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject, PyTypeObject
from purezmq._short_ways cimport ShortWays
from purezmq.base.pipe cimport Pipe
from purezmq.drivers.exchange cimport recv_from
from purezmq.drivers.pump cimport Pump
from purezmq.patterns.filtered_lane cimport FilteredLane
from purezmq._short_ways import _as_list
from purezmq.patterns.pattern import as_message
from purezmq.unpatched import Lock

cdef extern from "Python.h":
    ctypedef PyObject *(*Function "PyCFunction")(PyObject *, PyObject *) except NULL
    ctypedef PyObject *(*FunctionOfThree "PyCFunctionWithKeywords")(PyObject *, PyObject *, PyObject *) except NULL
    ctypedef struct MethodDef "PyMethodDef":
        const char *ml_name
        Function ml_meth
        int ml_flags
        const char *ml_doc
    ctypedef struct MethodDescr "PyMethodDescrObject":
        MethodDef *d_method
    int METH_FASTCALL, METH_KEYWORDS, METH_NOARGS, METH_O, METH_VARARGS
    object PyDescr_NewMethod(PyTypeObject *owner, MethodDef *method)
    PyObject *PyObject_Vectorcall(PyObject *callable, PyObject **arguments, size_t count, PyObject *names) except NULL
    Py_ssize_t PyDict_GET_SIZE(object items)
    Py_ssize_t Py_SIZE(object items)
    PyTypeObject *Py_TYPE(object anything)
    unsigned int _version "_purezmq_version"(PyTypeObject *kind)

cdef extern from *:
    """
    #define _purezmq_release(o) Py_DECREF(o)
    #define _purezmq_version(kind) ((kind)->tp_version_tag)
    """
    void _release "_purezmq_release"(PyObject *anything)

cdef enum:
    _MOST_ARGUMENTS = 16

cdef PyTypeObject *_deque = <PyTypeObject *><PyObject *>deque
cdef Function _append = NULL
cdef Function _popleft = NULL
cdef PyTypeObject *_lock = NULL
cdef FunctionOfThree _acquire = NULL
cdef Function _give_back = NULL
# The methods to pass on to.
cdef object _send = None
cdef object _recv = None
cdef object _send_multipart = None
cdef object _recv_multipart = None
cdef MethodDef _send_method, _recv_method, _send_multipart_method, _recv_multipart_method
# The last class that was asked by _is_plain, and CPython's number of the state that it was in, or 0.
cdef PyTypeObject *_plain_class = NULL
cdef unsigned int _plain_version = 0
_documents = []  # CPython keeps pointers into these


cdef int _find_functions() except -1:
    """What deque.append and deque.popleft are in C, if they are as simple as ever."""
    global _append, _popleft
    cdef MethodDef *append = (<MethodDescr *><PyObject *>deque.append).d_method
    cdef MethodDef *popleft = (<MethodDescr *><PyObject *>deque.popleft).d_method
    if append.ml_flags == METH_O and popleft.ml_flags == METH_NOARGS:
        _append, _popleft = append.ml_meth, popleft.ml_meth
    return 0


cdef int _find_lock() except -1:
    """The same for a lock's acquire and release."""
    global _lock, _acquire, _give_back
    kind = type(Lock())
    cdef MethodDef *acquire = (<MethodDescr *><PyObject *>kind.acquire).d_method
    cdef MethodDef *release = (<MethodDescr *><PyObject *>kind.release).d_method
    if acquire.ml_flags == METH_VARARGS | METH_KEYWORDS and release.ml_flags == METH_NOARGS:
        _lock = <PyTypeObject *><PyObject *>kind
        _acquire, _give_back = <FunctionOfThree>acquire.ml_meth, release.ml_meth
    return 0


_find_functions()
_find_lock()


cdef bint _send_locked(Pump pump, data) except -1:
    """``with pump.lock: return pump.try_send(data)``"""
    lock = pump.lock
    if Py_TYPE(lock) is not _lock:
        return False
    _release(_acquire(<PyObject *>lock, <PyObject *>(), NULL))
    try:
        return pump.try_send(data)
    finally:
        _release(_give_back(<PyObject *>lock, NULL))


cdef bint _is_plain(PyTypeObject *kind) except -1:
    """Whether ``send`` and ``recv`` of this class are its own, and no others that the calls for many parts are to use."""
    global _plain_class, _plain_version
    # A change of a class, or of one that it inherits from, takes its number away; no two ever have the same.
    if kind == _plain_class and _plain_version and _version(kind) == _plain_version:
        return True
    cls = <object><PyObject *>kind
    if cls.send is not cls._plain_send or cls.recv is not cls._plain_recv:
        return False
    _plain_class, _plain_version = kind, _version(kind)
    return True


cdef bint _send_routed(Pump pump, dict routes, list parts, Py_ssize_t count) except -1:
    """Send to the peer that the first part names. False: take the ordinary way."""
    cdef PyObject *found = PyDict_GetItemWithError(routes, <object>PyList_GET_ITEM(parts, 0))
    cdef Pipe pipe
    if found == NULL or Py_TYPE(pump.lock) is not _lock:
        return False
    pipe = <Pipe><object>found
    box = pipe.outbox
    if Py_TYPE(box) is not _deque:
        return False
    message = <object>PyList_GET_ITEM(parts, 1) if count == 2 else tuple(parts[1:])
    lock = pump.lock
    _release(_acquire(<PyObject *>lock, <PyObject *>(), NULL))
    try:
        if pump.routes is not routes or pipe.write_blocked or Py_SIZE(box) >= pipe.outbox_limit:
            return False
        try:
            _release(_append(<PyObject *>box, <PyObject *>message))
            pump.routed(pipe)
        except BaseException as error:
            pump.step_failed(error)
            raise
        return True
    finally:
        _release(_give_back(<PyObject *>lock, NULL))


cdef object _pass_on(method, PyObject *socket, PyObject **arguments, Py_ssize_t count, PyObject *names):
    cdef PyObject *given[_MOST_ARGUMENTS + 1]
    cdef Py_ssize_t index, total = count + (0 if names == NULL else len(<tuple><object>names))
    cdef PyObject *result
    if total > _MOST_ARGUMENTS:
        raise TypeError(f"too many arguments: {total}")
    given[0] = socket
    for index in range(total):
        given[index + 1] = arguments[index]
    result = PyObject_Vectorcall(<PyObject *>method, given, count + 1, names)
    done = <object>result  # this takes a reference of its own, and so there is one too many
    _release(result)
    return done


cdef object _quick_send(PyObject *socket, PyObject **arguments, Py_ssize_t count, PyObject *names):
    cdef Pump pump
    if count == 1 and names == NULL and PyBytes_CheckExact(<object>arguments[0]):
        pump = (<ShortWays><object>socket)._pump
        if pump is not None and PyDict_GET_SIZE((<ShortWays><object>socket)._parts_out) == 0:
            lane = pump.lane_out
            if Py_TYPE(lane) is _deque:
                _release(_append(<PyObject *>lane, arguments[0]))
                if pump.lane_reader is not None or Py_SIZE(lane) >= pump.burst or pump.lane_out is not lane:
                    pump.appended(lane, Py_SIZE(<object>arguments[0]))
                elif not pump.has_left.is_set and not pump.leave():
                    pump.lane_step(lane)
                return None
            if (
                PyDict_GET_SIZE((<ShortWays><object>socket)._parts_in) == 0
                and _send_locked(pump, <object>arguments[0])
            ):
                return None
    return _pass_on(_send, socket, arguments, count, names)


cdef object _from_lane(lane):
    """The next message of a lane, a deque or one with a filter; None if there is none, or one that is not wanted."""
    cdef PyObject *message
    inbox = (<FilteredLane>lane).inbox if type(lane) is FilteredLane else lane
    if Py_TYPE(inbox) is not _deque or not Py_SIZE(inbox):
        return None
    message = _popleft(<PyObject *>inbox, NULL)
    item = <object>message
    _release(message)
    if inbox is lane or (PyBytes_CheckExact(item) and (<FilteredLane>lane)._topics.matches(<bytes>item)):
        return item
    inbox.appendleft(item)
    if PyBytes_CheckExact(item):
        return None
    try:
        return (<FilteredLane>lane).popleft()
    except IndexError:
        return None


cdef object _quick_recv(PyObject *socket, PyObject **arguments, Py_ssize_t count, PyObject *names):
    cdef Pump pump
    if count == 0 and names == NULL:
        pump = (<ShortWays><object>socket)._pump
        if pump is not None and PyDict_GET_SIZE((<ShortWays><object>socket)._parts_in) == 0:
            item = _from_lane(pump.lane_in)
            if item is None:
                item = (<tuple>recv_from(pump, True, None))[0]
            if PyBytes_CheckExact(item):
                return item
            return (<ShortWays><object>socket)._recv_odd(item, 0, None)
    return _pass_on(_recv, socket, arguments, count, names)


cdef object _quick_send_multipart(PyObject *socket, PyObject **arguments, Py_ssize_t count, PyObject *names):
    cdef Pump pump
    cdef list parts
    cdef Py_ssize_t index, many
    if count == 1 and names == NULL and PyList_CheckExact(<object>arguments[0]):
        pump = (<ShortWays><object>socket)._pump
        parts = <list><object>arguments[0]
        many = PyList_GET_SIZE(parts)
        if (
            pump is not None
            and pump.routes is not None
            and many >= 2
            and PyDict_GET_SIZE((<ShortWays><object>socket)._parts_out) == 0
            and _is_plain(Py_TYPE(<object>socket))
        ):
            for index in range(many):
                if not PyBytes_CheckExact(<object>PyList_GET_ITEM(parts, index)):
                    break
            else:
                if _send_routed(pump, pump.routes, parts, many):
                    return None
    return _pass_on(_send_multipart, socket, arguments, count, names)


cdef object _quick_recv_multipart(PyObject *socket, PyObject **arguments, Py_ssize_t count, PyObject *names):
    cdef Pump pump
    cdef PyObject *message
    if count == 0 and names == NULL:
        pump = (<ShortWays><object>socket)._pump
        if (
            pump is not None
            and pump.named_lane is not None
            and PyDict_GET_SIZE((<ShortWays><object>socket)._parts_in) == 0
            and _is_plain(Py_TYPE(<object>socket))
        ):
            lane, name = pump.named_lane
            if Py_TYPE(lane) is _deque and Py_SIZE(lane):
                message = _popleft(<PyObject *>lane, NULL)
                item = <object>message
                _release(message)
                if not name:
                    name, item = <tuple>item  # drawn ahead from several peers
                if PyBytes_CheckExact(item):
                    return [name, item]
                return [name, *_as_list(as_message(item))]
    return _pass_on(_recv_multipart, socket, arguments, count, names)


cdef object _method(MethodDef *method, bytes name, void *function, ordinary, str arguments):
    text = f"{name.decode()}({arguments})\n--\n\n{ordinary.__doc__}".encode()
    _documents.append((name, text))
    method.ml_name = name
    method.ml_meth = <Function>function
    method.ml_flags = METH_FASTCALL | METH_KEYWORDS
    method.ml_doc = text
    return PyDescr_NewMethod(<PyTypeObject *>ShortWays, method)


def all_bytes(messages):
    for message in messages:
        if not PyBytes_CheckExact(message):
            return False
    return True


def quick_send(ordinary):
    global _send
    if _append == NULL:
        return ordinary
    _send = ordinary
    return _method(
        &_send_method,
        b"send",
        <void *>_quick_send,
        ordinary,
        "$self, data, flags=0, copy=True, track=False, routing_id=None, group=None, *, timeout=None",
    )


def quick_recv(ordinary):
    global _recv
    if _append == NULL:
        return ordinary
    _recv = ordinary
    return _method(
        &_recv_method, b"recv", <void *>_quick_recv, ordinary, "$self, flags=0, copy=True, track=False, *, timeout=None"
    )


def quick_send_multipart(ordinary):
    global _send_multipart
    if _append == NULL:
        return ordinary
    _send_multipart = ordinary
    return _method(
        &_send_multipart_method,
        b"send_multipart",
        <void *>_quick_send_multipart,
        ordinary,
        "$self, msg_parts, flags=0, copy=True, track=False, *, timeout=None, **kwargs",
    )


def quick_recv_multipart(ordinary):
    global _recv_multipart
    if _append == NULL:
        return ordinary
    _recv_multipart = ordinary
    return _method(
        &_recv_multipart_method,
        b"recv_multipart",
        <void *>_quick_recv_multipart,
        ordinary,
        "$self, flags=0, copy=True, track=False, *, timeout=None",
    )
