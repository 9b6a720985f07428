"""Endpoints: what is legal, what it means, and what the messages say about the rest."""

import errno

import pytest

from purezmq.base.endpoint import IPC_PATH_MAX_LEN, Endpoint, canonical, parse_endpoint, tcp_endpoint
from purezmq.error import ZMQError


def refusal(text, *, for_bind):
    with pytest.raises(ZMQError) as caught:
        parse_endpoint(text, for_bind=for_bind)
    assert repr(text) in str(caught.value)
    return caught.value


TCP = [
    # text, host, port, canonical form
    ("tcp://127.0.0.1:5555", "127.0.0.1", 5555, "tcp://127.0.0.1:5555"),
    ("tcp://127.0.0.1:55560", "127.0.0.1", 55560, "tcp://127.0.0.1:55560"),
    ("tcp://localhost:65535", "localhost", 65535, "tcp://localhost:65535"),
    ("tcp://my_host.example-1.com:1", "my_host.example-1.com", 1, "tcp://my_host.example-1.com:1"),
    ("tcp://127.0.0.1:05555", "127.0.0.1", 5555, "tcp://127.0.0.1:5555"),
    ("tcp://[::1]:5555", "::1", 5555, "tcp://[::1]:5555"),
    ("tcp://[fe80::1%eth0]:5555", "fe80::1%eth0", 5555, "tcp://[fe80::1%eth0]:5555"),
    ("tcp://::1:5555", "::1", 5555, "tcp://[::1]:5555"),
    ("tcp://eth0.100:5555", "eth0.100", 5555, "tcp://eth0.100:5555"),
]


@pytest.mark.parametrize("for_bind", [True, False])
@pytest.mark.parametrize(("text", "host", "port", "form"), TCP)
def test_tcp(text, host, port, form, for_bind):
    endpoint = parse_endpoint(text, for_bind=for_bind)
    assert (endpoint.scheme, endpoint.host, endpoint.port) == ("tcp", host, port)
    assert endpoint.text == text
    assert canonical(endpoint) == str(endpoint) == form


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("tcp://*:5555", "*", 5555),
        ("tcp://*:*", "*", 0),
        ("tcp://*:0", "*", 0),
        ("tcp://127.0.0.1:*", "127.0.0.1", 0),
        ("tcp://[*]:5555", "*", 5555),
        ("tcp://[::]:*", "::", 0),
        ("tcp://lo:5555", "lo", 5555),
    ],
)
def test_tcp_wildcards_in_bind(text, host, port):
    endpoint = parse_endpoint(text, for_bind=True)
    assert (endpoint.host, endpoint.port) == (host, port)


@pytest.mark.parametrize(
    ("text", "source", "form"),
    [
        ("tcp://10.0.0.1:6000;10.0.0.2:5555", ("10.0.0.1", 6000), "tcp://10.0.0.1:6000;10.0.0.2:5555"),
        ("tcp://10.0.0.1:*;10.0.0.2:5555", ("10.0.0.1", 0), "tcp://10.0.0.1:0;10.0.0.2:5555"),
        ("tcp://eth0:0;10.0.0.2:5555", ("eth0", 0), "tcp://eth0:0;10.0.0.2:5555"),
        ("tcp://*:7000;10.0.0.2:5555", ("*", 7000), "tcp://*:7000;10.0.0.2:5555"),
    ],
)
def test_tcp_source_address(text, source, form):
    endpoint = parse_endpoint(text, for_bind=False)
    assert (endpoint.source_host, endpoint.source_port) == source
    assert (endpoint.host, endpoint.port) == ("10.0.0.2", 5555)
    assert (endpoint.text, str(endpoint)) == (text, form)


def test_tcp_source_address_in_ipv6():
    endpoint = parse_endpoint("tcp://[::1]:0;[::2]:5555", for_bind=False)
    assert (endpoint.source_host, endpoint.host) == ("::1", "::2")
    assert str(endpoint) == "tcp://[::1]:0;[::2]:5555"


