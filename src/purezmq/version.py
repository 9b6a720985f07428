"""Version numbers: ours, and the ones that programs written for pyzmq ask for."""

from __future__ import annotations

from ._version import __version__
from .error import LIBZMQ_VERSION

_MODULES = {"tls": ["_ssl"], "ws": ["wsproto"], "wss": ["_ssl", "wsproto"]}

# The release of pyzmq whose interface this one offers.
_PYZMQ_VERSION = (27, 3, 0)


def zmq_version_info() -> tuple[int, int, int]:
    """The libzmq release whose behaviour this library offers, as (major, minor, patch)."""
    major, minor, patch = LIBZMQ_VERSION
    return major, minor, patch


def zmq_version() -> str:
    """The libzmq release whose behaviour this library offers, as text."""
    return ".".join(map(str, zmq_version_info()))


def pyzmq_version_info() -> tuple[int, int, int]:
    """The pyzmq release whose interface this library offers."""
    return _PYZMQ_VERSION


def pyzmq_version() -> str:
    """The pyzmq release whose interface this library offers, as text."""
    return ".".join(map(str, _PYZMQ_VERSION))


def has(capability: str) -> bool:
    """Whether a transport or feature (``"ipc"``, ``"tcp"``, ``"curve"``, …) is there.

    ``"draft"`` is the socket types, options and calls that libzmq calls drafts. They are always there.
    """
    name = capability.lower()
    if name == "curve":
        from .base import sodium

        return sodium.is_available()
    if name == "gssapi":
        from .base import kerberos

        return kerberos.is_available()
    if name in _MODULES:
        import importlib.util

        return all(importlib.util.find_spec(module) is not None for module in _MODULES[name])
    if name in ("vsock", "tipc"):
        from .transports import kernel_streams

        kind = kernel_streams.VsockTransport if name == "vsock" else kernel_streams.TipcTransport
        return kind().is_available
    return name in ("ipc", "tcp", "inproc", "udp", "pgm", "epgm", "draft")


__all__ = ["__version__", "has", "pyzmq_version", "pyzmq_version_info", "zmq_version", "zmq_version_info"]
