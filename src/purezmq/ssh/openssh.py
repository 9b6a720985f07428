"""Tunnels by the ``ssh`` command. Passwords need pexpect, because ssh asks for them at the terminal only."""

from __future__ import annotations

import atexit
import os
import subprocess
import tempfile
import time
from getpass import getpass
from typing import Any

from .server import Server

# The remote command says this when we are in; the local port is open by then.
_READY = "purezmq-tunnel-is-ready"
_LOOK_S = 0.05
_GIVE_UP_S = 60.0  # for the connection and the login
_ATTEMPTS = 3  # with a password

_tunnels: list[Any] = []  # kept, because a pexpect child ends with its object


def ssh_command(server: str, keyfile: str | None, *options: str) -> list[str]:
    """The beginning of a command that logs in there."""
    there = Server.parse(server)
    command = ["ssh", "-o", "ExitOnForwardFailure=yes", *options]
    if keyfile:
        command += ["-i", keyfile]
    if there.port is not None:
        command += ["-p", str(there.port)]
    return [*command, there.user_and_host]


def open_without_password(command: list[str]) -> int:
    """Start the command and wait until it is in. Returns the process's number. Raises RuntimeError saying why not."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for us, not for the tunnel
        )
        assert process.stdout is not None
        output = process.stdout
        os.set_blocking(output.fileno(), False)
        deadline = time.monotonic() + _GIVE_UP_S
        seen = b""
        while _READY.encode() not in seen:
            seen += output.read() or b""
            if process.poll() is not None or time.monotonic() >= deadline:
                process.kill()
                process.wait()
                output.close()
                errors.seek(0)
                why = errors.read().decode(errors="replace").strip() or f"exit status {process.returncode}"
                raise RuntimeError(f"no tunnel by {' '.join(command)}: {why}")
            time.sleep(_LOOK_S)
    _keep(process)
    return process.pid


def open_with_password(command: list[str], server: str, password: str | None) -> int:
    """The same with a password; without one, it is asked for. Raises ImportError without pexpect."""
    pexpect = _pexpect()
    child = pexpect.spawn(command[0], command[1:], env=_environment(), timeout=_GIVE_UP_S, encoding="utf-8")
    for _ in range(_ATTEMPTS + 1):
        found = child.expect(
            [
                _READY,
                r"(?i)pass(word|phrase)[^\n]*:",
                "Are you sure you want to continue connecting",
                pexpect.EOF,
            ]
        )
        if found == 0:
            _keep(child)
            return int(child.pid)
        if found == 2:
            child.close(force=True)
            raise RuntimeError(
                f"the host key of {server} is not known: log in once by hand, to check and keep it"
            )
        if found == 3:
            raise RuntimeError(f"no tunnel by {' '.join(command)}: {str(child.before).strip()}")
        child.sendline(getpass(f"{server}'s password: ") if password is None else password)
        password = None  # if it is asked again, it was wrong
    child.close(force=True)
    raise RuntimeError(f"{server} did not accept the password")


def remote_command(timeout: int) -> str:
    """What runs over there: the tunnel lives at least so long, and then as long as it has connections."""
    return f"echo {_READY}; sleep {timeout}"


def accepts_without_password(server: str, keyfile: str | None) -> bool:
    """Whether ssh gets in by keys alone."""
    command = [*ssh_command(server, keyfile, "-o", "BatchMode=yes"), "exit"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, env=_environment(), check=False
    )
    return done.returncode == 0


def _environment() -> dict[str, str]:
    # ssh must not open a window to ask for what we are going to say.
    return {name: value for name, value in os.environ.items() if name != "SSH_ASKPASS"}


def _pexpect() -> Any:
    try:
        import pexpect
    except ImportError:
        raise ImportError(
            "ssh takes a password by pexpect only: install it, use a key, or use paramiko=True",
            name="pexpect",
        ) from None
    return pexpect


def _keep(tunnel: Any) -> None:
    if not _tunnels:
        atexit.register(_close_all)
    _tunnels.append(tunnel)


def _close_all() -> None:
    for tunnel in _tunnels:
        if isinstance(tunnel, subprocess.Popen):
            tunnel.terminate()
            tunnel.wait()
            if tunnel.stdout is not None:
                tunnel.stdout.close()
        else:
            tunnel.close(force=True)