BAD_TCP_BIND = [
    ("tcp://*.5559", "no port; did you mean tcp://*:5559?"),
    ("tcp://127.0.0.1.5559", "no port; did you mean tcp://127.0.0.1:5559?"),
    ("tcp://localhost.5559", "no port; did you mean tcp://localhost:5559?"),
    ("tcp://192.168.0.1", "no port; did you mean tcp://192.168.0.1:5555?"),
    ("tcp://*", "no port; did you mean tcp://*:5555?"),
    ("tcp://*.", "no port; did you mean tcp://*:5555?"),
    ("tcp://127.0.0.1:", "no port; did you mean tcp://127.0.0.1:5555?"),
    ("tcp://[::1]", "no port; did you mean tcp://[::1]:5555?"),
    ("tcp://[::1]5555", "no port; did you mean tcp://[::1]:5555?"),
    ("tcp://fe80::1", "no port, and IPv6 addresses go in brackets; did you mean tcp://[fe80::1]:5555?"),
    ("tcp://5555", "no host; did you mean tcp://*:5555?"),
    ("tcp://:5555", "no host; did you mean tcp://*:5555?"),
    ("tcp://:", "no host; did you mean tcp://*:5555?"),
    ("tcp://*:70000", "port 70000 is above 65535"),
    ("tcp://*:65536", "port 65536 is above 65535"),
    ("tcp://*:" + "9" * 5000, "port 99999999999999999999 is above 65535"),
    ("tcp://*:34512x", "the port '34512x' is not a number; did you mean tcp://*:34512?"),
    ("tcp://*:5586 ", "the port '5586 ' is not a number; did you mean tcp://*:5586?"),
    ("tcp://*:5586/", "the port '5586/' is not a number; did you mean tcp://*:5586?"),
    ("tcp://*: 5586", "the port ' 5586' is not a number; did you mean tcp://*:5586?"),
    ("tcp://*:-1", "the port '-1' is not a number from 1 to 65535"),
    ("tcp://*:+5", "the port '+5' is not a number from 1 to 65535"),
    ("tcp://*:http", "the port 'http' is not a number from 1 to 65535"),
    ("tcp://*:٥٥", "is not a number from 1 to 65535"),
    ("tcp://*:²", "is not a number from 1 to 65535"),
    ("tcp://[::1:5555", "needs a ] after it"),
    (
        "tcp://[127.0.0.1]:5555",
        "not an IPv6 address; only those go in brackets; did you mean tcp://127.0.0.1:5555?",
    ),
    ("tcp://[::zz]:5555", "'::zz' is not an IPv6 address"),
    ("tcp://a:b:5555", "more than one ':'"),
    ("tcp://300.1.1.1:5555", "300.1.1.1 is not an IPv4 address: 300 is above 255"),
    ("tcp:///x:5555", "'/' cannot be in a host name"),
    ("tcp://a b:5555", "' ' cannot be in a host name"),
    ("tcp://-a:5555", "'-' cannot be in a host name"),
    ("tcp://höst:5555", "is not ASCII; write such names in their xn-- form"),
    ("tcp://" + "a" * 256 + ":5555", "the host name has 256 characters, 255 are possible"),
    ("tcp://h\0:5555", "NUL"),
    ("tcp://10.0.0.1:0;*:5555", "is for connect only; did you mean tcp://*:5555?"),
    ("tcp://*:5555;", "a ; stands between two addresses"),
]


@pytest.mark.parametrize(("text", "message"), BAD_TCP_BIND)
def test_malformed_tcp_in_bind(text, message):
    error = refusal(text, for_bind=True)
    assert error.errno == errno.EINVAL
    assert message in str(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tcp://*:5555", "works in bind only; name the peer's host; did you mean tcp://127.0.0.1:5555?"),
        ("tcp://localhost:*", "port * means any free port, so it works in bind only"),
        ("tcp://localhost:0", "port 0 means any free port, so it works in bind only"),
        ("tcp://:5555", "no host; did you mean tcp://127.0.0.1:5555?"),
        ("tcp://5555", "no host; did you mean tcp://127.0.0.1:5555?"),
        ("tcp://localhost.5555", "no port; did you mean tcp://localhost:5555?"),
        ("tcp://10.0.0.1;10.0.0.2:5555", "no source port; did you mean tcp://10.0.0.1:0;10.0.0.2:5555?"),
        ("tcp://10.0.0.1:x;10.0.0.2:5555", "the source port 'x' is not a number"),
        ("tcp://10.0.0.1:1;10.0.0.2.5555", "no port; did you mean tcp://10.0.0.1:1;10.0.0.2:5555?"),
        ("tcp://a/b:1;10.0.0.2:5555", "'/' cannot be in a source host name"),
        ("tcp://;10.0.0.2:5555", "a ; stands between two addresses"),
        ("ipc://*", "works in bind only; connect to the binder's LAST_ENDPOINT"),
    ],
)
def test_malformed_in_connect(text, message):
    error = refusal(text, for_bind=False)
    assert error.errno == errno.EINVAL
    assert message in str(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no transport; expected transport://address, such as tcp://127.0.0.1:5555"),
        ("tcp", "no transport; expected transport://address, such as"),
        ("tcp:", "no transport; expected transport://address, such as"),
        ("://x", "no transport; expected transport://address, such as"),
        ("tcp:/h:5", "did you mean tcp://h:5?"),
        ("tcp//h:5", "did you mean tcp://h:5?"),
        ("tcp:h:5", "did you mean tcp://h:5?"),
        ("localhost:5555", "did you mean tcp://localhost:5555?"),
        ("*:5555", "did you mean tcp://*:5555?"),
        ("/tmp/feed", "did you mean ipc:///tmp/feed?"),
        ("@feed", "did you mean ipc://@feed?"),
        ("tcp://", "nothing after tcp://; expected tcp://host:port"),
        ("ipc://", "nothing after ipc://; expected ipc://path"),
        ("inproc://", "nothing after inproc://; expected inproc://name"),
    ],
)
def test_missing_parts(text, message):
    error = refusal(text, for_bind=True)
    assert error.errno == errno.EINVAL
    assert message in str(error)


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("tpc://*:5555", "tcp"),
        ("TCP://*:5555", "tcp"),
        (" tcp://*:5555", "tcp"),
        ("ipcs:///tmp/x", "ipc"),
        ("inprco://x", "inproc"),
        ("http://x", None),
    ],
)
def test_unknown_transport(text, guess):
    error = refusal(text, for_bind=True)
    assert error.errno == errno.EPROTONOSUPPORT
    assert "the transports are tcp://, ipc://, inproc://" in str(error)
    assert ("did you mean" in str(error)) == (guess is not None)
    if guess:
        assert f"did you mean {guess}://?" in str(error)


