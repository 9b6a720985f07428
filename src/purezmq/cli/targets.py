"""The positional arguments: endpoints, with ``@`` (bind) or ``>`` (connect) before them, and input files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from .failure import CliFailure, ExitCode

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """One endpoint and the end of it that we are."""

    endpoint: str
    bind: bool


def split_arguments(
    arguments: Iterable[str], bind: bool | None, default: bool
) -> tuple[list[Target], list[str]]:
    """Sort arguments into endpoints and files.

    ``bind`` is what --bind or --connect said about endpoints without a prefix, ``default`` the socket type's habit.
    """
    targets: list[Target] = []
    files: list[str] = []
    for argument in arguments:
        if "://" in argument:
            targets.append(as_target(argument, bind, default))
        else:
            files.append(_existing_file(argument))
    return targets, files


def as_target(argument: str, bind: bool | None, default: bool) -> Target:
    """One endpoint argument; its prefix decides, then the option, then a wildcard, then the default."""
    if argument.startswith("@"):
        return Target(argument[1:], True)
    if argument.startswith(">"):
        return Target(argument[1:], False)
    if "://" not in argument:
        raise CliFailure(f"{argument!r} is not an endpoint{_guess(argument)}", ExitCode.ENDPOINT)
    if bind is None:
        bind = default or _only_binds(argument)
    return Target(argument, bind)


def _only_binds(endpoint: str) -> bool:
    """True for a wildcard address or port, which nobody can connect to."""
    scheme, _, address = endpoint.partition("://")
    if scheme == "ipc":
        return address == "*"
    return address.startswith("*") or address.endswith((":*", ":0"))


def _existing_file(argument: str) -> str:
    if argument == STDIN or os.path.exists(argument):
        return argument
    raise CliFailure(
        f"{argument!r} is neither an endpoint nor an existing file{_guess(argument)}", ExitCode.USAGE
    )


def _guess(argument: str) -> str:
    prefix = argument[:1] if argument[:1] in ("@", ">") else ""
    host, colon, port = argument[len(prefix) :].rpartition(":")
    if colon and (port.isdigit() or port == "*") and "/" not in host:
        return f"; did you mean '{prefix}tcp://{host or '127.0.0.1'}:{port}'?"
    return "; an endpoint looks like tcp://127.0.0.1:5555 or ipc:///tmp/socket"
