"""Devices in the foreground and in threads."""

from __future__ import annotations

import struct

import pytest

import purezmq as zmq
from purezmq import devices


@pytest.fixture
def start(make_context, in_thread):
    """Starts a device with a context of its own, and ends it by terminating that."""
    started = []

    def start(device):
        context = make_context()
        device.context_factory = lambda: context
        device.start()
        started.append((device, context))
        return device

    yield start
    for device, context in started:
        in_thread(context.term).result()
        device.join(10)
        assert device.done


@pytest.fixture
def connect(new_socket):
    def connect(kind, port, **options):
        socket = new_socket(kind, linger=0, **options)
        socket.connect(f"tcp://127.0.0.1:{port}")
        return socket

    return connect


HERE = "tcp://127.0.0.1"


def test_a_thread_device_forwards(start, connect):
    device = devices.ThreadDevice(zmq.STREAMER, zmq.PULL, zmq.PUSH)
    device.setsockopt_in(zmq.RCVHWM, 7)
    ports = device.bind_in_to_random_port(HERE), device.bind_out_to_random_port(HERE)
    device.setsockopt_out(zmq.LINGER, 0)
    start(device)
    connect(zmq.PUSH, ports[0]).send(b"through")
    assert connect(zmq.PULL, ports[1]).recv() == b"through"
    assert device.launcher.daemon
    device.join(0.01)
    assert not device.done


def test_a_device_may_connect(start, new_socket):
    source, sink = new_socket(zmq.PUSH, linger=0), new_socket(zmq.PULL)
    device = devices.ThreadDevice(zmq.STREAMER, zmq.PULL, zmq.PUSH)
    for socket, connect in ((source, device.connect_in), (sink, device.connect_out)):
        connect(f"{HERE}:{socket.bind_to_random_port(HERE)}")
    start(device)
    source.send(b"through")
    assert sink.recv() == b"through"


def test_a_foreground_device_runs_where_it_is_started(make_context, in_thread, connect):
    context = make_context()
    device = devices.Device(zmq.QUEUE, zmq.ROUTER, zmq.DEALER)
    device.context_factory = lambda: context
    front, back = device.bind_in_to_random_port(HERE), device.bind_out_to_random_port(HERE)
    running = in_thread(device.start)
    client, worker = connect(zmq.REQ, front), connect(zmq.REP, back)
    client.send(b"question")
    assert worker.recv() == b"question"
    worker.send(b"answer")
    assert client.recv() == b"answer"
    in_thread(context.term).result()
    running.result()
    device.join()
    assert device.done


def test_one_socket_may_be_both_ends(start, connect):
    device = devices.ThreadDevice(zmq.QUEUE, zmq.ROUTER, -1)
    port = device.bind_in_to_random_port(HERE)
    start(device)
    client = connect(zmq.DEALER, port, routing_id=b"me")
    client.send(b"echo")
    assert client.recv() == b"echo"


def test_both_types_are_needed():
    for types in ({}, {"in_type": zmq.PULL}, {"out_type": zmq.PUSH}):
        with pytest.raises(TypeError, match="must be specified"):
            devices.Device(**types)


def test_errors_other_than_the_end_of_the_context_are_raised(make_context):
    context = make_context()
    device = devices.Device(zmq.STREAMER, zmq.PULL, zmq.PUSH)
    device.context_factory = lambda: context
    device.bind_in("tcp://nonsense")
    with pytest.raises(zmq.ZMQError):
        device.start()
    assert device.done


def test_a_proxy_copies_to_its_monitor(start, connect):
    device = devices.ThreadProxy(zmq.PULL, zmq.PUSH, zmq.PUSH)
    ports = (
        device.bind_in_to_random_port(HERE),
        device.bind_out_to_random_port(HERE),
        device.bind_mon_to_random_port(HERE),
    )
    device.setsockopt_mon(zmq.LINGER, 0)
    start(device)
    source, sink, log = (
        connect(kind, port) for kind, port in zip((zmq.PUSH, zmq.PULL, zmq.PULL), ports, strict=True)
    )
    source.send_multipart([b"a", b"b"])
    assert sink.recv_multipart() == log.recv_multipart() == [b"a", b"b"]


