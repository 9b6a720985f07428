"""A Kerberos realm of our own: a database, a server (KDC) and a table of keys, all in one directory, without root."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

REALM = "PUREZMQ.TEST"
SERVICE = "zmq@localhost"
USERS = ("alice", "bob")

# Debian keeps them where only root looks.
_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
NEEDED = ("krb5kdc", "kdb5_util", "kadmin.local")

_CLIENT_CONFIG = """
[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = {realm}
"""

_SERVER_CONFIG = """
[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {directory}/principal
  key_stash_file = {directory}/stash
  acl_file = {directory}/acl
 }}
"""


def missing() -> list[str]:
    """The programs that are not installed."""
    return [name for name in NEEDED if shutil.which(name, path=_PATH) is None]


class Realm:
    """A running realm with a service and some users; ``environment`` makes a process part of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = _free_port()
        facts = {"realm": REALM, "port": self.port, "directory": directory}
        (directory / "krb5.conf").write_text(_CLIENT_CONFIG.format(**facts))
        (directory / "kdc.conf").write_text(_SERVER_CONFIG.format(**facts))
        (directory / "tickets").mkdir()
        self.environment = {
            "KRB5_CONFIG": str(directory / "krb5.conf"),
            "KRB5_KTNAME": str(directory / "keys"),  # those of servers
            "KRB5_CLIENT_KTNAME": str(directory / "keys"),  # those with which clients get their tickets
            "KRB5CCNAME": f"DIR:{directory}/tickets",
            "KRB5RCACHENAME": "none:",
        }
        self._run("kdb5_util", "create", "-s", "-r", REALM, "-P", "only for tests")
        for name in ("zmq/localhost", "stale/localhost", *USERS, "mallory"):
            self._admin(f"addprinc -randkey {name}")
        for name in ("zmq/localhost", "stale/localhost", *USERS):
            self._admin(f"ktadd -k {directory}/keys {name}")
        # The service's key was changed, and its host has only the old one.
        self._admin("cpw -randkey stale/localhost")
        with (directory / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [_path_of("krb5kdc"), "-n", "-P", str(directory / "pid")],
                env=self._server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def close(self) -> None:
        self._server.kill()
        self._server.wait()

    def _admin(self, command: str) -> None:
        self._run("kadmin.local", "-r", REALM, "-q", command)

    def _run(self, *command: str) -> None:
        finished = subprocess.run(
            [_path_of(command[0]), *command[1:]],
            env=self._server_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert finished.returncode == 0, f"{command}: {finished.stderr}"

    def _server_environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment, "KRB5_KDC_PROFILE": str(self.directory / "kdc.conf")}

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            log = (self.directory / "log").read_text()
            assert self._server.poll() is None, f"the KDC ended: {log}"
            assert time.monotonic() < deadline, f"the KDC does not answer: {log}"
            time.sleep(0.02)


def _path_of(program: str) -> str:
    path = shutil.which(program, path=_PATH)
    assert path is not None
    return path


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
