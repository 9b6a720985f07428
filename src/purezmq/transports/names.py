"""The two ends of a connected socket as endpoints, for those who watch connections."""

from __future__ import annotations

import contextlib
from typing import Any, Protocol


class _Connected(Protocol):
    def getsockname(self) -> Any: ...
    def getpeername(self) -> Any: ...


def names_of(sock: _Connected, endpoint: str) -> tuple[str, str]:
    """(our end, the peer's end), in the scheme of ``endpoint``; "" for what the system does not tell."""
    scheme = endpoint.partition("://")[0]
    local = remote = ""
    with contextlib.suppress(OSError):
        local = _as_endpoint(scheme, sock.getsockname())
    with contextlib.suppress(OSError):  # the peer may be gone already
        remote = _as_endpoint(scheme, sock.getpeername())
    return local, remote


def _as_endpoint(scheme: str, address: Any) -> str:
    if isinstance(address, bytes):  # Linux's abstract namespace
        address = "@" + address[1:].decode("utf-8", "surrogateescape")
    if isinstance(address, str):  # a path; "" for an end without a name
        return f"{scheme}://{address}"
    host, port = address[0], address[1]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
