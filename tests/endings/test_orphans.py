"""A socket whose object went away without a word does not keep its context from ending."""

from __future__ import annotations

import gc
import warnings

import purezmq as zmq


class Interrupted(zmq.Socket):
    """Its ``__del__`` is interrupted by a signal handler before it has done anything."""

    def __del__(self):
        return


def test_term_closes_it(in_thread):
    context = zmq.Context()
    socket = context.socket(zmq.PUSH, socket_class=Interrupted)
    socket.linger = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        del socket
        gc.collect()
    assert in_thread(context.term, 20).result() is True
