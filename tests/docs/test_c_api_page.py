"""The page of the C functions is complete, and every name in it exists."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import purezmq

PAGE = (Path(__file__).parents[2] / "docs" / "c-api.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(zmq_\w+)` \| `([\w.]+)` \|", PAGE, re.M)
NOT_YET = set(re.findall(r"`(zmq_\w+)`", PAGE.partition("## Not there yet")[2]))

# Every function that zmq.h declares, drafts included.
FUNCTIONS = """
errno strerror version has
ctx_new ctx_term ctx_shutdown ctx_set ctx_get ctx_set_ext ctx_get_ext init term ctx_destroy
msg_init msg_init_size msg_init_data msg_init_buffer msg_send msg_recv msg_close msg_move msg_copy msg_data msg_size
msg_more msg_get msg_set msg_gets msg_routing_id msg_set_routing_id msg_group msg_set_group
socket close setsockopt getsockopt bind connect unbind disconnect send send_const recv sendmsg recvmsg sendiov recviov
join leave connect_peer disconnect_peer socket_get_peer_state
socket_monitor socket_monitor_versioned socket_monitor_pipes_stats
poll ppoll poller_new poller_destroy poller_size poller_add poller_modify poller_remove poller_wait poller_wait_all
poller_fd poller_add_fd poller_modify_fd poller_remove_fd
proxy proxy_steerable device
curve_keypair curve_public z85_encode z85_decode
timers_new timers_destroy timers_add timers_cancel timers_set_interval timers_reset timers_timeout timers_execute
stopwatch_start stopwatch_intermediate stopwatch_stop sleep threadstart threadclose
atomic_counter_new atomic_counter_set atomic_counter_inc atomic_counter_dec atomic_counter_value atomic_counter_destroy
"""


def test_every_function_has_a_row():
    listed = [function for function, _ in ROWS]
    assert len(listed) == len(set(listed))
    assert {*listed, *NOT_YET} == {f"zmq_{name}" for name in FUNCTIONS.split()}
    assert not set(listed) & NOT_YET


def resolve(name: str) -> Any:
    """A name of purezmq, or of a module of it or of Python."""
    first, *rest = name.split(".")
    found: Any = getattr(purezmq, first, None)
    if found is None:
        found = importlib.import_module(first)
        module = first
        while rest:
            try:
                found = importlib.import_module(f"{module}.{rest[0]}")
            except ImportError:
                break
            module = f"{module}.{rest.pop(0)}"
    for part in rest:
        found = getattr(found, part)
    return found


@pytest.mark.parametrize(("function", "name"), ROWS)
def test_the_name_exists(function, name):
    assert resolve(name) is not None


def test_a_name_that_does_not_exist_would_be_noticed():
    for name in ("Socket.get_peer_stat", "purezmq.utils.timer.Timers", "nothing"):
        with pytest.raises((AttributeError, ImportError)):
            resolve(name)
