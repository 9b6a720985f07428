"""purezmq: ZeroMQ written in Python, with pyzmq's interface.

>>> import purezmq as zmq
>>> with zmq.Context() as ctx, ctx.socket(zmq.REP) as server:
...     server.bind("tcp://127.0.0.1:5555")
...     request = server.recv()
"""

from __future__ import annotations

from . import constants as constants
from . import error as error
from ._version import __version__ as __version__
from .base.endpoint import IPC_PATH_MAX_LEN as IPC_PATH_MAX_LEN
from .constants import *  # noqa: F403
from .context import Context as Context
from .curve_keys import curve_keypair as curve_keypair
from .curve_keys import curve_public as curve_public
from .error import *  # noqa: F403
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
from .tracker import FINISHED_TRACKER as _FINISHED_TRACKER  # noqa: F401 (pyzmq programs look for it)
from .tracker import MessageTracker as MessageTracker
from .version import has as has
from .version import pyzmq_version as pyzmq_version
from .version import pyzmq_version_info as pyzmq_version_info
from .version import zmq_version as zmq_version
from .version import zmq_version_info as zmq_version_info

# Programs ask before they use any of libzmq's draft socket types, so this is only true when all of them are there.
DRAFT_API = PYZMQ_DRAFT_API = has("draft")
