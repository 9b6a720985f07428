"""Options: every row of the table, and that libzmq accepts and refuses the same values."""

import errno
import sys

import pytest

from purezmq.base import z85
from purezmq.base.options import CONTEXT_OPTIONS, OPTIONS, ContextOptions, SocketOptions
from purezmq.constants import ContextOption, Errno, SecurityMechanism, SocketOption, SocketType
from purezmq.error import ZMQError

INT_MAX = 2**31 - 1

ROWS = [pytest.param(row, id=row.name) for row in OPTIONS.values()]
STORED = [p for p in ROWS if not p.values[0].computed and p.values[0].name != "BLOCKY"]
SUPPORTED = [p for p in STORED if p.values[0].supported]
MISSING = [p for p in ROWS if not p.values[0].supported]
COMPUTED = {
    "EVENTS",
    "FD",
    "LAST_ENDPOINT",
    "MECHANISM",
    "RCVMORE",
    "SUBSCRIBE",
    "THREAD_SAFE",
    "TOPICS_COUNT",
    "TYPE",
    "UNSUBSCRIBE",
}
# Set through rules of their own, tested one by one below.
VIEWS = {"HWM", "IPV4ONLY", "PLAIN_SERVER", "CURVE_SERVER", "GSSAPI_SERVER"}  # of other values
SPECIAL = {
    "CURVE_PUBLICKEY",  # its three lengths: test_keys_of_curve
    "CURVE_SECRETKEY",
    "CURVE_SERVERKEY",
    "HEARTBEAT_TTL",
    "IPC_FILTER_GID",
    "IPC_FILTER_PID",
    "IPC_FILTER_UID",
    "METADATA",
    "SOCKS_PROXY",
    "TCP_ACCEPT_FILTER",
}


def options_for(row, **more):
    """Options of a socket that knows the option."""
    return SocketOptions(min(row.socket_types) if row.socket_types else SocketType.DEALER, **more)


def refusal(options, number, value):
    with pytest.raises(ZMQError) as caught:
        options.set(number, value)
    return caught.value


def edges(row):
    """Values at the ends of the legal range, and just outside of it."""
    if row.kind == "bytes":
        longest = min(row.high, 300)
        outside = [b"x" * (row.high + 1)] if row.high < 300 else []
        return [b"x" * row.low, b"x" * longest], outside + ([b"x" * (row.low - 1)] if row.low else [])
    return [row.low, row.high], [row.low - 1, row.high + 1]


def test_every_option_of_pyzmq_has_a_row():
    assert set(OPTIONS) == {int(option) for option in SocketOption}
    assert {row.name for row in OPTIONS.values()} == {option.name for option in SocketOption}
    assert {row.name for row in OPTIONS.values() if row.computed} == COMPUTED


@pytest.mark.parametrize("row", ROWS)
def test_row_agrees_with_the_enum(row):
    option = SocketOption[row.name]
    assert row.number == option
    assert row.kind == option._opt_type.value
    assert row.attribute == row.name.lower()


def test_the_class_declares_exactly_the_stored_attributes():
    assert set(SocketOptions.__annotations__) == set(SocketOptions.__slots__)
    assert set(ContextOptions.__annotations__) == set(ContextOptions.__slots__)


@pytest.mark.parametrize("row", STORED)
def test_default(row):
    options = options_for(row)
    if row.name not in SPECIAL and row.name not in VIEWS:
        assert getattr(options, row.attribute) == row.default
    if row.readable:
        assert options.get(row.number) == row.default


@pytest.mark.parametrize("row", [p for p in SUPPORTED if p.values[0].name not in SPECIAL])
def test_legal_values_are_stored(row):
    if row.name == "CURVE_SERVER":
        pytest.importorskip("nacl")
    for value in edges(row)[0]:
        options = options_for(row)
        options.set(row.number, value)
        expected = int(value != 0) if row.is_flag else value
        if row.readable:
            assert options.get(row.number) == expected
        if row.name not in VIEWS:
            assert getattr(options, row.attribute) == expected


@pytest.mark.parametrize("row", SUPPORTED)
def test_values_out_of_range_are_refused_with_the_range(row):
    for value in edges(row)[1]:
        error = refusal(options_for(row), row.number, value)
        assert error.errno == errno.EINVAL
        assert row.name in str(error)
        assert row.legal in str(error)
        assert (f"{len(value)} bytes" if isinstance(value, bytes) else str(value)) in str(error)


