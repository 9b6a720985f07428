"""Options that the kernel acts on, read back from the descriptors themselves."""

from __future__ import annotations

import errno
import os
import socket as os_socket
from pathlib import Path

import pytest

import purezmq as zmq

TCP, SOL = os_socket.IPPROTO_TCP, os_socket.SOL_SOCKET
SO_BUSY_POLL = 46
EVERYWHERE = ("listening", "accepted", "connected")
CONNECTIONS = ("accepted", "connected")

is_root = os.geteuid() == 0


@pytest.mark.parametrize(
    ("options", "level", "number", "expected"),
    [
        ({"sndbuf": 20_000}, SOL, os_socket.SO_SNDBUF, 40_000),  # Linux doubles what it is told
        ({"rcvbuf": 20_000}, SOL, os_socket.SO_RCVBUF, 40_000),
        ({"tos": 0x28}, os_socket.IPPROTO_IP, os_socket.IP_TOS, 0x28),
        ({"priority": 5}, SOL, os_socket.SO_PRIORITY, 5),
        ({"tos": 0x28, "priority": 2}, SOL, os_socket.SO_PRIORITY, 2),
    ],
    ids=str,
)
def test_options_of_new_sockets_are_on_all_of_them(descriptors, options, level, number, expected):
    found = descriptors("tcp://127.0.0.1:*", **options)
    # The kernel does not hand SO_PRIORITY on to accepted sockets, and neither does libzmq.
    places = ("listening", "connected") if number == os_socket.SO_PRIORITY else EVERYWHERE
    assert {place: found[place].getsockopt(level, number) for place in places} == dict.fromkeys(
        places, expected
    )


@pytest.mark.parametrize("name", ["SO_SNDBUF", "SO_RCVBUF"])
def test_buffers_of_ipc_sockets(descriptors, make_endpoint, name):
    found = descriptors(make_endpoint("ipc"), **{name[3:].lower(): 20_000})
    for place in ("accepted", "connected"):
        assert found[place].getsockopt(SOL, getattr(os_socket, name)) == 40_000


def test_ipc_connections_hold_a_megabyte_or_what_the_system_allows(descriptors, make_endpoint):
    with open("/proc/sys/net/core/wmem_max") as file:
        allowed = min(1 << 20, int(file.read()))
    found = descriptors(make_endpoint("ipc"))
    for place in ("accepted", "connected"):
        assert (
            found[place].getsockopt(SOL, os_socket.SO_SNDBUF) == 2 * allowed
        )  # Linux doubles what it is told


def test_tos_of_ipv6_sockets_is_their_traffic_class(descriptors):
    found = descriptors("tcp://[::1]:*", ipv6=1, tos=0x28)
    for place in EVERYWHERE:
        assert found[place].getsockopt(os_socket.IPPROTO_IPV6, os_socket.IPV6_TCLASS) == 0x28


@pytest.mark.parametrize(
    ("options", "level", "number", "expected"),
    [
        ({}, TCP, os_socket.TCP_NODELAY, 1),
        ({}, SOL, os_socket.SO_KEEPALIVE, 0),
        ({"tcp_keepalive": 0}, SOL, os_socket.SO_KEEPALIVE, 0),
        ({"tcp_keepalive": 1}, SOL, os_socket.SO_KEEPALIVE, 1),
        ({"tcp_keepalive": 1, "tcp_keepalive_cnt": 7}, TCP, os_socket.TCP_KEEPCNT, 7),
        ({"tcp_keepalive": 1, "tcp_keepalive_idle": 70}, TCP, os_socket.TCP_KEEPIDLE, 70),
        ({"tcp_keepalive": 1, "tcp_keepalive_intvl": 9}, TCP, os_socket.TCP_KEEPINTVL, 9),
        ({"tcp_maxrt": 4321}, TCP, os_socket.TCP_USER_TIMEOUT, 4321),
    ],
    ids=str,
)
def test_options_of_connections(descriptors, options, level, number, expected):
    found = descriptors("tcp://127.0.0.1:*", **options)
    assert {place: found[place].getsockopt(level, number) for place in CONNECTIONS} == dict.fromkeys(
        CONNECTIONS, expected
    )


@pytest.mark.skipif(not is_root, reason="needs CAP_NET_ADMIN")
def test_busy_poll(descriptors):
    found = descriptors("tcp://127.0.0.1:*", busy_poll=50)
    assert found["listening"].getsockopt(SOL, SO_BUSY_POLL) == 50
    assert found["connected"].getsockopt(SOL, SO_BUSY_POLL) == 50


