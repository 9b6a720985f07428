"""The operating system's side of an I/O thread: its name, its processors and its place in the scheduler.

All of it can be set from outside, by the thread's number, so settings act on threads that run already, too.
"""

from __future__ import annotations

import errno
import os

from ..base.options import ContextOptions
from ..error import ZMQError, error_for

_NAME_MAX_LEN = 15  # what Linux keeps of a thread's name
_HIGHEST_NICE = -20


def name_prefix(options: ContextOptions) -> str:
    """What the names of the context's threads begin with."""
    prefix = options.thread_name_prefix
    return f"{prefix}/" if prefix else ""


def apply(native_id: int, name: str, options: ContextOptions) -> None:
    """Give a thread its name and what the THREAD_ options ask for. Raises ZMQError saying which could not be had."""
    try:
        with open(f"/proc/self/task/{native_id}/comm", "wb") as file:
            file.write(name.encode()[:_NAME_MAX_LEN])
    except (
        OSError
    ):  # a name is for top and ps only: a system that does not let us set it is no reason to stop
        pass
    if options.thread_sched_policy != -1 or options.thread_priority != -1:
        _schedule(native_id, options.thread_sched_policy, options.thread_priority)
    if options.thread_cpus:
        try:
            os.sched_setaffinity(native_id, options.thread_cpus)
        except (OSError, OverflowError, ValueError) as error:
            cpus = ", ".join(map(str, sorted(options.thread_cpus)))
            raise _refused("THREAD_AFFINITY_CPU_ADD", f"processors {cpus}", error) from None


def _schedule(native_id: int, policy: int, priority: int) -> None:
    current = os.sched_getscheduler(native_id)
    wanted = current if policy == -1 else policy
    has_priorities = wanted in (os.SCHED_FIFO, os.SCHED_RR)
    level = max(priority, 0) if has_priorities else 0
    if has_priorities and priority == -1:
        level = os.sched_get_priority_min(wanted)  # 0 is no priority there
    try:
        if has_priorities or wanted != current:
            os.sched_setscheduler(native_id, wanted, os.sched_param(level))
    except OSError as error:
        raise _refused("THREAD_SCHED_POLICY", f"policy {wanted} with priority {level}", error) from None
    if priority > 0 and not has_priorities:
        # As libzmq: where the policy knows no priorities, asking for one means the best nice value there is.
        try:
            os.setpriority(os.PRIO_PROCESS, native_id, _HIGHEST_NICE)
        except OSError as error:
            raise _refused("THREAD_PRIORITY", f"nice value {_HIGHEST_NICE}", error) from None


def _refused(option: str, what: str, error: Exception) -> ZMQError:
    number = getattr(error, "errno", None) or errno.EINVAL
    reason = getattr(error, "strerror", None) or str(error)
    needs = ""
    if number in (errno.EPERM, errno.EACCES):
        needs = "; it needs CAP_SYS_NICE, or a limit (ulimit -r, -e) that allows it"
    elif number == errno.EINVAL:
        needs = "; this machine does not have it"
    return error_for(number, f"the system refuses {option} ({what}) for the I/O threads: {reason}{needs}")