@pytest.mark.parametrize("row", [p for p in ROWS if p.values[0].writable])
def test_wrong_types_are_refused_as_in_pyzmq(row):
    options = options_for(row)
    with pytest.raises(TypeError, match="unicode not allowed, use setsockopt_string"):
        options.set(row.number, "text")
    expected = "bytes" if row.kind == "bytes" else "int"
    wrong = [1, None, 1.5, bytearray(b"x")] if expected == "bytes" else [b"x", None, 1.5, [1]]
    for value in wrong:
        with pytest.raises(TypeError, match=f"expected {expected}, got: "):
            options.set(row.number, value)


@pytest.mark.parametrize("row", ROWS)
def test_access(row):
    options = options_for(row)
    if not row.writable:
        error = refusal(options, row.number, b"" if row.kind == "bytes" else 0)
        assert (error.errno, f"{row.name} cannot be set" in str(error)) == (errno.EINVAL, True)
    if not row.readable:
        with pytest.raises(ZMQError, match=f"{row.name} cannot be read") as caught:
            options.get(row.number)
        assert caught.value.errno == errno.EINVAL


@pytest.mark.parametrize("row", [p for p in ROWS if p.values[0].socket_types])
def test_other_sockets_do_not_know_the_option(row):
    for socket_type in set(SocketType) - row.socket_types:
        options = SocketOptions(socket_type)
        value = b"x" if row.kind == "bytes" else 1
        error = refusal(options, row.number, value)
        assert error.errno == errno.EINVAL
        assert f"{row.name} is an option of " in str(error)
        assert f"this is a {SocketType(socket_type).name} socket" in str(error)
        with pytest.raises(ZMQError):
            options.get(row.number)


@pytest.mark.parametrize("row", MISSING)
def test_what_is_not_built_yet_takes_its_default_and_nothing_else(row):
    options = options_for(row)
    options.set(row.number, row.default)
    legal, outside = edges(row)
    for value in {*legal} - {row.default}:
        error = refusal(options, row.number, value)
        assert error.errno in (errno.EINVAL, Errno.ENOTSUP)
        assert f"this version of purezmq does not have {row.missing}" in str(error)
    for value in {*outside} - {row.default}:
        assert refusal(options, row.number, value).errno == errno.EINVAL
    assert getattr(options, row.attribute) == row.default


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("NORM_MODE", errno.EINVAL),
        ("VMCI_CONNECT_TIMEOUT", errno.EINVAL),
    ],
)
def test_missing_features_have_the_errno_of_a_libzmq_without_them(name, number):
    row = OPTIONS[SocketOption[name]]
    value = b"x" if row.kind == "bytes" else 1 - row.default if row.high == 1 else 3
    assert refusal(options_for(row), row.number, value).errno == number


@pytest.mark.parametrize("row", [p for p in ROWS if p.values[0].computed])
def test_computed_options_are_left_to_the_socket(row):
    options = options_for(row)
    if row.readable:
        assert options.readable(row.number) is row
        with pytest.raises(ZMQError, match="read it from the socket"):
            options.get(row.number)
    if row.writable:
        assert options.check(row.number, b"topic") == b"topic"
        assert options.check(row.number, b"") == b""
        with pytest.raises(ZMQError, match="set it on the socket"):
            options.set(row.number, b"topic")


def test_unknown_numbers():
    options = SocketOptions(SocketType.PUSH)
    assert refusal(options, 999, 1).errno == errno.EINVAL
    with pytest.raises(ZMQError, match="999 is not a socket option"):
        options.get(999)
    with pytest.raises(TypeError, match="expected int"):
        options.set(999, b"x")
    for wrong in ("LINGER", None, 1.5):
        with pytest.raises(TypeError, match="an integer is required"):
            options.set(wrong, 1)
        with pytest.raises(TypeError, match="an integer is required"):
            options.get(wrong)


def test_unknown_socket_type():
    with pytest.raises(ZMQError, match="99 is not a socket type") as caught:
        SocketOptions(99)
    assert caught.value.errno == errno.EINVAL


def test_blocky_belongs_to_the_context():
    error = refusal(SocketOptions(SocketType.PUSH), SocketOption.BLOCKY, 0)
    assert "an option of the context" in str(error)


