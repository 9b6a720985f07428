"""What a socket configures for its connections."""

from __future__ import annotations

import pytest

from purezmq.zmtp.config import ConnectionConfig


def test_identity_is_announced_by_req_dealer_and_router_only() -> None:
    for socket_type in ("REQ", "DEALER", "ROUTER"):
        assert ("Identity", b"") in ConnectionConfig(socket_type).ready_properties
    for socket_type in ("REP", "PUB", "SUB", "PUSH", "PULL", "PAIR", "XPUB", "XSUB", "CLIENT", "SERVER"):
        assert [name for name, _ in ConnectionConfig(socket_type, b"id").ready_properties] == ["Socket-Type"]


def test_own_properties_follow_in_the_order_of_their_names() -> None:
    config = ConnectionConfig("PUSH", properties=(("X-b", b"2"), ("X-B", b"1"), ("X-a", b"3")))
    assert [name for name, _ in config.ready_properties] == ["Socket-Type", "X-B", "X-a", "X-b"]


def test_the_heartbeat_timeout_defaults_to_the_interval() -> None:
    assert ConnectionConfig("PAIR", heartbeat_ivl_ms=70).heartbeat_timeout_ms == 70
    assert ConnectionConfig("PAIR", heartbeat_ivl_ms=70, heartbeat_timeout_ms=0).heartbeat_timeout_ms == 0


@pytest.mark.parametrize(
    "arguments",
    [
        {"socket_type": "STREAM"},
        {"socket_type": "PUSH", "mechanism": "MAGIC"},
        {"socket_type": "PUSH", "routing_id": bytes(256)},
        {"socket_type": "PUSH", "properties": (("", b""),)},
        {"socket_type": "PUSH", "properties": (("X" * 256, b""),)},
    ],
)
def test_what_can_never_work_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        ConnectionConfig(**arguments)  # type: ignore[arg-type]