@pytest.mark.parametrize("scheme", ["vmci", "norm"])
def test_transports_that_are_not_there_yet(scheme):
    error = refusal(f"{scheme}://127.0.0.1:5555", for_bind=False)
    assert error.errno == errno.EPROTONOSUPPORT
    assert f"{scheme}:// is not available in this version of purezmq" in str(error)


@pytest.mark.parametrize("for_bind", [True, False])
@pytest.mark.parametrize("path", ["/tmp/feed.ipc", "feed", "@feed", "a b;c:d", "/tmp/ü"])
def test_ipc(path, for_bind):
    endpoint = parse_endpoint(f"ipc://{path}", for_bind=for_bind)
    assert (endpoint.scheme, endpoint.path, endpoint.port) == ("ipc", path, None)
    assert str(endpoint) == endpoint.text == f"ipc://{path}"


def test_ipc_wildcard_in_bind():
    assert parse_endpoint("ipc://*", for_bind=True).path == "*"


def test_ipc_path_may_have_as_many_bytes_as_the_system_allows():
    assert len(parse_endpoint("ipc://" + "a" * IPC_PATH_MAX_LEN, for_bind=True).path) == IPC_PATH_MAX_LEN
    assert parse_endpoint("ipc://@" + "a" * (IPC_PATH_MAX_LEN - 1), for_bind=True).path
    assert parse_endpoint("ipc://" + "a/" * IPC_PATH_MAX_LEN, for_bind=True).path  # by way of its directory
    for too_long, limit in (
        ("a" * 4096, 4095),
        ("ü" + "a" * 4094, 4095),
        ("@" + "a" * IPC_PATH_MAX_LEN, IPC_PATH_MAX_LEN),
    ):
        error = refusal(f"ipc://{too_long}", for_bind=False)
        assert error.errno == errno.ENAMETOOLONG
        assert f"has {limit + 1} bytes, the system allows {limit}" in str(error)


def test_lone_at_sign():
    error = refusal("ipc://@", for_bind=True)
    assert error.errno == errno.EINVAL
    assert "expected ipc://@name" in str(error)


def test_inproc():
    endpoint = parse_endpoint("inproc://a b#*", for_bind=True)
    assert (endpoint.scheme, endpoint.name, endpoint.port, str(endpoint)) == (
        "inproc",
        "a b#*",
        None,
        "inproc://a b#*",
    )
    assert parse_endpoint("inproc://" + "a" * 256, for_bind=False).name


def test_inproc_name_is_bounded():
    error = refusal("inproc://" + "a" * 257, for_bind=True)
    assert error.errno == errno.ENAMETOOLONG
    assert "257 characters, 256 are allowed" in str(error)


def test_bytes_are_taken_as_text():
    assert parse_endpoint(b"tcp://127.0.0.1:5555", for_bind=True).host == "127.0.0.1"
    assert parse_endpoint(b"ipc:///tmp/\xff", for_bind=True).path == "/tmp/\udcff"


@pytest.mark.parametrize("wrong", [5, None, ["tcp://*:5555"]])
def test_other_types_are_refused(wrong):
    with pytest.raises(TypeError, match="Expected addr to be str"):
        parse_endpoint(wrong, for_bind=True)


def test_endpoint_of_a_system_address():
    assert str(tcp_endpoint("127.0.0.1", 5555)) == "tcp://127.0.0.1:5555"
    assert str(tcp_endpoint("::1", 5555)) == "tcp://[::1]:5555"
    assert tcp_endpoint("::1", 5555) == parse_endpoint("tcp://[::1]:5555", for_bind=True)


def test_endpoints_are_values():
    endpoint = parse_endpoint("tcp://127.0.0.1:5555", for_bind=True)
    assert isinstance(endpoint, Endpoint)
    assert {endpoint: 1}[parse_endpoint(b"tcp://127.0.0.1:5555", for_bind=False)] == 1
    with pytest.raises(AttributeError):
        endpoint.port = 1
