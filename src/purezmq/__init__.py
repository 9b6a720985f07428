"""purezmq: ZeroMQ written in Python, with pyzmq's interface.

>>> import purezmq as zmq
>>> with zmq.Context() as ctx, ctx.socket(zmq.REP) as server:
...     server.bind("tcp://127.0.0.1:5555")
...     request = server.recv()
"""

from __future__ import annotations

import os as _os
import sys as _sys

from . import constants as constants
from ._version import __version__ as __version__

# Programs ask before they use any of libzmq's drafts.
DRAFT_API = PYZMQ_DRAFT_API = True

__revision__ = ""  # pyzmq has the commit of a development version here

if _os.environ.get("PUREZMQ_PURE", "") not in ("", "0"):
    from . import _compiled

    _compiled.turn_off()  # before anything is imported that may be compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any as _Any

    from . import _typing as _typing
    from . import backend as backend
    from . import error as error
    from . import sugar as sugar
    from . import utils as utils
    from ._compiled import compiled_modules as compiled_modules
    from ._proxy import device as device
    from ._proxy import proxy as proxy
    from ._proxy import proxy_steerable as proxy_steerable
    from .as_zmq import install_as_zmq as install_as_zmq
    from .base.endpoint import IPC_PATH_MAX_LEN as IPC_PATH_MAX_LEN
    from .constants import *  # noqa: F403
    from .context import Context as Context
    from .curve_keys import curve_keypair as curve_keypair
    from .curve_keys import curve_public as curve_public
    from .error import Again as Again
    from .error import ContextTerminated as ContextTerminated
    from .error import DraftFDWarning as DraftFDWarning
    from .error import InterruptedSystemCall as InterruptedSystemCall
    from .error import NotDone as NotDone
    from .error import UnsafePickleWarning as UnsafePickleWarning
    from .error import ZMQBaseError as ZMQBaseError
    from .error import ZMQBindError as ZMQBindError
    from .error import ZMQError as ZMQError
    from .error import ZMQVersionError as ZMQVersionError
    from .error import strerror as strerror
    from .error import zmq_errno as zmq_errno
    from .frame import COPY_THRESHOLD as COPY_THRESHOLD
    from .frame import Frame as Frame
    from .frame import Message as Message
    from .headers import get_includes as get_includes
    from .headers import get_library_dirs as get_library_dirs
    from .poll import Poller as Poller
    from .poll import select as select
    from .poll import zmq_poll as zmq_poll
    from .socket import Socket as Socket
    from .sugar.context import SyncContext as SyncContext
    from .sugar.socket import SyncSocket as SyncSocket
    from .sugar.stopwatch import Stopwatch as Stopwatch
    from .sugar.tracker import _FINISHED_TRACKER as _FINISHED_TRACKER
    from .tracker import MessageTracker as MessageTracker
    from .version import has as has
    from .version import pyzmq_version as pyzmq_version
    from .version import pyzmq_version_info as pyzmq_version_info
    from .version import zmq_version as zmq_version
    from .version import zmq_version_info as zmq_version_info

# Everything is imported when it is asked for first, so that a program that only looks around, or imports this to use it
# later, does not wait. Modules, and the names that come from them ("module:attribute" where that has another name).
_MODULES = {
    "_compiled": "compiled_modules",
    "_proxy": "device proxy proxy_steerable",
    "as_zmq": "install_as_zmq",
    "base.endpoint": "IPC_PATH_MAX_LEN",
    "context": "Context",
    "curve_keys": "curve_keypair curve_public",
    "error": "Again ContextTerminated DraftFDWarning InterruptedSystemCall NotDone UnsafePickleWarning ZMQBaseError "
    "ZMQBindError ZMQError ZMQVersionError strerror zmq_errno",
    "frame": "COPY_THRESHOLD Frame Message",
    "headers": "get_includes get_library_dirs",
    "poll": "Poller select zmq_poll",
    "socket": "Socket",
    "sugar.context": "SyncContext",
    "sugar.socket": "SyncSocket",
    "sugar.stopwatch": "Stopwatch",
    "sugar.tracker": "_FINISHED_TRACKER",
    "tracker": "MessageTracker",
    "version": "has pyzmq_version pyzmq_version_info zmq_version zmq_version_info",
}
_HOMES = {name: home for home, names in _MODULES.items() for name in names.split()}
# These are modules themselves.
_SUBMODULES = frozenset(
    {
        "_typing",
        "backend",
        "context",
        "error",
        "frame",
        "poll",
        "socket",
        "sugar",
        "tracker",
        "utils",
        "version",
    }
)


def _find(name: str) -> _Any:
    if name in _HOMES:
        _import(_HOMES[name])
        # What came along is bound as well: nothing can be imported any more when the interpreter ends.
        for other, home in _HOMES.items():
            module = _sys.modules.get(f"{__name__}.{home}")
            # (Another thread's import may be under way, and may fail.)
            if module is not None and not getattr(module.__spec__, "_initializing", False):
                globals().setdefault(other, vars(module)[other])
    elif name in _SUBMODULES:
        _import(name)
    elif name in constants.__all__:
        globals()[name] = getattr(constants, name)
    if name not in globals():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[name]


def _import(name: str) -> None:
    __import__(f"{__name__}.{name}")  # importlib would have to be imported itself


if not TYPE_CHECKING:
    __getattr__ = _find


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_HOMES, *_SUBMODULES})


__all__ = [
    "COPY_THRESHOLD",
    "DRAFT_API",
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "_FINISHED_TRACKER",
    "Again",
    "Context",
    "ContextTerminated",
    "DraftFDWarning",
    "Frame",
    "InterruptedSystemCall",
    "Message",
    "MessageTracker",
    "NotDone",
    "Poller",
    "Socket",
    "Stopwatch",
    "SyncContext",
    "SyncSocket",
    "ZMQBaseError",
    "ZMQBindError",
    "ZMQError",
    "ZMQVersionError",
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
__all__ += constants.__all__