def test_anything_that_is_an_int_is_taken_as_one():
    options = SocketOptions(SocketType.PUSH)
    options.set(SocketOption.IMMEDIATE, True)
    options.set(SocketOption.RECONNECT_STOP, SocketOption.AFFINITY)
    assert (type(options.immediate), options.immediate) == (int, 1)
    assert type(options.reconnect_stop) is int


@pytest.mark.parametrize("socket_type", list(SocketType), ids=lambda t: t.name)
def test_linger_of_a_new_socket(socket_type):
    receives_only = socket_type in (SocketType.SUB, SocketType.XSUB, SocketType.DISH)
    assert SocketOptions(socket_type).linger == (0 if receives_only else -1)
    context = ContextOptions()
    context.set(SocketOption.BLOCKY, 0)
    assert SocketOptions(socket_type, context).linger == 0


def test_ipv6_default_comes_from_the_context():
    context = ContextOptions()
    assert SocketOptions(SocketType.PUSH, context).ipv6 == 0
    context.set(SocketOption.IPV6, 1)
    assert SocketOptions(SocketType.PUSH, context).ipv6 == 1


def test_hwm_sets_both():
    options = SocketOptions(SocketType.PUSH)
    options.set(SocketOption.HWM, 7)
    assert (options.sndhwm, options.rcvhwm, options.get(SocketOption.HWM)) == (7, 7, 7)


def test_ipv4only_is_the_inverse_of_ipv6():
    options = SocketOptions(SocketType.PUSH)
    options.set(SocketOption.IPV4ONLY, 0)
    assert (options.ipv6, options.get(SocketOption.IPV4ONLY)) == (1, 0)
    options.set(SocketOption.IPV6, 0)
    assert options.get(SocketOption.IPV4ONLY) == 1


@pytest.mark.parametrize(
    ("value", "stored"), [(0, 0), (99, 0), (-99, 0), (100, 100), (155, 100), (6553599, 6553500)]
)
def test_heartbeat_ttl_is_kept_in_tenths_of_a_second(value, stored):
    options = SocketOptions(SocketType.PUSH)
    options.set(SocketOption.HEARTBEAT_TTL, value)
    assert options.get(SocketOption.HEARTBEAT_TTL) == options.heartbeat_ttl == stored


def test_the_last_of_xpub_verbose_and_verboser_decides():
    options = SocketOptions(SocketType.XPUB)
    options.set(SocketOption.XPUB_VERBOSER, 1)
    assert (options.xpub_verbose, options.xpub_verboser) == (1, 1)
    options.set(SocketOption.XPUB_VERBOSE, 1)
    assert (options.xpub_verbose, options.xpub_verboser) == (1, 0)
    options.set(SocketOption.XPUB_VERBOSER, 0)
    assert (options.xpub_verbose, options.xpub_verboser) == (0, 0)


def test_last_value_implies_manual():
    options = SocketOptions(SocketType.XPUB)
    options.set(SocketOption.XPUB_MANUAL_LAST_VALUE, 5)
    assert (options.xpub_manual, options.xpub_manual_last_value) == (1, 1)


@pytest.mark.parametrize("name", ["IPC_FILTER_PID", "IPC_FILTER_UID", "IPC_FILTER_GID"])
def test_ipc_filters_accumulate(name):
    options = SocketOptions(SocketType.PULL)
    options.set(SocketOption[name], 5)
    options.set(SocketOption[name], 6)
    assert getattr(options, name.lower()) == {5, 6}


def test_accept_filters_accumulate_and_can_be_cleared():
    options = SocketOptions(SocketType.PULL)
    options.set(SocketOption.TCP_ACCEPT_FILTER, b"127.0.0.1")
    options.set(SocketOption.TCP_ACCEPT_FILTER, b"10.1.2.3/8")
    assert options.tcp_accept_filter == ("127.0.0.1/32", "10.0.0.0/8")
    options.set(SocketOption.TCP_ACCEPT_FILTER, b"")
    assert options.tcp_accept_filter == ()


