"""``zmq.backend``: in pyzmq the compiled half of the library, here other names for the same classes and functions.

There is no ``backend.cython`` and no ``backend.cffi``: importing them raises ModuleNotFoundError, because what they
offer beyond this (pointers into libzmq) does not exist.
"""

from __future__ import annotations

from .._proxy import proxy, proxy_steerable
from ..base.endpoint import IPC_PATH_MAX_LEN
from ..context import Context
from ..curve_keys import curve_keypair, curve_public
from ..error import strerror, zmq_errno
from ..frame import Frame, Message
from ..poll import zmq_poll
from ..socket import Socket
from ..version import has, zmq_version_info
from .select import public_api, select_backend

__all__ = [
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "Context",
    "Frame",
    "Message",
    "Socket",
    "curve_keypair",
    "curve_public",
    "has",
    "proxy",
    "proxy_steerable",
    "public_api",
    "select_backend",
    "strerror",
    "zmq_errno",
    "zmq_poll",
    "zmq_version_info",
]

PYZMQ_DRAFT_API = has("draft")
