"""Exceptions: chosen by number, worded for people, built as pyzmq builds them."""

import errno
import os
import pickle

import pytest

from purezmq import error
from purezmq.constants import PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC, Errno
from purezmq.error import (
    Again,
    ContextTerminated,
    InterruptedSystemCall,
    NotDone,
    ProtocolError,
    ZMQBaseError,
    ZMQBindError,
    ZMQError,
    ZMQVersionError,
    error_for,
    strerror,
    zmq_errno,
)


def test_text_of_a_number():
    e = ZMQError(errno.EINVAL)
    assert (e.errno, e.strerror, str(e), repr(e)) == (
        errno.EINVAL,
        "Invalid argument",
        "Invalid argument",
        "ZMQError('Invalid argument')",
    )
    assert e.args == (errno.EINVAL,)


def test_a_message_replaces_the_text():
    e = ZMQError(errno.EADDRINUSE, "tcp://*:5555 is in use")
    assert (e.errno, e.strerror, str(e)) == (
        errno.EADDRINUSE,
        "tcp://*:5555 is in use",
        "tcp://*:5555 is in use",
    )
    assert repr(e) == "ZMQError('tcp://*:5555 is in use')"


def test_words_without_a_number():
    e = ZMQError("just words")
    assert (e.errno, str(e)) == (None, "just words")


def test_without_a_number_it_is_the_last_one():
    ZMQError(Errno.EFSM)
    assert ZMQError().errno == Errno.EFSM
    assert ZMQError(None, "words").errno == Errno.EFSM


@pytest.mark.parametrize(
    ("kind", "number"),
    [(Again, Errno.EAGAIN), (ContextTerminated, Errno.ETERM), (InterruptedSystemCall, errno.EINTR)],
)
def test_special_classes_ignore_their_arguments(kind, number):
    for e in (kind(), kind("ignored", "x"), kind(errno=5, msg="x")):
        assert e.errno == number
        assert e.strerror == strerror(number)
        assert zmq_errno() == number
        assert isinstance(e, ZMQError)


def test_texts_of_the_special_classes():
    assert repr(Again()) == f"Again({os.strerror(errno.EAGAIN)!r})"
    assert str(ContextTerminated()) == "Context was terminated"
    assert str(InterruptedSystemCall()).startswith("Interrupted system call: ")
    assert isinstance(InterruptedSystemCall(), InterruptedError)


def test_error_for_chooses_the_class():
    assert type(error_for(Errno.EAGAIN)) is Again
    assert type(error_for(Errno.ETERM)) is ContextTerminated
    assert type(error_for(errno.EINTR)) is InterruptedSystemCall
    assert type(error_for(errno.EINVAL)) is ZMQError
    assert error_for(errno.EINVAL).errno == errno.EINVAL


def test_error_for_keeps_the_message():
    assert str(error_for(Errno.EAGAIN, "no peer yet")) == "no peer yet"
    assert str(error_for(errno.ENOENT, "not bound")) == "not bound"
    assert str(Again()) == os.strerror(errno.EAGAIN)


def test_bases():
    assert issubclass(ZMQBindError, ZMQBaseError)
    assert issubclass(NotDone, ZMQBaseError)
    assert issubclass(ZMQVersionError, NotImplementedError)
    assert not issubclass(ProtocolError, ZMQBaseError)


def test_version_error():
    e = ZMQVersionError("9.0", "Telepathy")
    assert str(e) == "Telepathy requires libzmq >= 9.0, have 4.3.5"
    assert repr(e) == "ZMQVersionError('Telepathy requires libzmq >= 9.0, have 4.3.5')"


def test_check_version():
    error._check_version((4, 3))
    with pytest.raises(ZMQVersionError, match=r"libzmq >= 99\.0, have"):
        error._check_version((99, 0), "Telepathy")


def test_check_rc():
    error._check_rc(0, errno.EINVAL)
    with pytest.raises(Again):
        error._check_rc(-1, errno.EAGAIN)
    ZMQError(Errno.ETERM)
    with pytest.raises(ContextTerminated):
        error._check_rc(-1)
    error._check_rc(-1, 0, error_without_errno=False)


def test_protocol_error_carries_the_monitor_value():
    assert (
        ProtocolError("bad box", PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC).code == PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC
    )
    assert str(ProtocolError("bad box")) == "bad box"


@pytest.mark.parametrize("e", [ZMQError(errno.EINVAL, "words"), Again(), ZMQVersionError("9.0")])
def test_errors_survive_pickling(e):
    copy = pickle.loads(pickle.dumps(e))
    assert type(copy) is type(e)
    assert str(copy) == str(e)


def test_draft_fd_warning_has_a_text():
    assert "FD" in str(error.DraftFDWarning())


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Errno.EFSM, "Operation cannot be accomplished in current state"),
        (Errno.ENOCOMPATPROTO, "The protocol is not compatible with the socket type"),
        (Errno.ETERM, "Context was terminated"),
        (Errno.EMTHREAD, "No thread available"),
        (Errno.EHOSTUNREACH, "Host unreachable"),
        (errno.EINVAL, os.strerror(errno.EINVAL)),
        (99999, os.strerror(99999)),
    ],
)
def test_strerror(number, text):
    assert strerror(number) == text


def test_texts_and_tree_are_pyzmqs():
    zmq = pytest.importorskip("zmq")
    theirs = zmq.error
    assert set(error.__all__) == set(theirs.__all__)
    for number in Errno:
        assert strerror(number) == zmq.strerror(number), number
    for name in error.__all__:
        ours, original = getattr(error, name), getattr(theirs, name)
        assert [c.__name__ for c in ours.__mro__] == [c.__name__ for c in original.__mro__]
    for arguments in [(), (11,), (22, "words"), ("words",), (None, "words")]:
        a, b = ZMQError(0), theirs.ZMQError(0)
        a.__init__(*arguments)
        b.__init__(*arguments)
        if arguments[:1] not in ((), (None,)):
            assert (str(a), repr(a), a.errno, a.strerror) == (str(b), repr(b), b.errno, b.strerror)
