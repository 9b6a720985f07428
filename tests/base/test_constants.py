"""The numbers are libzmq's and the names pyzmq's."""

import enum
import errno

import pytest

from purezmq import constants, numbers
from purezmq.constants import Errno, Event, Flag, SocketOption, SocketType

FLAT_PREFIXES = {
    "Event": "EVENT_",
    "NormMode": "NORM_",
    "ReconnectStop": "RECONNECT_STOP_",
    "RouterNotify": "NOTIFY_",
}


def enums(module):
    found = {name: getattr(module, name) for name in module.__all__}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, type) and value not in (enum.Enum, enum.IntEnum, enum.IntFlag)
    }


def test_every_name_of_pyzmq_is_here_with_its_value():
    theirs = pytest.importorskip("zmq.constants")
    for name in theirs.__all__:
        assert hasattr(constants, name), name
    assert set(enums(theirs)) == set(enums(constants))
    for name, their_enum in enums(theirs).items():
        ours = getattr(constants, name)
        assert ours.__mro__[1] is their_enum.__mro__[1], name
        assert {k: v.value for k, v in ours.__members__.items()} == {
            k: v.value for k, v in their_enum.__members__.items()
        }, name
        assert [member.name for member in ours] == [member.name for member in their_enum], name
    for option in theirs.SocketOption:
        assert SocketOption(option)._opt_type.value == option._opt_type.value, option
    for name in set(theirs.__all__) - set(enums(theirs)) - {"Enum", "IntEnum", "IntFlag"}:
        flat, their_flat = getattr(constants, name), getattr(theirs, name)
        assert (type(flat).__name__, flat.name, flat.value) == (
            type(their_flat).__name__,
            their_flat.name,
            their_flat.value,
        )


def test_every_member_has_a_flat_name():
    for enum_name, kind in enums(constants).items():
        for name, member in kind.__members__.items():
            prefix = "" if name.startswith("PROTOCOL_") else FLAT_PREFIXES.get(enum_name, "")
            assert getattr(constants, prefix + name) is member
            assert prefix + name in constants.__all__


def test_all_lists_what_exists_once():
    assert len(constants.__all__) == len(set(constants.__all__))
    for name in constants.__all__:
        assert hasattr(constants, name), name


def test_deprecated_names_are_aliases():
    assert constants.IDENTITY is SocketOption.ROUTING_ID
    assert constants.CONNECT_RID is SocketOption.CONNECT_ROUTING_ID
    assert constants.DELAY_ATTACH_ON_CONNECT is SocketOption.IMMEDIATE
    assert constants.FAIL_UNROUTABLE is constants.ROUTER_BEHAVIOR is SocketOption.ROUTER_MANDATORY
    assert constants.XREQ is SocketType.DEALER
    assert constants.XREP is SocketType.ROUTER
    assert constants.NOBLOCK is Flag.DONTWAIT


def test_flags_combine():
    assert constants.DONTWAIT | constants.SNDMORE == 3
    assert constants.EVENT_CONNECTED | constants.EVENT_CLOSED in Event.ALL
    assert constants.PROTOCOL_ERROR_ZMTP_INVALID_METADATA == 0x10000018


def test_system_errors_have_the_system_numbers_and_zeromq_errors_their_own():
    assert Errno.EAGAIN == errno.EAGAIN
    assert Errno.EFSM == 156384763
    assert Errno.ETERM == 156384765


def test_an_error_that_the_platform_lacks_gets_a_number_of_libzmqs():
    assert numbers._number("ENOSUCHNAME", 7, windows=1) == 156384719


def test_windows_uses_the_c_runtimes_numbers(monkeypatch):
    monkeypatch.setattr(numbers.sys, "platform", "win32")
    assert numbers._number("EADDRINUSE", 5, windows=100) == 100
