"""What a user writes for an ssh server, ``user@host:port``, taken apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Server:
    """Who and where; None where ssh's own configuration decides."""

    host: str
    user: str | None = None
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Server:
        """Raises ValueError for a port that is no number, and for what ssh would take as an option."""
        user, at, rest = text.rpartition("@")
        host, colon, port = rest.rpartition(":")
        if not colon:
            host, port = rest, ""
        if not host or host.startswith("-") or user.startswith("-") or (colon and not port.isdigit()):
            raise ValueError(f"{text!r} is no ssh server: expected host, user@host or user@host:port")
        return cls(host, user if at else None, int(port) if port else None)

    @property
    def user_and_host(self) -> str:
        """As the ssh command takes it."""
        return f"{self.user}@{self.host}" if self.user else self.host
