"""Choosing among pyzmq's backends. Here there is one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

public_api = [
    "Context",
    "Socket",
    "Frame",
    "Message",
    "proxy",
    "proxy_steerable",
    "zmq_poll",
    "strerror",
    "zmq_errno",
    "has",
    "curve_keypair",
    "curve_public",
    "zmq_version_info",
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
]


def select_backend(name: str) -> dict[str, Any]:
    """The names of ``public_api`` from a module, a backend of somebody's own or ``"purezmq.backend"``.

    Raises ImportError if there is no such module, or if it lacks one of them.
    """
    module = import_module(name)
    missing = [wanted for wanted in public_api if not hasattr(module, wanted)]
    if missing:
        raise ImportError(f"{name} is no backend: it has no {', '.join(missing)}", name=name)
    return {wanted: getattr(module, wanted) for wanted in public_api}