def test_a_steerable_proxy_obeys(make_context, connect, new_socket):
    context = make_context()
    device = devices.ThreadProxySteerable(zmq.PULL, zmq.PUSH, zmq.PUB, zmq.PAIR)
    device.context_factory = lambda: context
    ports = (
        device.bind_in_to_random_port(HERE),
        device.bind_out_to_random_port(HERE),
        device.bind_ctrl_to_random_port(HERE),
    )
    device.bind_mon("inproc://unused")
    device.setsockopt_ctrl(zmq.LINGER, 0)
    device.start()
    source, sink, steering = (
        connect(kind, port) for kind, port in zip((zmq.PUSH, zmq.PULL, zmq.PAIR), ports, strict=True)
    )
    source.send(b"abc")
    assert sink.recv() == b"abc"
    steering.send(b"STATISTICS")
    assert b"".join(steering.recv_multipart()) == struct.pack("=8Q", 1, 3, 0, 0, 0, 0, 1, 3)
    steering.send(b"TERMINATE")
    device.join(10)
    assert device.done


def test_without_a_control_type_there_is_nothing_to_bind():
    device = devices.ThreadProxySteerable(zmq.PULL, zmq.PUSH)
    with pytest.raises(TypeError, match="ctrl_type"):
        device.bind_ctrl("inproc://x")


def test_a_monitored_queue_says_which_way(start, connect):
    device = devices.ThreadMonitoredQueue(zmq.ROUTER, zmq.DEALER, zmq.PUSH, b"request", b"reply")
    ports = (
        device.bind_in_to_random_port(HERE),
        device.bind_out_to_random_port(HERE),
        device.bind_mon_to_random_port(HERE),
    )
    start(device)
    client, worker, log = (
        connect(kind, port) for kind, port in zip((zmq.REQ, zmq.REP, zmq.PULL), ports, strict=True)
    )
    client.send(b"question")
    worker.send(b"answer to " + worker.recv())
    assert client.recv() == b"answer to question"
    way, peer, empty, body = log.recv_multipart()
    assert (way, empty, body) == (b"request", b"", b"question")
    assert log.recv_multipart() == [b"reply", peer, b"", b"answer to question"]


def test_a_monitored_queue_between_routers_swaps_the_ids(start, connect):
    device = devices.ThreadMonitoredQueue(zmq.ROUTER, zmq.ROUTER, zmq.PUSH)
    ports = (
        device.bind_in_to_random_port(HERE),
        device.bind_out_to_random_port(HERE),
        device.bind_mon_to_random_port(HERE),
    )
    device.setsockopt_out(zmq.ROUTER_MANDATORY, 0)
    start(device)
    alice = connect(zmq.DEALER, ports[0], routing_id=b"alice")
    bob = connect(zmq.DEALER, ports[1], routing_id=b"bob", rcvtimeo=50)
    log = connect(zmq.PULL, ports[2])
    while True:  # until the proxy knows bob
        alice.send_multipart([b"bob", b"hello"])
        try:
            assert bob.recv_multipart() == [b"alice", b"hello"]
            break
        except zmq.Again:
            pass
    bob.send_multipart([b"alice", b"hello yourself"])
    assert alice.recv_multipart() == [b"bob", b"hello yourself"]
    assert log.recv_multipart() == [b"in", b"bob", b"alice", b"hello"]
    while (copy := log.recv_multipart())[0] == b"in":
        pass
    assert copy == [b"out", b"alice", b"bob", b"hello yourself"]


def test_prefixes_are_bytes(new_socket):
    sockets = [new_socket(kind) for kind in (zmq.PULL, zmq.PUSH, zmq.PUB)]
    with pytest.raises(TypeError, match="bytes"):
        devices.monitored_queue(*sockets, in_prefix="in")


def test_the_package_offers_the_functions_too():
    assert devices.proxy is zmq.proxy
    assert devices.device is zmq.device
    assert devices.proxy_steerable is zmq.proxy_steerable


PROCESS = """
import purezmq as zmq
from purezmq.devices import ProcessProxySteerable

if __name__ == "__main__":
    device = ProcessProxySteerable(zmq.PULL, zmq.PUSH, zmq.PUB, zmq.PAIR)
    here = "tcp://127.0.0.1"
    ports = [bind(here) for bind in (
        device.bind_in_to_random_port, device.bind_out_to_random_port, device.bind_ctrl_to_random_port)]
    device.start()
    assert device.launcher.pid
    with zmq.Context() as context:
        source, sink, steering = sockets = [context.socket(kind) for kind in (zmq.PUSH, zmq.PULL, zmq.PAIR)]
        for socket, port in zip(sockets, ports):
            socket.rcvtimeo, socket.linger = 10_000, 0
            socket.connect(f"{here}:{port}")
        source.send(b"through another process")
        print(sink.recv().decode())
        steering.send(b"TERMINATE")
        device.join(10)
        print(device.launcher.exitcode)
        for socket in sockets:
            socket.close()
"""


def test_a_device_in_a_process(tmp_path, start_python):
    child = start_python(PROCESS)
    assert child.read_line("what came through").strip() == "through another process"
    assert child.read_line("the exit code").strip() == "0"
