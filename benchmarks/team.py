"""The members of one run: processes, or threads of one process for inproc."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO, Any

from benchmarks.channel import Channel, Fields, Member, process_channel
from benchmarks.errors import Unsupported
from benchmarks.job import Job

ROOT = Path(__file__).resolve().parent.parent
LAST_WORDS = 1500  # characters of a crashed worker's standard error that are worth showing


class Team:
    """Starts members and brings them to one end."""

    def __init__(self, job: Job, deadline_s: float | None = None) -> None:
        self.job = job
        self.members: list[Member] = []
        self._deadline = time.monotonic() + (deadline_s or job.settings.deadline_s)
        self._lock = threading.Lock()
        self._ended: set[str] = set()  # members that have told how it went
        self._failure: Fields | None = None

    def remaining_s(self) -> float:
        return self._deadline - time.monotonic()

    def start(self, role: str, name: str | None = None, **parameters: Any) -> Member:
        """Start a member that plays `role`; `parameters` are added to its case."""
        raise NotImplementedError

    def hear(self, member: Member, fields: Fields) -> None:
        """Take in what a member tells. A failure ends the run, whichever member the conductor waits for."""
        with self._lock:
            is_end = fields["word"] in ("result", "failed", "unsupported")
            if is_end and member.name in self._ended:
                return  # A process that has told its result then just ends.
            if is_end:
                self._ended.add(member.name)
            if fields["word"] in ("failed", "unsupported"):
                self._failure = {**fields, "by": member.name}
                for other in self.members:
                    other.told.put(self._failure)
            else:
                member.told.put(fields)

    def _add(self, member: Member) -> Member:
        with self._lock:
            self.members.append(member)
            if self._failure is not None:
                member.told.put(self._failure)
        return member

    def finish(self) -> dict[str, Fields]:
        """Wait until every member is done, then let them take their readings and close; returns the results.

        Nobody closes before everybody is done, so no sender can lose what it has sent by ending early.
        """
        for member in self.members:
            member.expect("done")
        for member in self.members:
            member.say("finish")
        return {member.name: member.expect("result") for member in self.members}


class ProcessTeam(Team):
    """Every member is a fresh interpreter."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._processes: list[subprocess.Popen[str]] = []
        self._listeners: list[threading.Thread] = []

    def start(self, role: str, name: str | None = None, **parameters: Any) -> Member:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=self.job.library.environment(),
        )
        self._processes.append(process)
        assert process.stdin is not None
        stdin = process.stdin

        def say(fields: Fields) -> None:
            # If it has crashed, what it said last explains more than a broken pipe.
            with contextlib.suppress(OSError, ValueError):
                stdin.write(json.dumps(fields) + "\n")
                stdin.flush()

        member = self._add(Member(name or role, say, self.remaining_s))
        listener = threading.Thread(target=self._listen, args=(process, member), daemon=True)
        listener.start()
        self._listeners.append(listener)
        part = self.job.part(role, parameters)
        member.say(
            "play",
            library=part.library.name,
            scenario=part.scenario,
            role=role,
            case=part.case,
            settings=part.settings.as_dict(),
            directory=part.directory,
        )
        return member

    def _listen(self, process: subprocess.Popen[str], member: Member) -> None:
        assert process.stdout is not None and process.stderr is not None
        with process.stdout, process.stderr:
            for line in process.stdout:
                try:
                    fields = json.loads(line)
                except ValueError:
                    fields = {"word": "failed", "error": f"wrote to its standard output: {line!r}"}
                self.hear(member, fields)
            self.hear(member, {"word": "failed", "error": _last_words(process, process.stderr)})

    def close(self, patience_s: float) -> None:
        """End every process that has not ended by itself in time, by its pid; afterwards none is left."""
        for process in self._processes:
            try:
                process.wait(timeout=patience_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
        for listener in self._listeners:
            listener.join()


class ThreadTeam(Team):
    """Every member is a thread of this process, so that they can share a context."""

    def start(self, role: str, name: str | None = None, **parameters: Any) -> Member:
        # `member` exists before the role can tell anything.
        channel = Channel(lambda fields: self.hear(member, fields), self.job.settings.deadline_s)
        member = self._add(Member(name or role, channel.deliver, self.remaining_s))
        part = self.job.part(role, parameters, channel)
        threading.Thread(target=play, args=(part,), daemon=True, name=role).start()
        return member


def play(job: Job) -> None:
    """Play a role to its end and tell how it went."""
    from benchmarks.scenarios import find_scenario

    assert job.channel is not None
    try:
        job.channel.tell("result", **(find_scenario(job.scenario).ROLES[job.role](job) or {}))
    except Unsupported as error:
        job.channel.tell("unsupported", reason=str(error))
    except BaseException as error:  # A thread that dies silently would look like a hang.
        reason = job.library.why_unsupported(error)
        if reason:
            job.channel.tell("unsupported", reason=reason)
        else:
            job.channel.tell("failed", error=traceback.format_exc(limit=-2).rstrip())


def worker_channel(patience_s: float) -> Channel:
    """Return the channel of the process that a ProcessTeam started."""
    return process_channel(sys.stdin, sys.stdout, patience_s)


def _last_words(process: subprocess.Popen[str], stderr: IO[str]) -> str:
    said = stderr.read()[-LAST_WORDS:]
    return f"ended with exit code {process.wait()}: {said}".rstrip(": ")
