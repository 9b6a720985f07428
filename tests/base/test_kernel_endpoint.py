"""vsock and tipc endpoints."""

from __future__ import annotations

import pytest

from purezmq.base.endpoint import parse_endpoint
from purezmq.base.kernel_endpoint import tipc_numbers
from purezmq.constants import Errno
from purezmq.error import ZMQError


def test_vsock():
    bound = parse_endpoint("vsock://*:*", for_bind=True)
    assert (bound.host, bound.port) == ("*", None)
    bound = parse_endpoint("vsock://@:5555", for_bind=True)
    assert (bound.host, bound.port) == ("1", 5555)
    peer = parse_endpoint("vsock://2:4294967295", for_bind=False)
    assert (peer.host, peer.port) == ("2", 4294967295)


@pytest.mark.parametrize(
    "text", ["vsock://", "vsock://2", "vsock://host:1", "vsock://2:4294967296", "vsock://-1:5"]
)
@pytest.mark.parametrize("for_bind", [True, False])
def test_what_is_no_vsock_endpoint(text, for_bind):
    with pytest.raises(ZMQError) as caught:
        parse_endpoint(text, for_bind=for_bind)
    assert caught.value.errno == Errno.EINVAL


@pytest.mark.parametrize(
    ("text", "for_bind"),
    [
        ("vsock://*:5555", False),
        ("vsock://2:*", False),
        ("tipc://<*>", False),
        ("tipc://{1,2}", True),
        ("tipc://{1,2,3}", False),
        ("tipc://<1.2.3:4>", True),
        ("tipc://5555", True),
        ("tipc://{1}", False),
        ("tipc://{1,4294967296}", False),
        ("tipc://{1,2,3}@1.1.1", True),
    ],
)
def test_what_works_on_the_other_side_only_or_not_at_all(text, for_bind):
    with pytest.raises(ZMQError) as caught:
        parse_endpoint(text, for_bind=for_bind)
    assert caught.value.errno == Errno.EINVAL


def test_tipc():
    for text, for_bind, numbers in [
        ("{5555,0,7}", True, (5555, 0, 7)),
        ("{ 5555, 3 }", False, (5555, 3)),
        ("{5555,3}@1.2.3", False, (5555, 3, 1 << 24 | 2 << 12 | 3)),
        ("<1.2.3:99>", False, (1 << 24 | 2 << 12 | 3, 99)),
    ]:
        endpoint = parse_endpoint(f"tipc://{text}", for_bind=for_bind)
        assert endpoint.text == f"tipc://{text}"
        assert tipc_numbers(endpoint.name) == numbers
    assert parse_endpoint("tipc://<*>", for_bind=True).name == "<*>"
