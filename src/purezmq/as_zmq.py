"""``import zmq`` gives purezmq: for programs and libraries that were written for pyzmq (docs/moving-from-pyzmq.md)."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from ._shim import purezmq_as_zmq

__all__ = ["install_as_zmq"]


def install_as_zmq(children: bool = True) -> None:
    """From now on ``import zmq`` gives purezmq, in this process and, with ``children``, in those that it starts.

    Call it before anything imports zmq. An installed pyzmq stays as it is, and is not loaded.

        import purezmq
        purezmq.install_as_zmq()
        import zmq  # this, and every library that does the same

    ``zmq.x.y`` is the module ``purezmq.x.y``; ``zmq.__version__`` and ``importlib.metadata.version("pyzmq")`` are the
    version of pyzmq whose interface this is. Raises RuntimeError if pyzmq's zmq was imported already.
    """
    purezmq_as_zmq.install()
    if children:
        prepare(os.environ)


def prepare(environment: MutableMapping[str, str]) -> None:
    """Make Python processes with this environment import purezmq as zmq, and those that they start."""
    environment[purezmq_as_zmq.VARIABLE] = "1"
    path = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if purezmq_as_zmq.DIRECTORY not in path:
        environment["PYTHONPATH"] = os.pathsep.join([purezmq_as_zmq.DIRECTORY, *path])
