"""Network namespaces of our own: multicast traffic in the tests never leaves them.

Two namespaces joined by a cable (a veth pair), or one with nothing but its loopback interface. They need no privileges
where the system lets everybody make user namespaces, live in processes that do nothing, and end with them.
"""

from __future__ import annotations

import os
import shutil
import subprocess

INTERFACES = {"a": "va", "b": "vb"}
ADDRESSES = {"a": "10.77.0.1", "b": "10.77.0.2"}
ADDRESSES_6 = {"a": "fd77::1", "b": "fd77::2"}
PATIENCE_S = 10

PATH = (
    f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # where ip and nft are, also for those who are not root
)


class Unavailable(Exception):
    """This system does not let us make namespaces; says why."""


class Namespace:
    """One network namespace, kept alive by a sleeping process."""

    def __init__(self, beside: Namespace | None = None) -> None:
        for tool in ("unshare", "nsenter", "ip"):
            if shutil.which(tool, path=PATH) is None:
                raise Unavailable(f"the command {tool} is missing")
        sleeper = ["sh", "-c", "ip link set lo up && echo ready; exec sleep 600"]
        if beside is None:
            command = ["unshare", "--user", "--map-root-user", "--net", *sleeper]
        else:
            command = beside.command(["unshare", "--net", *sleeper])
        self._process = subprocess.Popen(
            command,
            env=os.environ | {"PATH": PATH},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None and self._process.stderr is not None
        if self._process.stdout.readline() != "ready\n":
            self._process.kill()
            reason = self._process.stderr.read().strip()
            self.close()
            raise Unavailable(f"no network namespaces here: {reason}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def command(self, command: list[str]) -> list[str]:
        """The command that runs a command in here."""
        return ["nsenter", f"--target={self.pid}", "--user", "--net", "--preserve-credentials", *command]

    def run(self, *command: str, text: str | None = None) -> str:
        """Run a command to its end; returns what it printed."""
        finished = subprocess.run(
            self.command(list(command)),
            env=os.environ | {"PATH": PATH},
            input=text,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        if finished.returncode:
            raise Unavailable(f"{' '.join(command)}: {finished.stderr.strip()}")
        return finished.stdout

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    # Losses, made by the kernel's packet filter on what arrives here.

    def lose(self, *rules: str) -> None:
        """Drop what matches these expressions of nft."""
        lines = "".join(f"add rule inet loss input {rule} counter drop\n" for rule in rules)
        self.run(
            "nft",
            "-f",
            "-",
            text="table inet loss\ndelete table inet loss\ntable inet loss {\n"
            "chain input { type filter hook input priority 0; policy accept; }\n}\n" + lines,
        )

    def lost_count(self) -> int:
        """How many packets were dropped."""
        words = self.run("nft", "list", "table", "inet", "loss").split()
        return sum(int(words[at + 2]) for at, word in enumerate(words) if word == "counter")


class Cable:
    """Namespaces "a" and "b", joined by a veth pair."""

    def __init__(self) -> None:
        self.ends: dict[str, Namespace] = {}
        try:
            self.ends["a"] = a = Namespace()
            self.ends["b"] = b = Namespace(beside=a)
            a.run(
                "ip", "link", "add", "name", "va", "type", "veth", "peer", "name", "vb", "netns", str(b.pid)
            )
            for name, end in self.ends.items():
                interface = INTERFACES[name]
                end.run("ip", "addr", "add", f"{ADDRESSES[name]}/24", "dev", interface)
                end.run("ip", "-6", "addr", "add", f"{ADDRESSES_6[name]}/64", "dev", interface, "nodad")
                end.run("ip", "link", "set", interface, "up")
                end.run("ip", "route", "add", "224.0.0.0/4", "dev", interface)
        except Unavailable:
            self.close()
            raise

    def close(self) -> None:
        for end in reversed(self.ends.values()):
            end.close()


def can_filter(namespace: Namespace) -> str:
    """Why losses cannot be made here; empty if they can."""
    if shutil.which("nft", path=PATH) is None:
        return "the command nft is missing (package nftables)"
    try:
        namespace.lose("udp dport 1 numgen inc mod 3 == 1")
        namespace.run("nft", "delete", "table", "inet", "loss")
    except Unavailable as error:
        return str(error)
    return ""


def packet_type(kind: int, raw: bool = False) -> str:
    """An nft expression for PGM packets of one type."""
    return f"meta l4proto 113 @th,32,8 {kind}" if raw else f"meta l4proto udp @th,96,8 {kind}"
