"""A process that plays one role of one run, or all of an inproc run. Started by ``team.ProcessTeam``."""

from __future__ import annotations

import faulthandler
import os
import sys

import benchmarks.fallback  # noqa: F401
from benchmarks.errors import RunFailed, Unsupported
from benchmarks.job import Job
from benchmarks.libraries import find_library
from benchmarks.scenarios import find_scenario
from benchmarks.settings import FULL, Settings
from benchmarks.team import ThreadTeam, play, worker_channel

EVERY_ROLE = "every role"
OWN_SHARE = 0.8  # of the deadline, so that the reason of a failure still gets out before the process is ended


def main() -> None:
    faulthandler.enable()
    channel = worker_channel(FULL.deadline_s)
    order = channel.wait("play")
    settings = Settings(**order["settings"])
    channel.patience_s = settings.deadline_s
    job = Job(
        find_library(order["library"]),
        order["scenario"],
        order["case"],
        settings,
        order["directory"],
        order["role"],
        channel,
    )
    if job.role == EVERY_ROLE:
        _play_every_role(job)
    else:
        play(job)
    sys.stdout.flush()
    sys.stderr.flush()
    # The result has been told and all sockets are closed. How a library's threads end at interpreter exit is
    # a matter for its tests; here a hang in it would only be waited for.
    os._exit(0)


def _play_every_role(job: Job) -> None:
    assert job.channel is not None
    try:
        figures = find_scenario(job.scenario).conduct(ThreadTeam(job, job.settings.deadline_s * OWN_SHARE))
    except Unsupported as error:
        job.channel.tell("unsupported", reason=str(error))
    except RunFailed as error:
        job.channel.tell("failed", error=str(error))
    else:
        job.channel.tell("result", figures=figures)


if __name__ == "__main__":
    main()