@pytest.mark.parametrize("text", [b"::1", b"[::1]", b"::1/128"])
def test_accept_filter_takes_ipv6_when_the_socket_does(text):
    options = SocketOptions(SocketType.PULL)
    assert "set IPV6 to 1 first" in str(refusal(options, SocketOption.TCP_ACCEPT_FILTER, text))
    options.set(SocketOption.IPV6, 1)
    options.set(SocketOption.TCP_ACCEPT_FILTER, text)
    assert options.tcp_accept_filter == ("::1/128",)


@pytest.mark.parametrize(
    "text", [b"localhost", b"lo", b"127.0.0.1/33", b"127.0.0.1/", b"127.0.0.1/x", b"*", b"\xff"]
)
def test_accept_filter_refuses_what_is_no_network(text):
    error = refusal(SocketOptions(SocketType.PULL), SocketOption.TCP_ACCEPT_FILTER, text)
    assert error.errno == errno.EINVAL
    assert "such as 10.0.0.0/8" in str(error)


def test_metadata_accumulates():
    options = SocketOptions(SocketType.PULL)
    options.set(SocketOption.METADATA, b"X-a:1")
    before = options.copy()
    options.set(SocketOption.METADATA, b"X-b:x:y")
    options.set(SocketOption.METADATA, b"X-a:four")
    assert options.metadata == {"X-a": b"four", "X-b": b"x:y"}
    assert before.metadata == {"X-a": b"1"}
    assert SocketOptions(SocketType.PULL).metadata == {}


@pytest.mark.parametrize(
    "text", [b"X-a", b"X-a:", b":X-a", b"x-a:1", b"Identity:1", b"X-" + b"a" * 254 + b":1"]
)
def test_metadata_needs_a_name_and_a_value(text):
    error = refusal(SocketOptions(SocketType.PULL), SocketOption.METADATA, text)
    assert error.errno == errno.EINVAL
    assert "METADATA must be name:value" in str(error)


def test_a_copy_does_not_follow_the_original():
    options = SocketOptions(SocketType.ROUTER)
    options.set(SocketOption.SNDHWM, 5)
    options.set(SocketOption.IPC_FILTER_PID, 1)
    copy = options.copy()
    options.set(SocketOption.SNDHWM, 6)
    options.set(SocketOption.IPC_FILTER_PID, 2)
    assert (copy.socket_type, copy.sndhwm, copy.ipc_filter_pid) == (SocketType.ROUTER, 5, {1})


def test_options_that_act_at_once_are_marked():
    live = {row.name for row in OPTIONS.values() if row.live}
    assert live >= {"SUBSCRIBE", "UNSUBSCRIBE", "LINGER", "SNDHWM", "RCVHWM", "RCVTIMEO", "SNDTIMEO"}
    assert live >= {"ROUTER_MANDATORY", "ROUTER_HANDOVER", "PROBE_ROUTER", "XPUB_VERBOSE", "XPUB_VERBOSER"}
    assert live >= {"REQ_CORRELATE", "REQ_RELAXED"}
    assert not live & {"ROUTING_ID", "IPV6", "TCP_KEEPALIVE", "HEARTBEAT_IVL", "CONNECT_ROUTING_ID"}


def test_messages_help():
    dealer, router = SocketOptions(SocketType.DEALER), SocketOptions(SocketType.ROUTER)
    assert str(refusal(dealer, SocketOption.LINGER, -2)) == (
        "LINGER must be from -1 to 2147483647 (milliseconds, -1 for ever), got -2"
    )
    assert str(refusal(dealer, SocketOption.IMMEDIATE, 2)) == "IMMEDIATE must be 0 or 1, got 2"
    assert (
        str(refusal(dealer, SocketOption.ROUTING_ID, b""))
        == "ROUTING_ID must have 1 to 255 bytes, got 0 bytes"
    )
    assert str(refusal(router, SocketOption.SUBSCRIBE, b"")) == (
        "SUBSCRIBE is an option of SUB and XPUB sockets, and this is a ROUTER socket"
    )
    assert str(refusal(dealer, SocketOption.NORM_MODE, 2)) == (
        "NORM_MODE cannot be set to 2: this version of purezmq does not have the norm transport"
    )


# Security

KEYS = ["CURVE_PUBLICKEY", "CURVE_SECRETKEY", "CURVE_SERVERKEY"]


