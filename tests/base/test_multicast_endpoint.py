"""Endpoints of pgm and epgm."""

import errno

import pytest

from purezmq import ZMQError
from purezmq.base.endpoint import parse_endpoint


@pytest.mark.parametrize("scheme", ["pgm", "epgm"])
@pytest.mark.parametrize("for_bind", [True, False])
@pytest.mark.parametrize(
    ("address", "interface", "groups", "send_group"),
    [
        ("eth0;239.192.1.1:5555", "eth0", ("239.192.1.1",), ""),
        ("10.0.0.1;239.192.1.1:5555", "10.0.0.1", ("239.192.1.1",), ""),
        ("10.0.0.0/24;239.192.1.1:5555", "10.0.0.0/24", ("239.192.1.1",), ""),
        ("eth0;239.1.1.1,239.1.1.2;239.1.1.3:5555", "eth0", ("239.1.1.1", "239.1.1.2"), "239.1.1.3"),
        ("eth0;;239.1.1.3:5555", "eth0", (), "239.1.1.3"),
        (";239.192.1.1:5555", "", ("239.192.1.1",), ""),
        ("239.192.1.1:5555", "", ("239.192.1.1",), ""),
        ("eth0:5555", "eth0", (), ""),
        (":5555", "", (), ""),
        ("[fd77::1];[ff05::5]:5555", "[fd77::1]", ("[ff05::5]",), ""),
        ("fe80::1%eth0;ff05::5:5555", "fe80::1%eth0", ("ff05::5",), ""),
        ("veth1.100;some-group:5555", "veth1.100", ("some-group",), ""),
    ],
)
def test_what_is_accepted(scheme, for_bind, address, interface, groups, send_group):
    text = f"{scheme}://{address}"
    endpoint = parse_endpoint(text, for_bind=for_bind)
    assert (endpoint.scheme, endpoint.port) == (scheme, 5555)
    assert (endpoint.interface, endpoint.groups, endpoint.send_group) == (interface, groups, send_group)
    assert endpoint.text == str(endpoint) == text


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("eth0;239.192.1.1", "no port; expected epgm://interface;group:port"),
        ("eth0;239.192.1.1:", "'' is not a port"),
        ("eth0;239.192.1.1:0", "'0' is not a port"),
        ("eth0;239.192.1.1:65536", "'65536' is not a port"),
        ("eth0;239.192.1.1:70000", "'70000' is not a port"),
        ("eth0;239.192.1.1:*", r"'\*' is not a port"),
        ("eth0;239.192.1.1:5555x", "'5555x' is not a port"),
        ("eth0;239.192.1.1:-5", "'-5' is not a port"),
        ("[fd77::1]", "no port"),
        ("eth0,eth1;239.192.1.1:5555", "only one interface"),
        ("eth0;10.0.0.5:5555", "10.0.0.5 is no multicast address"),
        ("eth0;239.192.1.1;10.0.0.5:5555", "10.0.0.5 is no multicast address"),
        ("eth0;[fd77::1]:5555", "no multicast address"),
        ("eth*;239.192.1.1:5555", r"'eth\*' is neither a name nor an address"),
        ("eth0;a@b:5555", "'a@b' is neither"),
        ("a;b;c;d:5555", "too many semicolons"),
        ("eth0;" + ",".join(f"239.1.1.{n}" for n in range(21)) + ":5555", "21 groups, 20 are allowed"),
        ("e" * 256 + ":5555", "256 characters before the port"),
    ],
)
def test_what_is_refused(address, why):
    with pytest.raises(ZMQError, match=why) as refused:
        parse_endpoint(f"epgm://{address}", for_bind=False)
    assert refused.value.errno == errno.EINVAL
    assert str(refused.value).endswith(f"(addr='epgm://{address}')")
