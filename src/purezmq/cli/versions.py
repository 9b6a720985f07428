"""``purezmq version``: what is installed, and whether it is compiled."""

from __future__ import annotations

import json
import platform

import click

import purezmq as zmq

from .failure import ExitCode


def show(as_json: bool) -> None:
    """Print the versions."""
    compiled = list(zmq.compiled_modules())
    facts = {
        "purezmq": zmq.__version__,
        "pyzmq API": zmq.pyzmq_version(),
        "libzmq behaviour": zmq.zmq_version(),
        "python": f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}",
        "compiled": compiled if as_json else _compiled_text(compiled),
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, fact in facts.items():
        click.echo(f"{name:17}{fact}")


def _compiled_text(compiled: list[str]) -> str:
    return f"yes, {len(compiled)} modules" if compiled else "no, running the Python source"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def version(as_json: bool) -> int:
    """Show the versions, and whether purezmq is compiled."""
    show(as_json)
    return ExitCode.OK