@pytest.mark.parametrize("name", KEYS)
def test_keys_of_curve(name):
    pytest.importorskip("nacl")
    options = SocketOptions(SocketType.DEALER)
    key = bytes(range(100, 132))
    for value in (key, z85.encode(key), z85.encode(key) + b"\0"):
        options.set(SocketOption[name], value)
        assert options.get(SocketOption[name]) == key
        assert options.mechanism == SecurityMechanism.CURVE
    for wrong in (b"k" * 33, b"k" * 31, b"k" * 41, b" " * 40, b"#" * 40, b"k" * 42):
        error = refusal(options, SocketOption[name], wrong)
        assert error.errno == errno.EINVAL and "kkk" not in str(error)
        assert error.__context__ is None  # a traceback would show a piece of the key


def test_the_security_option_that_was_set_last_decides():
    pytest.importorskip("nacl")
    options = SocketOptions(SocketType.DEALER)

    def state():
        return (
            options.mechanism,
            options.get(SocketOption.PLAIN_SERVER),
            options.get(SocketOption.CURVE_SERVER),
        )

    options.set(SocketOption.PLAIN_SERVER, 1)
    assert state() == (SecurityMechanism.PLAIN, 1, 0)
    options.set(SocketOption.CURVE_SERVER, 1)
    assert state() == (SecurityMechanism.CURVE, 0, 1)
    options.set(SocketOption.PLAIN_USERNAME, b"u")
    assert state() == (SecurityMechanism.PLAIN, 0, 0)
    options.set(SocketOption.CURVE_SECRETKEY, bytes(32))
    assert state() == (SecurityMechanism.CURVE, 0, 0)
    options.set(SocketOption.CURVE_SERVER, 0)
    assert state() == (SecurityMechanism.NULL, 0, 0)


def test_the_options_of_gssapi_decide_as_libzmq_does():
    options = SocketOptions(SocketType.DEALER)

    def state():
        return options.mechanism, options.get(SocketOption.GSSAPI_SERVER)

    options.set(SocketOption.GSSAPI_PLAINTEXT, 1)
    options.set(SocketOption.GSSAPI_PRINCIPAL_NAMETYPE, 2)
    assert state() == (SecurityMechanism.NULL, 0)
    options.set(SocketOption.GSSAPI_SERVER, 1)
    options.set(SocketOption.GSSAPI_PRINCIPAL, b"zmq@host")
    assert state() == (SecurityMechanism.GSSAPI, 1)
    options.set(SocketOption.GSSAPI_SERVICE_PRINCIPAL, b"zmq@host")
    assert state() == (SecurityMechanism.GSSAPI, 0)
    options.set(SocketOption.GSSAPI_SERVER, 1)
    options.set(SocketOption.GSSAPI_SERVER, 0)
    assert state() == (SecurityMechanism.GSSAPI, 0)
    options.set(SocketOption.PLAIN_SERVER, 1)
    assert state() == (SecurityMechanism.PLAIN, 0)


@pytest.mark.parametrize("name", ["PLAIN_PASSWORD", "CURVE_SECRETKEY", "SOCKS_PASSWORD"])
def test_no_message_shows_a_secret(name):
    options = SocketOptions(SocketType.DEALER)
    for value in (bytearray(b"hunter2"), [b"hunter2"], b"hunter2" * 50, b"hunter2"):
        try:
            options.set(SocketOption[name], value)
        except (TypeError, ZMQError) as error:
            assert "hunter2" not in str(error)
    assert "hunter2" not in repr(options)


def test_curve_without_pynacl_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "nacl", None)
    monkeypatch.setitem(sys.modules, "nacl.bindings", None)
    for name, value in {"CURVE_SERVER": 1, **dict.fromkeys(KEYS, b"k" * 32)}.items():
        error = refusal(SocketOptions(SocketType.DEALER), SocketOption[name], value)
        assert error.errno == Errno.ENOTSUP and "pip install 'purezmq[curve]'" in str(error)


# Contexts


