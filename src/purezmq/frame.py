"""Frames: message parts as objects, and trackers that tell when their memory is free again.

A plain ``bytes`` is the simplest message. A ``Frame`` is for more: sending memory without copying it, asking
a received part for its properties (who sent it, whether more follows), and the message functions of C:

======================================  ==================================================================
``zmq_msg_init``                        ``Frame()``
``zmq_msg_init_size``                   ``Frame.of_size(n)``, to be filled through ``.buffer``
``zmq_msg_init_data``                   ``Frame(buffer, copy=False)``
``zmq_msg_data``, ``zmq_msg_size``      ``.buffer`` or ``.bytes``, ``len(frame)``
``zmq_msg_more``                        ``.more``
``zmq_msg_get``, ``zmq_msg_gets``       ``.get(option)``, ``frame["Property"]``
``zmq_msg_set``                         ``.set(option, value)``
``zmq_msg_copy``, ``zmq_msg_move``      ``.copy()``, ``.move(destination)``
``zmq_msg_send``, ``zmq_msg_recv``      ``.send(socket)``, ``.recv(socket)``
``zmq_msg_close``                       ``.close()``, or let the garbage collector do it
======================================  ==================================================================
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from threading import Event

from .base.message import Message as QueuedMessage
from .base.message import Part, TrackedMessage
from .constants import Errno
from .error import ZMQError
from .numbers import MessageOption
from .tracker import FINISHED_TRACKER as _FINISHED_TRACKER
from .tracker import FreedEvent, Lease, MessageTracker, Released

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from typing_extensions import Buffer  # in collections.abc from 3.12 on

    class _Socket(Protocol):
        """As much of a socket as a frame uses."""

        def send(self, data: Any, flags: int = ..., copy: bool = ...) -> Any: ...
        def recv(self, flags: int = ..., copy: bool = ...) -> Any: ...


__all__ = ["COPY_THRESHOLD", "Frame", "Message", "MessageTracker"]

COPY_THRESHOLD = 65536  # bytes; as in pyzmq, smaller data is copied rather than shared
_GROUP_SIZE_MAX = 255  # bytes; a group's length travels in one byte
_ROUTING_ID_MAX = 0xFFFF_FFFF
_REPR_SIZE_MAX = 16  # bytes; a longer frame shows its first bytes and its size
_REPR_BEGINNING_SIZE = 12

_NO_PROPERTIES: Mapping[str, bytes] = {}
_NO_DESCRIPTOR = -1


class Frame:
    """One part of a message.

    ``data`` is any object with a buffer (``bytes``, ``bytearray``, ``memoryview``, an array, another frame);
    without it the frame is empty. With ``copy=False`` the frame uses the data's own memory, which must then
    not change until it was sent; ``copy=None`` copies what is shorter than ``copy_threshold`` (default:
    ``COPY_THRESHOLD``). ``track=True`` makes a ``tracker`` that tells when the memory is free again.

    A frame stays as it is when it is sent, and may be sent again. Frames are equal only to themselves;
    compare ``frame.bytes``. A frame may be used wherever a buffer is wanted.

    Raises TypeError if ``data`` has no buffer, BufferError if that buffer is not contiguous.

        >>> socket.send(Frame(big_array, copy=False))
        >>> frame = socket.recv(copy=False); frame["Peer-Address"]
        '192.0.2.7'
    """

    __slots__ = (
        "__weakref__",
        "_bytes",
        "_fd",
        "_group",
        "_is_shared",
        "_lease",
        "_part",
        "_properties",
        "_routing_id",
        "_view",
        "more",
        "tracker",
        "tracker_event",
    )

    more: bool  # further parts of the same message follow
    tracker: MessageTracker | None
    tracker_event: Event | None
    _part: Part | None  # the contents, as they go into a message; None once the frame is closed

    def __init__(
        self,
        data: Buffer | Frame | None = None,
        track: bool = False,
        copy: bool | None = None,
        copy_threshold: int | None = None,
    ) -> None:
        if data is None:
            self._fill(b"", False, _NO_PROPERTIES, _NO_DESCRIPTOR)
            is_copied = True
        else:
            threshold = COPY_THRESHOLD if copy_threshold is None else copy_threshold
            part, is_copied = _part_of(data, copy, threshold)
            self._fill(part, False, _NO_PROPERTIES, _NO_DESCRIPTOR)
        if track:
            self._track(is_copied)

    @classmethod
    def of_size(cls, size: int) -> Frame:
        """A frame of ``size`` zero bytes, to be filled through ``buffer`` before it is sent."""
        # Shared, not copied: whoever fills the buffer later must fill the memory that is sent.
        return cls(bytearray(size), copy=False)

    @classmethod
    def _received(
        cls, data: builtins.bytes, more: bool, properties: Mapping[str, builtins.bytes], fd: int
    ) -> Frame:
        """The frame for a part that arrived over ``fd`` (-1: inproc) from the peer with these properties."""
        self = cls.__new__(cls)
        self._fill(data, more, properties, fd)
        return self

    def _fill(self, part: Part | None, more: bool, properties: Mapping[str, builtins.bytes], fd: int) -> None:
        if not _is_buffer:
            _become_buffer()
        self._part = part
        self._bytes: builtins.bytes | None = None
        self._view: memoryview | None = None
        self._properties = properties
        self._fd = fd
        self._routing_id = 0
        self._group = b""
        self._is_shared = False
        self._lease: Lease | None = None
        self.more = more
        self.tracker = None
        self.tracker_event = None

    def _track(self, is_copied: bool) -> None:
        if is_copied:
            self.tracker = _FINISHED_TRACKER
            return
        self.tracker_event = FreedEvent()
        self.tracker = MessageTracker(self.tracker_event)
        self._lease = Lease(self.tracker_event)

    # The contents

    @property
    def bytes(self) -> builtins.bytes:
        """The contents as ``bytes``. Taken once: later changes of a shared buffer do not show."""
        if self._bytes is None:
            self._bytes = bytes(self._contents())
        return self._bytes

    @property
    def buffer(self) -> memoryview:
        """The contents without a copy, as a ``memoryview`` of bytes; writable if the memory underneath is."""
        if self._view is None:
            self._view = memoryview(self._contents())
        return self._view

    def __len__(self) -> int:
        return len(self._contents())

    def __bytes__(self) -> builtins.bytes:
        return self.bytes

    def __buffer__(self, flags: int) -> memoryview:
        # Called by the interpreter from 3.12 on. It checks the flags (writable?) against what it gets.
        return memoryview(self._contents())

    def _contents(self) -> Part:
        if self._part is None:
            raise ZMQError(Errno.EFAULT, "this frame was closed; make a new one")
        return self._part

    def __repr__(self) -> str:
        name = f"{_public_module(type(self))}.{type(self).__name__}"
        if self._part is None:
            return f"<{name} closed>"
        size = len(self._part)
        if size <= _REPR_SIZE_MAX:
            return f"<{name}({bytes(self._part)!r})>"
        return f"<{name}({bytes(self._part[:_REPR_BEGINNING_SIZE])!r}...{_in_units(size)})>"

    # Options and properties

    @property
    def routing_id(self) -> int:
        """The number by which a SERVER or PEER socket knows the peer; 0 if there is none."""
        return self._routing_id

    @routing_id.setter
    def routing_id(self, routing_id: int) -> None:
        if not isinstance(routing_id, int):
            raise TypeError(f"a routing id is an int, got: {routing_id!r}")
        if not 0 < routing_id <= _ROUTING_ID_MAX:
            raise ZMQError(
                Errno.EINVAL, f"a routing id is between 1 and {_ROUTING_ID_MAX}, got: {routing_id}"
            )
        self._routing_id = routing_id

    @property
    def group(self) -> str:
        """The group that a RADIO socket sends to or a DISH socket received from; "" if there is none."""
        return self._group.decode(errors="replace")  # the peer's bytes: nobody checked that they are UTF-8

    @group.setter
    def group(self, group: str | builtins.bytes) -> None:
        if not isinstance(group, str | bytes):
            raise TypeError(f"a group is a str or bytes, got: {group!r}")
        encoded = group.encode() if isinstance(group, str) else group
        if len(encoded) > _GROUP_SIZE_MAX:
            raise ZMQError(Errno.EINVAL, f"a group has at most {_GROUP_SIZE_MAX} bytes, got: {len(encoded)}")
        self._group = encoded

    def get(self, option: int | str | builtins.bytes) -> int | str:
        """An option by number (MORE, SRCFD, SHARED), or a property by name.

        Received frames have the properties that the peer announced ("Socket-Type", "Identity", "X-..."), its
        "Peer-Address", and what the ZAP handler said of it ("User-Id"). There are none over inproc.
        Raises ZMQError (EINVAL) if the frame does not have it.

            >>> frame.get("Socket-Type")
            'DEALER'
        """
        self._contents()
        if isinstance(option, int):
            return self._option(option)
        if isinstance(option, bytes):
            option = option.decode()
        elif not isinstance(option, str):
            raise TypeError(f"expected the number of an option or the name of a property, got: {option!r}")
        if option == "routing_id":
            return self._routing_id
        if option == "group":
            return self.group
        return self._property(option)

    def _option(self, number: int) -> int:
        if number == MessageOption.MORE:
            return int(self.more)
        if number == MessageOption.SHARED:
            return int(self._is_shared)
        if number == MessageOption.SRCFD:
            if self._fd == _NO_DESCRIPTOR:
                raise ZMQError(Errno.EINVAL, "this frame did not come over a descriptor")
            return self._fd
        raise ZMQError(Errno.EINVAL, f"a frame has no option {number}; there are MORE, SRCFD and SHARED")

    def _property(self, name: str) -> str:
        if name in self._properties:
            return self._properties[name].decode(errors="replace")  # the peer's bytes, like the group
        if name == "__fd" and self._fd != _NO_DESCRIPTOR:  # libzmq's internal name, which some programs know
            return str(self._fd)
        known = ", ".join(self._properties) or "none"
        raise ZMQError(Errno.EINVAL, f"this frame has no property {name!r} (it has: {known})")

    def __getitem__(self, key: int | str | builtins.bytes) -> int | str:
        return self.get(key)

    def set(self, option: int | str, value: Any) -> None:
        """Set "routing_id" or "group". Nothing else can be set: ZMQError (EINVAL)."""
        self._contents()
        if option == "routing_id":
            self.routing_id = value
        elif option == "group":
            self.group = value
        else:
            raise ZMQError(Errno.EINVAL, f"{option!r} of a frame cannot be set; routing_id and group can")

    # Copying, moving, closing

    def fast_copy(self) -> Frame:
        """Another frame with the same contents, in the same memory."""
        copy = Frame._received(b"", self.more, self._properties, self._fd)
        copy._take_contents(self)
        copy._is_shared = self._is_shared = True
        return copy

    copy = fast_copy
    __copy__ = fast_copy

    def move(self, destination: Frame) -> None:
        """Hand the contents over to ``destination``, which lets go of its own. This frame is empty then."""
        self._contents()
        if destination is self:
            return
        destination._fill(b"", self.more, self._properties, self._fd)
        destination._take_contents(self)
        destination._is_shared = self._is_shared
        self._fill(b"", False, _NO_PROPERTIES, _NO_DESCRIPTOR)

    def _take_contents(self, source: Frame) -> None:
        self._part = source._contents()
        self._bytes = source._bytes
        self._routing_id = source._routing_id
        self._group = source._group
        self._lease = source._lease
        self.tracker = source.tracker
        self.tracker_event = source.tracker_event

    def close(self) -> None:
        """Release the memory: using the frame is then an error (ZMQError, EFAULT). Its tracker still works.

        Views from ``buffer`` and messages on their way keep the memory for themselves until they are done.
        """
        self._part = self._bytes = self._view = self._lease = None

    @property
    def closed(self) -> bool:
        """True after ``close``."""
        return self._part is None

    # Sending and receiving

    def send(self, socket: _Socket, flags: int = 0) -> MessageTracker | None:
        """Send this frame; it keeps its contents. Returns and raises what ``socket.send`` does.

        >>> Frame(b"hello").send(socket)
        """
        self._contents()
        sent: MessageTracker | None = socket.send(self, flags, copy=False)
        return sent

    def recv(self, socket: _Socket, flags: int = 0) -> int:
        """Receive a part into this frame instead of what it held; returns its size.

        Raises what ``socket.recv`` does, and then the frame stays as it was. For blocking sockets, not for asyncio's.
        """
        received: Frame = socket.recv(flags, copy=False)
        received.move(self)
        return len(self)


Message = Frame  # the older name of the class


def _message_of(frames: Sequence[Frame]) -> QueuedMessage:
    """The message that carries these frames: its own type if somebody waits for their memory."""
    parts = tuple(frame._contents() for frame in frames)
    leases = tuple(frame._lease for frame in frames if frame._lease is not None)
    if leases:
        return TrackedMessage(parts, Released(leases))
    if len(parts) == 1 and type(parts[0]) is bytes:
        return parts[0]
    return parts


def _part_of(data: Buffer | Frame, copy: bool | None, copy_threshold: int) -> tuple[Part, bool]:
    """The data as a part of a message, and whether it was copied (or is so short that it might have been)."""
    if type(data) is bytes:
        return data, len(data) < copy_threshold if copy is None else copy
    if isinstance(data, str):
        raise TypeError("a frame holds bytes, not str: encode the text, or use send_string")
    # On 3.11 a frame is no buffer, and it need not be one to be copied.
    view = memoryview(data._contents() if isinstance(data, Frame) else data)
    if not view.contiguous:
        raise BufferError("the memory of a frame must be contiguous: copy the data first")
    if copy is None:
        copy = view.nbytes < copy_threshold
    if not copy:
        try:
            return view.cast("B"), False
        except (TypeError, ValueError):
            pass  # structured items, columns first, no items at all: memoryview cannot see these as bytes
    return view.tobytes("A"), True  # "A": as it lies in memory, also with columns first


def _public_module(frame_class: type) -> str:
    # Users know the class by the name they import it by. Subclasses show where they are from.
    return "zmq" if frame_class is Frame else frame_class.__module__


def _in_units(size: int) -> str:
    """A size for people: rounded down, "20B", "4kB", "3MB"."""
    for factor, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= factor:
            return f"{size // factor}{unit}"
    return f"{size}B"


# Before 3.12 it takes more than __buffer__; done when the first frame is made, because few programs make one.
_is_buffer = sys.version_info >= (3, 12)


def _become_buffer() -> None:
    global _is_buffer
    from ._frame_buffer import install

    _is_buffer = True
    classes = [Frame]  # later subclasses inherit it, those that are there do not
    for cls in classes:
        install(cls)
        classes += cls.__subclasses__()
