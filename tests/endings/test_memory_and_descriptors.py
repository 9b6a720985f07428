"""What thousands of cycles leave behind, and what happens when memory or descriptors run out."""

from __future__ import annotations

import pytest

import purezmq as zmq

CYCLES = """
    import gc, os, threading
    def memory():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cycle(number):
        with zmq.Context() as context:
            with context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
                pull.rcvtimeo = 10_000
                pull.bind("inproc://x" if number % 4 else "tcp://127.0.0.1:*")
                push.connect(pull.LAST_ENDPOINT)
                push.send_multipart([b"hello", b"you"])
                assert pull.recv_multipart() == [b"hello", b"you"]

    for number in range(300):
        cycle(number)
    gc.collect()
    before, descriptors, threads = memory(), len(os.listdir("/proc/self/fd")), threading.active_count()
    for number in range(int(sys.argv[1])):
        cycle(number)
    gc.collect()
    assert memory() - before < 5 << 20, memory() - before
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert threading.active_count() == threads
"""


def run_cycles(start_python, count, patience_s):
    child = start_python(CYCLES, count)
    code = child.wait(patience_s)
    assert (code, child.stderr()) == (0, "")


def test_two_thousand_cycles_leave_nothing(start_python):
    run_cycles(start_python, 2000, 50)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_thousand_cycles_leave_nothing(start_python):
    run_cycles(start_python, 10_000, 290)


NO_DESCRIPTORS = """
    import errno, os, resource, threading, time
    import logging, socket, tempfile
    from purezmq.utils.monitor import recv_monitor_message
    context = zmq.Context()
    with context.socket(zmq.PULL) as first:  # reading modules takes descriptors, too
        first.stats(), first.peers(), first.get_monitor_socket().close()

    def take_all():
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
        taken = []
        try:
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return taken

    def eventually(condition):
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.005)
"""
PROGRAMS = {
    "accepting goes on when there are descriptors again": """
    pull = context.socket(zmq.PULL)
    pull.rcvtimeo = 20_000
    pull.bind("tcp://127.0.0.1:*")
    monitor = pull.get_monitor_socket(zmq.EVENT_ACCEPT_FAILED)
    monitor.rcvtimeo = 20_000
    monitor.poll(1)  # takes its descriptors
    import socket
    from purezmq.utils.monitor import recv_monitor_message
    port = int(pull.LAST_ENDPOINT.rpartition(b":")[2])
    taken = take_all()
    os.close(taken.pop())
    client = socket.create_connection(("127.0.0.1", port))
    message = recv_monitor_message(monitor)
    assert (message["event"], int(message["value"])) == (zmq.EVENT_ACCEPT_FAILED, errno.EMFILE), message
    assert pull.stats()["failures"]["accept_failed"] >= 1
    for fd in taken:
        os.close(fd)
    push = context.socket(zmq.PUSH)
    push.connect(pull.LAST_ENDPOINT)
    push.send(b"x")
    assert pull.recv() == b"x"
    client.close()
    """,
    "connecting goes on when there are descriptors again": """
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.rcvtimeo = 20_000
    pull.bind("tcp://127.0.0.1:*")
    push.poll(0)
    taken = take_all()
    push.connect(pull.LAST_ENDPOINT)
    push.send(b"x")
    eventually(lambda: push.stats()["failures"].get("connect_failed", 0) >= 1)
    for fd in taken:
        os.close(fd)
    assert pull.recv() == b"x"
    """,
    "a monitor needs none": """
    pull = context.socket(zmq.PULL)
    pull.get_monitor_socket().close()  # what has to be imported
    pull.disable_monitor()
    taken = take_all()
    pull.get_monitor_socket().close()
    pull.disable_monitor()
    for fd in taken:
        os.close(fd)
    """,
    "a failed bind leaves nothing": """
    import tempfile
    pull = context.socket(zmq.PULL)
    directory = tempfile.mkdtemp()
    taken = take_all()
    for spare in range(4):
        try:
            pull.bind(f"ipc://{directory}/s")
        except zmq.ZMQError as error:
            assert error.errno == errno.EMFILE
            assert os.path.exists(f"{directory}/s") is False
            assert not pull._pump.handlers and not pull._pump.listeners
        else:
            break
        os.close(taken.pop())
    for fd in taken:
        os.close(fd)
    """,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_without_descriptors(start_python, program):
    child = start_python(NO_DESCRIPTORS + program.rstrip() + "\n    context.destroy(linger=0)\n")
    code = child.wait(30)
    assert (code, child.stderr()) == (0, "")


MEMORY_ERRORS = {
    "decoding": ("purezmq.zmtp.decoder", "Decoder", "decode"),
    "taking a reply": ("purezmq.zmtp.decoder", "Decoder", "take_alone"),
    "a large body": ("purezmq.zmtp.large_body", "", "allocate"),
    "encoding": ("purezmq.zmtp.encoder", "Encoder", "encode_alone"),
}


@pytest.mark.parametrize(("module", "kind", "method"), MEMORY_ERRORS.values(), ids=MEMORY_ERRORS.keys())
def test_a_memory_error_costs_a_connection_at_most(start_python, module, kind, method):
    if kind and module in zmq.compiled_modules():
        pytest.skip("the methods of compiled classes cannot be replaced")
    child = start_python(
        f"""
    import threading, time
    import {module}
    context = zmq.Context()
    pull, push, other = (context.socket(kind) for kind in (zmq.PULL, zmq.PUSH, zmq.PUSH))
    pull.rcvtimeo = 20_000
    pull.bind("tcp://127.0.0.1:*")
    for socket in (push, other):
        socket.reconnect_ivl = 1
        socket.connect(pull.LAST_ENDPOINT)
    push.send(b"first")
    assert pull.recv() == b"first"

    failed = threading.Event()
    kind = {f"{module}.{kind}".rstrip(".")}
    original = kind.{method}
    # Where it was raised tells the library that it is no signal handler's.
    source = "def fail(*args):\\n kind.{method} = original\\n failed.set()\\n raise MemoryError"
    names = {{"__name__": "{module}", "kind": kind, "original": original, "failed": failed}}
    exec(source, names)
    kind.{method} = names["fail"]

    received, sent = [], 0
    while not failed.is_set():
        try:
            push.send(bytes(300_000) if sent % 4 == 0 else b"x")
        except MemoryError:
            pass
        sent += 1
        while pull.poll(1):
            received.append(pull.recv())
    other.send(b"from another")
    deadline = time.monotonic() + 20
    while not (b"last" in received and b"from another" in received):
        assert time.monotonic() < deadline
        push.send(b"last")  # again, because what was under way in the broken connection is lost
        while pull.poll(50):
            received.append(pull.recv())
    failures = [socket.stats()["failures"] for socket in (push, pull, other)]
    assert sum(sum(each.values()) for each in failures) <= 2, failures  # the two ends of one connection
    context.destroy(linger=0)
    """
    )
    code = child.wait(40)
    assert (code, child.stderr()) == (0, "")
