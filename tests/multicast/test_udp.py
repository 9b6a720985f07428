"""RADIO and DISH with udp groups."""

from __future__ import annotations

import pytest

SETUP = """
def udp_pair(sender, receiver, **options):
    dish, radio = context.socket(zmq.DISH), context.socket(zmq.RADIO)
    for socket in (dish, radio):
        socket.linger, socket.rcvtimeo = 0, 10_000
        for name, value in options.items():
            setattr(socket, name, value)
    dish.join("g")
    dish.bind(receiver)
    radio.connect(sender)
    return radio, dish
"""


@pytest.mark.parametrize("interface", ["lo", "127.0.0.1"])
def test_every_receiver_on_the_machine_hears(lonely, run_in, interface):
    run_in(
        lonely,
        f"""
        {SETUP.replace(chr(10), chr(10) + " " * 8)}
        endpoint = f"udp://{interface};239.192.1.7:{{PORT}}"
        radio, dish = udp_pair(endpoint, endpoint)
        _, other = udp_pair(endpoint, endpoint)
        assert dish.last_endpoint == endpoint.encode(), dish.last_endpoint
        radio.send(b"to all", group="g")
        radio.send(b"to nobody", group="h")
        assert [dish.recv(), other.recv()] == [b"to all"] * 2
        assert not dish.poll(100) and dish.stats()["drops"] == {{"filtered": 1}}
        """,
    )


def test_ipv6_groups(cable, run_in):
    run_in(
        cable.ends["a"],
        f"""
        {SETUP.replace(chr(10), chr(10) + " " * 8)}
        endpoint = f"udp://va;[ff02::4:7]:{{PORT}}"
        radio, dish = udp_pair(endpoint, endpoint, ipv6=1)
        radio.send(b"six", group="g")
        assert dish.recv() == b"six"
        """,
    )


def test_loop_decides_whether_the_own_machine_hears(cable, run_in):
    run_in(
        cable.ends["a"],
        f"""
        {SETUP.replace(chr(10), chr(10) + " " * 8)}
        endpoint = f"udp://va;239.192.1.8:{{PORT}}"
        quiet, dish = udp_pair(endpoint, endpoint, multicast_loop=0)
        loud, _ = udp_pair(endpoint, endpoint)
        quiet.send(b"for others", group="g")
        loud.send(b"for all", group="g")
        assert dish.recv() == b"for all"
        """,
    )
