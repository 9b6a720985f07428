"""udp:// behind a RADIO, a DISH or a DGRAM: one datagram socket and one pipe.

A datagram of RADIO and DISH is one byte with the size of the group, the group, and the body; a DGRAM's is the body.
There is no handshake and nobody to push back: what finds no room is dropped and counted.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from ..base.endpoint import Endpoint
from ..base.message import Message, Parts, Subscription, size_of, was_sent
from ..base.options import SocketOptions
from ..base.udp_endpoint import parse_address
from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import Event
from ..patterns.radio_dish import UDP_SIZE_MAX, Radio
from ..transports import udp
from ..unpatched import socket as os_socket
from . import ending
from .handler import Handler
from .selector import READABLE, WRITABLE

if TYPE_CHECKING:
    from ..base.pipe import Pipe
    from .pump import Pump

# In one go; then others have their turn.
_MOST_DATAGRAMS = 64


def open_line(pump: Pump, endpoint: Endpoint, options: SocketOptions, for_bind: bool) -> UdpLine:
    """Bind or connect. Raises ZMQError: ENOCOMPATPROTO for a type or side that udp is not for, and the system's."""
    socket_type = pump.core.socket_type
    if socket_type == SocketType.RADIO and not for_bind:
        sock, address = udp.open_sender(endpoint, options)
        return UdpLine(pump, sock, endpoint.text, address, for_bind)
    if socket_type in (SocketType.DISH, SocketType.DGRAM) and for_bind:
        sock, text = udp.open_receiver(endpoint, options)
        return UdpLine(pump, sock, text, None, for_bind)
    raise error_for(
        Errno.ENOCOMPATPROTO,
        f"udp:// is for RADIO (connect), DISH and DGRAM (bind), not for {'binding' if for_bind else 'connecting'} "
        f"{pump.core.type_name} sockets",
    )


class UdpLine(Handler):
    """The only link of its pipe, from bind or connect to the end."""

    is_inproc = False
    stream = None

    __slots__ = ("_address", "_has_groups", "is_bound", "pipe", "retire_at", "sock", "text")

    def __init__(
        self, pump: Pump, sock: os_socket.socket, text: str, address: udp.Address | None, is_bound: bool
    ) -> None:
        super().__init__(pump)
        self.sock = sock
        self.fd = sock.fileno()
        self.text = text
        self.is_bound = is_bound
        self.retire_at = 0.0
        self._address = address  # where everything goes; None: it depends, or nowhere
        core = pump.core
        self._has_groups = core.socket_type != SocketType.DGRAM
        pipe = core.new_pipe(text)
        pipe.link = self
        if isinstance(core.pattern, Radio):
            core.pattern.send_everything_to(pipe)
        if not core.attach(pipe, connected_here=not is_bound):
            sock.close()
            raise error_for(errno.EINVAL, f"a {core.type_name} socket has one endpoint")
        self.pipe: Pipe | None = pipe
        if core.socket_type != SocketType.RADIO:
            self.watch(READABLE)
        core.tell(Event.LISTENING if is_bound else Event.CONNECTED, self.fd, text)

    @property
    def endpoint(self) -> str:
        """The endpoint in events and peers()."""
        return self.text

    @property
    def state(self) -> str:
        """For peers(): there is nothing to wait for."""
        return "connected"

    @property
    def unsent(self) -> int:
        """Datagrams that wait for room in the kernel."""
        return 0 if self.pipe is None else len(self.pipe.outbox)

    @property
    def has_unsent(self) -> bool:
        """True while there are some."""
        return self.unsent > 0

    def on_events(self, mask: int, now: float) -> None:
        if mask & WRITABLE:
            self.flush(now)
        if mask & ~WRITABLE and self.is_open:
            self._read()

    # -- output ----------------------------------------------------------------------------------------

    def flush(self, now: float) -> None:
        """Send what is in the outbox, as far as the kernel takes it."""
        pipe = self.pipe
        if pipe is None:
            return
        blocked = False
        while pipe.outbox and not blocked:
            item = pipe.outbox[0]
            if not isinstance(item, Subscription):  # a DISH that joins has nobody to tell here
                blocked = not self._send(item)
            if not blocked:
                pipe.outbox.popleft()
                was_sent(item)
        wanted = self.interest | WRITABLE if blocked else self.interest & ~WRITABLE
        if wanted != self.interest:
            self.watch(wanted)
        if pipe.write_blocked and pipe.has_room_again:
            self.pump.room_again(pipe)

    def _send(self, message: Message) -> bool:
        """Send one datagram. False: the kernel has no room now."""
        core = self.pump.core
        assert isinstance(message, tuple)
        first, body = message
        try:
            if self._address is not None:
                self.sock.sendto(b"".join((bytes((len(first),)), first, body)), self._address)
            else:
                self.sock.sendto(body, parse_address(bytes(first)))
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            core.drops["unreachable"] += 1
            return True
        core.messages_out += 1
        core.bytes_out += len(body)
        return True

    # -- input -----------------------------------------------------------------------------------------

    def _read(self) -> None:
        pipe, pump = self.pipe, self.pump
        assert pipe is not None
        core = pump.core
        for _ in range(_MOST_DATAGRAMS):
            try:
                data, address = self.sock.recvfrom(UDP_SIZE_MAX + 1)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:  # the network says that something sent earlier did not arrive
                pump.failures["udp_error"] += 1
                continue
            if len(data) > UDP_SIZE_MAX:
                pump.failures["datagram_too_large"] += 1
                continue
            message: Parts
            if not self._has_groups:
                message = (udp.address_text(address), data)
            elif not data or 1 + data[0] > len(data):
                pump.failures["bad_datagram"] += 1
                continue
            else:
                message = (data[1 : 1 + data[0]], data[1 + data[0] :])
            core.messages_in += 1
            core.bytes_in += size_of(message[1:])
            if len(pipe.inbox) >= pipe.inbox_limit:
                core.drops["no_room"] += 1
                continue
            pipe.inbox.append(message)
            pump.progress = True
        if pipe.inbox:
            core.pattern.readable(pipe)

    # -- the end ---------------------------------------------------------------------------------------

    def broken(self, error: BaseException) -> None:
        self.pump.failures["internal_error"] += 1
        self.give_up()
        ending.connector_gone(self.pump, self)

    def give_up(self) -> None:
        """End at once; what is queued is lost (and counted)."""
        if not self.is_open:
            return
        self.is_open = False
        self.pump.forget(self)
        fd = self.fd
        self.sock.close()
        pipe, self.pipe = self.pipe, None
        core = self.pump.core
        if pipe is not None:
            pipe.link = None
            core.detach(pipe, "peer_gone")
        core.tell(Event.CLOSED, fd, self.text)

    def go_on(self) -> None:
        """A step was interrupted. There is nothing half done: a datagram is sent whole or not at all."""
