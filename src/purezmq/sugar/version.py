"""``zmq.sugar.version``: here ``__version__`` is the release of pyzmq whose interface this is, not purezmq's own."""

from __future__ import annotations

from ..version import pyzmq_version, pyzmq_version_info, zmq_version, zmq_version_info

__all__ = [
    "__revision__",
    "__version__",
    "pyzmq_version",
    "pyzmq_version_info",
    "zmq_version",
    "zmq_version_info",
]

__version__ = pyzmq_version()
__revision__ = ""
VERSION_MAJOR, VERSION_MINOR, VERSION_PATCH = pyzmq_version_info()
VERSION_EXTRA = ""
