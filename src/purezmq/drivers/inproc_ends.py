"""A socket's side of its inproc connections.

Everything here but ``settle`` requires the lock of the socket whose pump it is given.
"""

from __future__ import annotations

from ..transports.inproc import ANSWER, ATTACH, BOUND, CLOSED, READABLE, WRITABLE, InprocLink, limits_changed
from .foreign import is_foreign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.pipe import Pipe
    from .pump import Pump


def read_mailbox(pump: Pump) -> None:
    """Act on what the peers have posted."""
    mailbox = pump.mailbox
    while mailbox:
        # Thrown away afterwards: a signal handler may raise at any moment, and to act twice on a note is harmless.
        note, pipe = mailbox[0]
        pump.progress = True
        try:
            if note == ATTACH:
                if pipe not in pump.inproc_links:
                    attach(pump, pipe, connected_here=False)
            elif not pipe.is_open:
                pass
            elif note in (READABLE, ANSWER):
                pipe.told = False
                pump.has_heard = True
                pump.is_talking = note == ANSWER
                pump.core.pattern.readable(pipe)
            elif note == WRITABLE:
                pipe.room_told = False
                if pipe.write_blocked and pipe.has_room_again:
                    pump.room_again(pipe)
            elif note == CLOSED:
                _peer_gone(pump, pipe)
            elif note == BOUND:
                identify(pump, pipe)
        except BaseException as error:
            if not is_foreign(error):
                del mailbox[0]
            raise
        del mailbox[0]


def settle(pump: Pump) -> None:
    """Do for an idle socket what its next call would do. Takes the lock."""
    with pump.lock:
        if not pump.closed:
            pump.finish_step()


def attach(pump: Pump, pipe: Pipe, *, connected_here: bool) -> None:
    """Take our end of a connection; refused, the peer is told."""
    link = _link_of(pipe)
    try:
        is_welcome = not pump.closed and pump.core.attach(pipe, connected_here=connected_here)
    except BaseException:  # a signal handler raised: it will be tried again
        pump.core.undo_attach(pipe)
        pipe.is_open = True
        raise
    if not is_welcome:
        pipe.is_open = False
        if link.peer_pump is not None:
            link.peer_pump.post(CLOSED, link.peer_pipe)
        return
    pump.inproc_links[pipe] = link
    pump.progress = True
    if pump.on_attach is not None:
        pump.on_attach()
    if pipe.inbox:
        pump.core.pattern.readable(pipe)


def identify(pump: Pump, pipe: Pipe) -> None:
    """The other end of a connect is known, and with it the peer's routing id."""
    if not pump.core.pattern.identify(pipe, _link_of(pipe).peer_routing_id):
        close(pump, pipe)


def close(pump: Pump, pipe: Pipe) -> None:
    """End our side of a connection. What we queued stays readable for the peer."""
    link = pump.inproc_links.pop(pipe, None)
    if link is None or not pipe.is_open:
        return
    pipe.is_open = False
    pump.core.pattern.detach(pipe)
    pump.core.pipes.remove(pipe)
    _keep_counts(pump, pipe, link)
    # is_open was cleared first: a socket that binds the name at this moment either sees that, or we see it here.
    if link.peer_pump is not None:
        link.peer_pump.post(CLOSED, link.peer_pipe)
    else:
        pump.hub.forget_waiting(pipe)
        # Nobody ever bound the name, and nobody waits for one who might: LINGER does not apply, as in libzmq.
        pump.core.given_up(pump.core.drop_outbox(pipe, "linger"), pipe.endpoint, 0)


def high_water_marks_changed(pump: Pump) -> None:
    """SNDHWM or RCVHWM was set."""
    for pipe, link in pump.inproc_links.items():
        limits_changed(pipe, link)
        if pipe.write_blocked and pipe.has_room_again:
            pump.room_again(pipe)


def find_room(pump: Pump) -> bool:
    """Look whether readers have made room for our blocked pipes; they need not have told us."""
    found = False
    for pipe in pump.inproc_links:
        if pipe.write_blocked and pipe.has_room_again:
            pump.room_again(pipe)
            found = True
    return found


def ask_for_word(pump: Pump) -> None:
    """Somebody is about to sleep until a blocked pipe has room: its reader has to take the slow path and wake us.

    First the mark, then the reader's lane, then another look: a reader that has just set its lane looks at the mark.
    """
    for pipe, link in pump.inproc_links.items():
        if pipe.write_blocked and not pipe.wants_word and link.peer_pump is not None:
            pipe.wants_word = True
            link.peer_pump.clear_lanes()
    find_room(pump)


def tell_blocked_writer(link: InprocLink) -> None:
    """We took a message: a peer that waits for room is told at the low-water mark."""
    peer_pipe = link.peer_pipe
    if (
        peer_pipe.write_blocked
        and not peer_pipe.room_told
        and peer_pipe.has_room_again
        and link.peer_pump is not None
    ):
        # One note is enough: the writer clears the mark before it looks.
        peer_pipe.room_told = True
        link.peer_pump.post(WRITABLE, peer_pipe)


def tell_blocked_writers(pump: Pump) -> None:
    """We have taken everything there is."""
    for link in pump.inproc_links.values():
        if link.peer_pipe.write_blocked:
            tell_blocked_writer(link)


def tell_again(pump: Pump) -> None:
    """A step was interrupted, perhaps between marking a peer as told and telling it. One note too many is harmless."""
    for link in pump.inproc_links.values():
        if link.peer_pump is not None:
            link.peer_pump.post(READABLE, link.peer_pipe)
            link.peer_pump.post(WRITABLE, link.peer_pipe)


def _peer_gone(pump: Pump, pipe: Pipe) -> None:
    link = pump.inproc_links.pop(pipe, None)
    if link is not None:
        _keep_counts(pump, pipe, link)
    pump.core.detach(pipe, "peer_gone")


def _keep_counts(pump: Pump, pipe: Pipe, link: InprocLink) -> None:
    pump.inproc_messages_out += pipe.messages_pushed
    pump.inproc_messages_in += link.peer_pipe.messages_pushed


def _link_of(pipe: Pipe) -> InprocLink:
    link = pipe.link
    assert isinstance(link, InprocLink)
    return link
