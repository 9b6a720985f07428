"""REQ to REP and back with purezmq's BUSY_POLL, beside a raw pair of sockets that spins, and libzmq as it is.

Who sets BUSY_POLL gives a processor away for the shortest delay. So the row has no place for pyzmq and pyomq, which
have nothing of that kind; libzmq's driver stands in it to show what the choice is between.
"""

from __future__ import annotations

from typing import Any

from benchmarks.choice import Choice
from benchmarks.errors import Unsupported
from benchmarks.job import Case, Job
from benchmarks.scenarios import roundtrip

NAME = "busy_roundtrip"
TITLE = "REQ/REP round trip of sockets that poll busily"
FIGURES = roundtrip.FIGURES
BUSY_US = 1000  # far longer than a round trip takes, so that no wait of the window sleeps


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "size": size}
        for transport in choice.pick_transports(("tcp",) if choice.is_smoke else ("tcp", "ipc"))
        for size in choice.pick_sizes((100,), (100,), (100,))
    ]


def server(job: Job) -> dict[str, Any]:
    return roundtrip.server(job, _setting(job))


def client(job: Job) -> dict[str, Any]:
    return roundtrip.client(job, _setting(job))


def _setting(job: Job) -> Any:
    def set_busy_poll(socket: Any) -> None:
        if job.library.import_name and not hasattr(type(socket), "busy_poll"):
            raise Unsupported("it has no BUSY_POLL")
        if job.library.import_name:
            socket.busy_poll = BUSY_US

    return set_busy_poll


ROLES = {"server": server, "client": client}
conduct = roundtrip.conduct
