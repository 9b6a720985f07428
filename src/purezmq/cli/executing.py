"""``purezmq exec -- COMMAND``: run a program for which ``import zmq`` is purezmq."""

from __future__ import annotations

import os

import click

from ..as_zmq import prepare
from .failure import CliFailure

# What shells answer when there is no such command, and when it is there but cannot be run.
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def execute(command: tuple[str, ...]) -> None:
    """Run COMMAND; wherever it, or a Python process that it starts, imports zmq, it gets purezmq.

    An installed pyzmq stays as it is and is not loaded. It works by two environment variables: PUREZMQ_AS_ZMQ=1, and a
    directory at the beginning of PYTHONPATH. Setting PUREZMQ_AS_ZMQ=0 below turns it off again.

    \b
    purezmq exec -- python server.py
    purezmq exec -- jupyter lab
    """
    environment = dict(os.environ)
    prepare(environment)
    try:
        os.execvpe(command[0], list(command), environment)
    except FileNotFoundError:
        raise CliFailure(f"{command[0]}: command not found", _NOT_FOUND) from None
    except OSError as error:
        raise CliFailure(f"{command[0]}: {error.strerror}", _NOT_EXECUTABLE) from None
