"""Socket options: defaults, reading back what was set, and refusing what makes no sense."""

from __future__ import annotations

import errno

import pytest

import purezmq as zmq

# name -> (default, another legal value)
INTEGERS = {
    "AFFINITY": (0, 1),
    "SNDBUF": (-1, 65536),
    "RCVBUF": (-1, 65536),
    "LINGER": (-1, 100),
    "RECONNECT_IVL": (100, 250),
    "RECONNECT_IVL_MAX": (0, 2000),
    "BACKLOG": (100, 5),
    "MAXMSGSIZE": (-1, 1 << 40),
    "SNDHWM": (1000, 0),
    "RCVHWM": (1000, 7),
    "RCVTIMEO": (-1, 500),
    "SNDTIMEO": (-1, 0),
    "TCP_KEEPALIVE": (-1, 1),
    "TCP_KEEPALIVE_CNT": (-1, 3),
    "TCP_KEEPALIVE_IDLE": (-1, 60),
    "TCP_KEEPALIVE_INTVL": (-1, 10),
    "IMMEDIATE": (0, 1),
    "IPV6": (0, 1),
    "CONFLATE": (0, 1),
    "TOS": (0, 0x28),
    "HANDSHAKE_IVL": (30000, 0),
    "HEARTBEAT_IVL": (0, 1000),
    "HEARTBEAT_TTL": (0, 3000),
    "HEARTBEAT_TIMEOUT": (-1, 2000),
    "CONNECT_TIMEOUT": (0, 700),
    "TCP_MAXRT": (0, 700),
    "USE_FD": (-1, -1),
}
READ_ONLY = {
    "TYPE": zmq.DEALER,
    "RCVMORE": 0,
    "MECHANISM": zmq.NULL,
    "EVENTS": 0,
    "THREAD_SAFE": 0,
    "LAST_ENDPOINT": b"",
}
WRITE_ONLY = ["PROBE_ROUTER", "ROUTER_MANDATORY", "XPUB_VERBOSE", "REQ_RELAXED", "CONNECT_ROUTING_ID"]
NOT_NEGATIVE = ["SNDHWM", "RCVHWM", "BACKLOG", "RECONNECT_IVL_MAX", "HANDSHAKE_IVL", "TOS"]
BOOLEANS = ["IPV6", "IMMEDIATE", "CONFLATE"]


def number_of(name):
    return getattr(zmq, name)


def errno_of(call, *args):
    with pytest.raises(zmq.ZMQError) as caught:
        call(*args)
    return caught.value.errno


@pytest.mark.parametrize("name", INTEGERS)
def test_an_integer_option_has_its_default_and_reads_back(context, name):
    default, other = INTEGERS[name]
    with context.socket(zmq.DEALER) as socket:
        assert socket.get(number_of(name)) == default
        socket.set(number_of(name), other)
        assert socket.get(number_of(name)) == other


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_cannot_be_set(new_socket, name):
    socket = new_socket(zmq.DEALER)
    assert socket.get(number_of(name)) == READ_ONLY[name]
    value = b"x" if isinstance(READ_ONLY[name], bytes) else 1
    assert errno_of(socket.set, number_of(name), value) == errno.EINVAL


@pytest.mark.parametrize("name", WRITE_ONLY)
def test_what_cannot_be_read(new_socket, name):
    socket = new_socket(zmq.DEALER)
    assert errno_of(socket.get, number_of(name)) == errno.EINVAL
    with pytest.raises(AttributeError):
        getattr(socket, name.lower())


@pytest.mark.parametrize("name", NOT_NEGATIVE)
def test_a_negative_amount_is_einval(new_socket, name):
    assert errno_of(new_socket(zmq.DEALER).set, number_of(name), -2) == errno.EINVAL


@pytest.mark.parametrize("name", BOOLEANS)
def test_a_strict_boolean_takes_only_0_and_1(new_socket, name):
    assert errno_of(new_socket(zmq.DEALER).set, number_of(name), 2) == errno.EINVAL


@pytest.mark.parametrize("value", [b"", b"x" * 256])
def test_a_routing_id_has_1_to_255_bytes(new_socket, value):
    assert errno_of(new_socket(zmq.DEALER).set, zmq.ROUTING_ID, value) == errno.EINVAL