# Set through rules of their own, tested one by one below.
OF_THREADS = {"THREAD_PRIORITY", "THREAD_AFFINITY_CPU_ADD", "THREAD_AFFINITY_CPU_REMOVE"}


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.name) for row in CONTEXT_OPTIONS.values() if row.name not in OF_THREADS]
)
def test_context_option(row):
    options = ContextOptions()
    if row.readable:
        assert options.get(row.number) == row.default
    for value in (row.low - 1, row.high + 1):
        if value != row.default:
            with pytest.raises(ZMQError) as caught:
                options.set(row.number, value)
            assert caught.value.errno == errno.EINVAL
    for value in (row.low, row.high):
        if row.supported and row.writable:
            options.set(row.number, value)
            assert options.get(row.number) == (int(value != 0) if row.is_flag else value)
        else:
            with pytest.raises(ZMQError) as caught:
                options.set(row.number, value)
            assert caught.value.errno == (Errno.ENOTSUP if row.writable else errno.EINVAL)
    for wrong in ("x", b"x", None, 1.5):
        if not (row.name == "THREAD_NAME_PREFIX" and wrong == "x"):
            with pytest.raises(TypeError, match="expected int, got: "):
                options.set(row.number, wrong)


def test_context_knows_every_option_of_pyzmq():
    assert {int(option) for option in ContextOption} <= set(CONTEXT_OPTIONS)


def test_socket_limit_shares_its_number_with_thread_priority():
    options = ContextOptions()
    assert options.get(ContextOption.SOCKET_LIMIT) == 65535
    options.set(ContextOption.THREAD_PRIORITY, 5)
    assert options.thread_priority == 5
    assert options.get(ContextOption.SOCKET_LIMIT) == 65535
    with pytest.raises(ZMQError, match="THREAD_PRIORITY must be from 0"):
        options.set(ContextOption.THREAD_PRIORITY, -1)


def test_processors_of_threads_are_a_set():
    options = ContextOptions()
    for number in (1, 3, 1):
        options.set(ContextOption.THREAD_AFFINITY_CPU_ADD, number)
    options.set(ContextOption.THREAD_AFFINITY_CPU_REMOVE, 1)
    assert options.thread_cpus == {3}
    for number in (1, -1):
        with pytest.raises(ZMQError) as caught:
            options.set(ContextOption.THREAD_AFFINITY_CPU_REMOVE, number)
        assert caught.value.errno == errno.EINVAL
    with pytest.raises(ZMQError):
        options.set(ContextOption.THREAD_AFFINITY_CPU_ADD, -1)


def test_a_name_prefix_is_a_number_or_a_short_text():
    options = ContextOptions()
    options.set(ContextOption.THREAD_NAME_PREFIX, "feed")
    assert options.get(ContextOption.THREAD_NAME_PREFIX) == "feed"
    for wrong in ("", "x" * 17, "ü" * 9, "a\0"):
        with pytest.raises(ZMQError, match="1 to 16 bytes"):
            options.set(ContextOption.THREAD_NAME_PREFIX, wrong)
    options.set(ContextOption.THREAD_NAME_PREFIX, 7)
    assert options.get(ContextOption.THREAD_NAME_PREFIX) == 7


@pytest.mark.parametrize("text", [b"", b"127.0.0.1:1080", b"[::1]:1080", b"proxy.example:1"])
def test_a_socks_proxy_is_host_and_port(text):
    options = SocketOptions(SocketType.PUSH)
    options.set(SocketOption.SOCKS_PROXY, text)
    assert options.get(SocketOption.SOCKS_PROXY) == text


@pytest.mark.parametrize(
    "text",
    [b"proxy", b"proxy:", b"proxy:0", b"proxy:65536", b"proxy:http", b"*:1080", b"a:1;b:2", b"s5://p:1"],
)
def test_a_socks_proxy_that_is_no_host_and_port(text):
    error = refusal(SocketOptions(SocketType.PUSH), SocketOption.SOCKS_PROXY, text)
    assert error.errno == errno.EINVAL and "SOCKS_PROXY must be host:port" in str(error)


def test_context_write_only_and_unknown():
    options = ContextOptions()
    with pytest.raises(ZMQError, match="THREAD_AFFINITY_CPU_ADD cannot be read"):
        options.get(ContextOption.THREAD_AFFINITY_CPU_ADD)
    for call in (lambda: options.get(999), lambda: options.set(999, 1)):
        with pytest.raises(ZMQError, match="999 is not a context option") as caught:
            call()
        assert caught.value.errno == errno.EINVAL


def test_context_copy():
    options = ContextOptions()
    options.set(ContextOption.IO_THREADS, 3)
    copy = options.copy()
    options.set(ContextOption.IO_THREADS, 4)
    assert copy.io_threads == 3
