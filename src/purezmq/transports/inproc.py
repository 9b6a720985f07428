"""inproc: two sockets of one context share the queues of a pair of pipes.

The outbox of one end *is* the inbox of the other. A writer appends under its own socket's lock (or through its lane
without any) and then posts a note to the other socket's mailbox, but only if the reader is not looking at that pipe
anyway (``in_active``). The order closes the lost wake-up: the writer appends and then looks at ``in_active``; the
reader clears ``in_active`` and then looks at the queue again.
"""

from __future__ import annotations

from ..base.pipe import Pipe
from ..core.socket_core import inproc_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.pump import Pump

# What can be posted to another socket's mailbox.
READABLE = 1  # the pipe's inbox has news
WRITABLE = 2  # the pipe's outbox has room again
ATTACH = 3  # a peer connected: take this pipe
CLOSED = 4  # the peer is gone
BOUND = 5  # somebody bound the name that we connected to
ANSWER = (
    6  # as READABLE, from a socket that has heard from its peers since it last told one: see drivers/bell.py
)


class InprocLink:
    """What is behind an inproc pipe: the other socket and its end."""

    __slots__ = ("connected_here", "peer_pipe", "peer_pump", "peer_routing_id", "pump")

    is_inproc = True

    def __init__(
        self, pump: Pump | None, peer_pump: Pump | None, peer_pipe: Pipe, *, connected_here: bool
    ) -> None:
        self.connected_here = connected_here
        self.peer_routing_id = b""
        self.pump = pump
        self.peer_pump = peer_pump  # None: nobody has bound the name yet
        self.peer_pipe = peer_pipe

    def flush(self, now: float) -> None:
        """The outbox has news: tell the reader unless it is looking already."""
        peer_pipe = self.peer_pipe
        if not peer_pipe.in_active and not peer_pipe.told and self.peer_pump is not None:
            # One note is enough: the reader clears the mark before it looks at the inbox.
            peer_pipe.told = True
            pump = self.pump
            if pump is not None and pump.has_heard:
                pump.has_heard = False
                self.peer_pump.post(ANSWER, peer_pipe)
            else:
                self.peer_pump.post(READABLE, peer_pipe)


def make_pair(name: str, connecter: Pump) -> tuple[Pipe, Pipe]:
    """Both ends of a new connection: (connecter's pipe, binder's pipe)."""
    near = connecter.core.new_pipe(f"inproc://{name}")
    far = Pipe(0, 0, [])
    far.endpoint = near.endpoint
    far.inbox = near.outbox
    far.outbox = near.inbox
    near.link = InprocLink(connecter, None, far, connected_here=True)
    far.link = InprocLink(None, connecter, near, connected_here=False)
    far.routing_id = connecter.core.options.routing_id
    return near, far


def limits_changed(pipe: Pipe, link: InprocLink) -> None:
    """A high-water mark was set at this end of a live connection."""
    if link.pump is None or link.peer_pump is None:
        return
    ours, theirs = link.pump.core.options, link.peer_pump.core.options
    pipe.outbox_limit = link.peer_pipe.inbox_limit = inproc_limit(ours.sndhwm, theirs.rcvhwm)
    pipe.inbox_limit = link.peer_pipe.outbox_limit = inproc_limit(theirs.sndhwm, ours.rcvhwm)


def join(near: Pipe, far: Pipe, binder: Pump) -> None:
    """The name is bound: set the limits and let each end know the other. Plain stores only, so no lock is needed."""
    near_link, far_link = near.link, far.link
    assert isinstance(near_link, InprocLink) and isinstance(far_link, InprocLink)
    assert near_link.pump is not None
    near_link.peer_routing_id = binder.core.options.routing_id
    far.dirty_list = binder.core.dirty
    far.conflates = near.endpoint.removeprefix("inproc://") in binder.core.conflating_names
    far_link.pump = binder
    near_link.peer_pump = binder
    limits_changed(near, near_link)
