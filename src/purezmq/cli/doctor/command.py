"""The command ``purezmq doctor``: the steps in their order."""

from __future__ import annotations

from time import monotonic

import click

from purezmq.base.endpoint import Endpoint, parse_endpoint
from purezmq.error import ZMQError
from purezmq.zmtp.compat import COMPATIBLE

from ..options import timeout_option
from .binding import check_bind
from .findings import Findings
from .line import Line
from .presenting import teller
from .reaching import reach
from .talking import talk

DEFAULT_TIMEOUT_MS = 3000


@click.command(
    params=[
        click.Argument(["endpoint"]),
        click.Option(
            ["--type", "kind"],
            type=click.Choice(sorted(COMPATIBLE), case_sensitive=False),
            help="The socket type that you mean to use; says whether it fits.",
        ),
        click.Option(["-b", "--bind"], is_flag=True, help="Check whether the endpoint can be bound here."),
        timeout_option(f"Time for the whole examination (default {DEFAULT_TIMEOUT_MS})."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print each finding as a JSON object."),
    ]
)
def doctor(endpoint: str, kind: str | None, bind: bool, timeout: int | None, as_json: bool) -> int:
    """Find out what is wrong with ENDPOINT, step by step.

    Exit code 0: all is well; 1: somebody did not answer in time; 3: something is wrong, and it says what.
    """
    findings = Findings(teller(as_json))
    for_bind = bind or endpoint.startswith("@")
    parsed = _parse(endpoint, for_bind, findings)
    if parsed is not None:
        deadline = monotonic() + (DEFAULT_TIMEOUT_MS if timeout is None else timeout) / 1000
        _examine(parsed, for_bind, kind, findings, deadline)
    return findings.exit_code


def _parse(text: str, for_bind: bool, findings: Findings) -> Endpoint | None:
    text = text.removeprefix("@").removeprefix(">") if "://" in text else text
    try:
        endpoint = parse_endpoint(text, for_bind=for_bind)
    except ZMQError as error:
        findings.wrong("endpoint", str(error.strerror), "see the endpoint syntax in docs/cli.md")
        return None
    if endpoint.scheme not in ("tcp", "ipc"):
        findings.note(
            "endpoint",
            f"{endpoint.text} is well-formed",
            "an inproc name exists inside one process only; there is nothing to see from outside"
            if endpoint.scheme == "inproc"
            else f"the doctor can examine tcp:// and ipc://, not {endpoint.scheme}://",
        )
        return None
    findings.ok("endpoint", f"{endpoint.text} is well-formed")
    return endpoint


def _examine(
    endpoint: Endpoint, for_bind: bool, kind: str | None, findings: Findings, deadline: float
) -> None:
    if for_bind:
        return check_bind(endpoint, findings)
    stream = reach(endpoint, findings, deadline)
    if stream is None:
        return
    line = Line(stream)
    try:
        talk(line, kind, findings, deadline)
    finally:
        line.close()
