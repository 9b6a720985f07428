"""The two ends of a connected socket as endpoints, for those who watch connections."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class _Connected(Protocol):
        def getsockname(self) -> Any: ...
        def getpeername(self) -> Any: ...


def names_of(sock: _Connected, endpoint: str) -> tuple[str, str]:
    """(our end, the peer's end), in the scheme of ``endpoint``; "" for what the system does not tell."""
    scheme = endpoint.partition("://")[0]
    local = remote = ""
    try:
        local = _as_endpoint(scheme, sock.getsockname())
        remote = _as_endpoint(scheme, sock.getpeername())
    except OSError:  # the peer may be gone already
        pass
    return local, remote


def _as_endpoint(scheme: str, address: Any) -> str:
    if isinstance(address, bytes):  # Linux's abstract namespace
        address = "@" + address[1:].decode("utf-8", "surrogateescape")
    if isinstance(address, str):  # a path; "" for an end without a name
        return f"{scheme}://{address}"
    host, port = address[0], address[1]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
