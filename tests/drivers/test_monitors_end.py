"""Monitors end with the socket that they report on, whenever they were started."""

from __future__ import annotations

import purezmq as zmq
from purezmq.monitor import Monitor


def test_a_monitor_started_while_its_socket_closes_is_closed_too(make_context, in_thread):
    context = make_context()
    socket = context.socket(zmq.PAIR)
    reporter = socket._pump.on_news
    publisher = context._internal_socket(zmq.PAIR)
    publisher.bind("inproc://monitor")
    monitor = Monitor(socket, publisher, "inproc://monitor", zmq.EVENT_ALL, 1)
    socket.close()
    reporter.add(monitor)  # the last step of monitor(), in another thread
    in_thread(context.term).result()
    assert publisher.closed


def test_a_monitor_that_replaces_another_stays(make_context, in_thread):
    context = make_context()
    socket = context.socket(zmq.PAIR)
    for number in range(50):
        socket.monitor(f"inproc://{number}")
    listener = context.socket(zmq.PAIR)
    listener.rcvtimeo = 5000
    listener.connect("inproc://49")
    socket.bind("tcp://127.0.0.1:*")
    assert listener.recv_multipart()
    listener.close()
    socket.close()
    in_thread(context.term).result()