def test_a_routing_id_is_empty_at_first_and_reads_back(new_socket):
    socket = new_socket(zmq.DEALER)
    assert socket.get(zmq.ROUTING_ID) == b""
    socket.set(zmq.ROUTING_ID, b"me")
    assert socket.get(zmq.ROUTING_ID) == b"me"


def test_a_routing_id_keeps_its_zero_bytes(new_socket):
    socket = new_socket(zmq.DEALER)
    socket.routing_id = b"a\0b\0"
    assert socket.routing_id == b"a\0b\0"


@pytest.mark.parametrize(
    ("socket_type", "name"),
    [
        (zmq.DEALER, "SUBSCRIBE"),
        (zmq.XSUB, "UNSUBSCRIBE"),
        (zmq.DEALER, "XPUB_WELCOME_MSG"),
        (zmq.DEALER, "CONNECT_ROUTING_ID"),
    ],
    ids=str,
)
def test_an_option_of_another_socket_type_is_einval(new_socket, socket_type, name):
    assert errno_of(new_socket(socket_type).set, number_of(name), b"x") == errno.EINVAL


def test_an_unknown_number_is_einval(new_socket):
    socket = new_socket(zmq.DEALER)
    assert errno_of(socket.get, 12345) == errno.EINVAL
    assert errno_of(socket.set, 12345, 1) == errno.EINVAL


def test_values_of_the_wrong_type_are_type_errors(new_socket):
    socket = new_socket(zmq.DEALER)
    with pytest.raises(TypeError):
        socket.set(zmq.LINGER, b"1")
    with pytest.raises(TypeError):
        socket.set(zmq.ROUTING_ID, 1)
    with pytest.raises(TypeError, match="string"):
        socket.set(zmq.ROUTING_ID, "text")


def test_attributes_are_options_in_any_case(new_socket):
    socket = new_socket(zmq.DEALER)
    socket.linger = 5
    assert socket.LINGER == socket.linger == socket.Linger == 5
    socket.SNDHWM = 3
    assert socket.sndhwm == 3


def test_unknown_attributes_are_attribute_errors(new_socket):
    socket = new_socket(zmq.DEALER)
    with pytest.raises(AttributeError):
        socket.no_such_option
    with pytest.raises(AttributeError):
        socket.no_such_option = 1


def test_the_older_names_do_the_same(new_socket):
    socket = new_socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 9)
    assert socket.getsockopt(zmq.LINGER) == 9
    socket.identity = b"old"
    assert socket.routing_id == socket.get(zmq.IDENTITY) == b"old"


def test_text_has_its_own_calls(new_socket):
    socket = new_socket(zmq.DEALER)
    socket.set_string(zmq.ROUTING_ID, "grün")
    assert socket.get_string(zmq.ROUTING_ID) == "grün"
    socket.setsockopt_string(zmq.ROUTING_ID, "blue")
    assert socket.getsockopt_string(zmq.ROUTING_ID) == "blue"


def test_hwm_is_both_high_water_marks(new_socket):
    socket = new_socket(zmq.DEALER)
    socket.hwm = 17
    assert socket.sndhwm == socket.rcvhwm == socket.hwm == socket.get_hwm() == 17
    socket.set_hwm(18)
    assert (socket.sndhwm, socket.rcvhwm) == (18, 18)


def test_topics_count_counts_distinct_topics(new_socket, eventually):
    sub, pub = new_socket(zmq.SUB), new_socket(zmq.PUB)
    pub.bind("inproc://topics-count")
    sub.connect("inproc://topics-count")
    for topic in (b"a", b"b", b"a"):
        sub.subscribe(topic)
    assert sub.get(zmq.TOPICS_COUNT) == 2
    eventually(
        lambda: pub.get(zmq.EVENTS) and pub.get(zmq.TOPICS_COUNT) == 2, "the publisher to know both topics"
    )


def test_every_socket_knows_its_type(context):
    for kind in (zmq.PAIR, zmq.PUB, zmq.SUB, zmq.REQ, zmq.REP, zmq.DEALER, zmq.ROUTER, zmq.PULL, zmq.PUSH):
        with context.socket(kind) as socket:
            assert socket.type == socket.get(zmq.TYPE) == kind
    for kind in (zmq.XPUB, zmq.XSUB, zmq.STREAM):
        with context.socket(kind) as socket:
            assert socket.type == kind