def test_bindtodevice(descriptors):
    found = descriptors("tcp://127.0.0.1:*", bindtodevice=b"lo")
    for place in EVERYWHERE:
        assert found[place].getsockopt(SOL, os_socket.SO_BINDTODEVICE, 16).rstrip(b"\0") == b"lo"


def test_bind_to_a_device_that_is_not_there(new_socket):
    with pytest.raises(zmq.ZMQError, match="no network interface is called 'nodev0'") as caught:
        new_socket(zmq.PULL, bindtodevice=b"nodev0").bind("tcp://127.0.0.1:*")
    assert caught.value.errno == errno.ENODEV


def test_connect_over_a_device_that_is_not_there_goes_on_trying(new_socket, watch):
    push = new_socket(zmq.PUSH, bindtodevice=b"nodev0", reconnect_ivl=20)
    events = watch(push)
    push.connect("tcp://127.0.0.1:1")
    for _ in range(2):
        events.wait_for(zmq.EVENT_CONNECT_RETRIED)


UNPRIVILEGED = """
import os
context = zmq.Context()
context.socket(zmq.PUSH).close()  # all that is imported late is imported now, while it can be read
os.setgid(65534)
os.setuid(65534)
for call, endpoint in (("bind", "tcp://127.0.0.1:*"), ("connect", "tcp://127.0.0.1:5555")):
    with context.socket(zmq.PUSH) as socket:
        socket.priority = 7
        try:
            getattr(socket, call)(endpoint)
        except zmq.ZMQError as error:
            print(error.errno, "PRIORITY 7 needs CAP_NET_ADMIN" in str(error), flush=True)
        else:
            print("no error", flush=True)
context.term()
"""


@pytest.mark.skipif(not is_root, reason="gives up its rights, so it needs some")
def test_what_needs_privileges_says_so_at_bind_and_connect(start_python):
    child = start_python(UNPRIVILEGED)
    for _ in range(2):
        child.expect("1 True")
    assert child.wait() == 0


@pytest.mark.parametrize(
    "options",
    [{"tcp_keepalive": 1, "tcp_keepalive_cnt": 200}, {"tcp_keepalive": 1, "tcp_keepalive_idle": 40_000}],
)
def test_values_that_the_system_does_not_take_are_refused_at_bind_and_connect(new_socket, options):
    socket = new_socket(zmq.PUSH, **options)
    name = list(options)[1].upper()
    for call, endpoint in ((socket.bind, "tcp://127.0.0.1:*"), (socket.connect, "tcp://127.0.0.1:5555")):
        with pytest.raises(zmq.ZMQError, match=f"the system does not take {name}") as caught:
            call(endpoint)
        assert caught.value.errno == errno.EINVAL


@pytest.mark.parametrize("backlog", [1, 77])
def test_backlog_is_the_length_of_the_queue(new_socket, backlog):
    pull = new_socket(zmq.PULL, backlog=backlog)
    pull.bind("tcp://127.0.0.1:*")
    port = int(pull.LAST_ENDPOINT.rpartition(b":")[2])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert any(int(row[1].partition(":")[2], 16) == port and row[3] == "0A" for row in rows)
    # The queue's length is in no file of /proc; ss has it from netlink, and we from the option TCP_INFO.
    # tcpi_sacked of a listening socket, at 28, is its backlog.
    (fd,) = [handler.sock for handler in pull._pump.listeners.values()]
    info = fd.getsockopt(TCP, os_socket.TCP_INFO, 104)
    assert int.from_bytes(info[28:32], "little") == backlog


def test_a_change_acts_on_later_binds_and_connects_only(new_socket, watch):
    pull = new_socket(zmq.PULL, sndbuf=20_000)
    events = watch(pull)
    sizes = []
    for size in (20_000, 30_000):
        pull.sndbuf = size
        pull.bind("tcp://127.0.0.1:*")
        pull.sndbuf = 50_000
        with events.descriptor(zmq.EVENT_LISTENING) as copy:
            sizes.append(copy.getsockopt(SOL, os_socket.SO_SNDBUF))
    assert sizes == [40_000, 60_000]


def test_busy_poll_lets_waits_poll(new_socket, link, make_endpoint):
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("with one processor polling would only keep the peer from answering")
    client, server = new_socket(zmq.REQ), new_socket(zmq.REP)
    client.busy_poll = server.busy_poll = 2_000_000
    link(server, client, make_endpoint("tcp"))
    for _ in range(5):
        client.send(b"question")
        assert not client.poll(20)  # a wait that ends without success
        server.recv()
        server.send(b"answer")
        assert client.recv() == b"answer"
    assert client._pump.spin_credit > 0
