"""purezmq: ZeroMQ written in Python, with pyzmq's interface.

>>> import purezmq as zmq
>>> with zmq.Context() as ctx, ctx.socket(zmq.REP) as server:
...     server.bind("tcp://127.0.0.1:5555")
...     request = server.recv()
"""

from __future__ import annotations

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ._compiled import compiled_modules as compiled_modules  # isort: skip  (first: it may turn compiled ones off)
from . import constants as constants
from . import error as error
from ._version import __version__ as __version__
from .base.endpoint import IPC_PATH_MAX_LEN as IPC_PATH_MAX_LEN
from .constants import *  # noqa: F403
from .context import Context as Context
from .error import *  # noqa: F403
from .error import UnsafePickleWarning as UnsafePickleWarning
from .error import strerror as strerror
from .error import zmq_errno as zmq_errno
from .frame import COPY_THRESHOLD as COPY_THRESHOLD
from .frame import Frame as Frame
from .frame import Message as Message
from .poll import Poller as Poller
from .poll import select as select
from .poll import zmq_poll as zmq_poll
from .proxy import device as device
from .proxy import proxy as proxy
from .proxy import proxy_steerable as proxy_steerable
from .socket import Socket as Socket
from .tracker import FINISHED_TRACKER as _FINISHED_TRACKER
from .tracker import MessageTracker as MessageTracker
from .version import has as has
from .version import pyzmq_version as pyzmq_version
from .version import pyzmq_version_info as pyzmq_version_info
from .version import zmq_version as zmq_version
from .version import zmq_version_info as zmq_version_info

# Programs ask before they use any of libzmq's drafts.
DRAFT_API = PYZMQ_DRAFT_API = True

__revision__ = ""  # pyzmq has the commit of a development version here

if _TYPE_CHECKING:
    from typing import Any as _Any

    from . import _typing as _typing
    from . import backend as backend
    from . import sugar as sugar
    from . import utils as utils
    from .as_zmq import install_as_zmq as install_as_zmq
    from .curve_keys import curve_keypair as curve_keypair
    from .curve_keys import curve_public as curve_public
    from .headers import get_includes as get_includes
    from .headers import get_library_dirs as get_library_dirs
    from .sugar.context import SyncContext as SyncContext
    from .sugar.socket import SyncSocket as SyncSocket
    from .sugar.stopwatch import Stopwatch as Stopwatch

# What is there after ``import zmq`` in pyzmq but rarely used: its name, and its module ("": it is one itself).
_LATER = {
    "Stopwatch": "sugar.stopwatch",
    "SyncContext": "sugar.context",
    "SyncSocket": "sugar.socket",
    "_typing": "",
    "backend": "",
    "curve_keypair": "curve_keys",
    "curve_public": "curve_keys",
    "get_includes": "headers",
    "get_library_dirs": "headers",
    "install_as_zmq": "as_zmq",
    "sugar": "",
    "utils": "",
}


def __getattr__(name: str) -> _Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = _LATER[name]
    found = (
        getattr(import_module(f".{home}", __name__), name) if home else import_module(f".{name}", __name__)
    )
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


__all__ = [
    *constants.__all__,
    *error.__all__,
    "COPY_THRESHOLD",
    "DRAFT_API",
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "Context",
    "Frame",
    "Message",
    "MessageTracker",
    "Poller",
    "Socket",
    "Stopwatch",
    "SyncContext",
    "SyncSocket",
    "_FINISHED_TRACKER",
    "__revision__",
    "__version__",
    "compiled_modules",
    "curve_keypair",
    "curve_public",
    "device",
    "get_includes",
    "get_library_dirs",
    "has",
    "proxy",
    "proxy_steerable",
    "pyzmq_version",
    "pyzmq_version_info",
    "select",
    "strerror",
    "zmq_errno",
    "zmq_poll",
    "zmq_version",
    "zmq_version_info",
]
