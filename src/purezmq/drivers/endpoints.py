"""bind, connect, unbind and disconnect: from an endpoint's text to listeners, connectors and inproc pipes."""

from __future__ import annotations

import errno
import time

from ..base.endpoint import Endpoint, parse_endpoint
from ..base.options import SocketOptions
from ..base.pipe import Pipe
from ..constants import Errno, SocketType
from ..core.session import Session
from ..error import ZMQError, error_for
from ..numbers import Event
from ..patterns.client_server import Server
from ..patterns.peer import Peer
from ..patterns.router import Router
from ..patterns.stream import Stream
from ..transports import inproc
from . import conversations, ending, inproc_ends, transport_table
from .connector import Connector
from .listener import Listener
from .pump import Pump
from .streams import StreamHandler
from .transport_table import SelfOpeningKind, StreamKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..transports.stream import StreamTransport
    from .line import Line

# A second connect() of these types to the same endpoint changes nothing (as libzmq does it).
_ONE_CONNECTION_EACH = {SocketType.DEALER, SocketType.SUB, SocketType.PUB, SocketType.REQ}

# Their first words are what they want to receive.
_GREETS_PUBLISHERS = {"SUB", "XSUB", "DISH"}


def bind(pump: Pump, text: str | bytes) -> None:
    """Listen on an endpoint. Raises ZMQError that names the endpoint."""
    with pump.lock, _mending(pump):
        pump.check_alive()
        endpoint = parse_endpoint(text, for_bind=True)
        try:
            if endpoint.scheme == "inproc":
                _bind_inproc(pump, endpoint)
            else:
                _listen(pump, endpoint)
        except ZMQError as error:
            if endpoint.scheme != "inproc":
                number = error.errno or errno.EINVAL
                pump.core.tell(Event.BIND_FAILED, number, endpoint.text, str(error), is_bound=True)
            pump.finish_step()
            raise _with_address(error, endpoint) from None
        pump.used = True
        pump.finish_step()


def connect(pump: Pump, text: str | bytes) -> None:
    """Connect to an endpoint, now and whenever the connection breaks. Raises ZMQError that names the endpoint."""
    with pump.lock, _mending(pump):
        pump.check_alive()
        _connect(pump, text)


def connect_peer(pump: Pump, text: str | bytes) -> int:
    """Connect a PEER, and return the number of the peer. Raises ZMQError: ENOTSUP, EFAULT, or as ``connect``."""
    with pump.lock, _mending(pump):
        pump.check_alive()
        core = pump.core
        if not isinstance(core.pattern, Peer):
            raise error_for(
                Errno.ENOTSUP, f"connect_peer is for PEER sockets, and this is a {core.type_name}"
            )
        if core.options.immediate:
            raise error_for(
                Errno.EFAULT,
                "with IMMEDIATE=1 there is no peer to number before it is connected: set it to 0",
            )
        pipe = _connect(pump, text)
        assert pipe is not None
        return pipe.server_id


def disconnect_peer(pump: Pump, number: int) -> None:
    """End the connection to one peer of a SERVER or PEER. Raises ZMQError: ENOTSUP, EHOSTUNREACH."""
    with pump.lock, _mending(pump):
        pump.check_alive()
        pattern = pump.core.pattern
        if not isinstance(pattern, Server):
            raise error_for(
                Errno.ENOTSUP,
                f"disconnect_peer is for SERVER and PEER sockets, and this is a {pump.core.type_name}",
            )
        if pump.mailbox:
            pump.finish_step()
        pipe = pattern.peer(number)
        pump.flush_all()
        if pipe in pump.inproc_links:
            inproc_ends.close(pump, pipe)
        else:
            owners: list[Line | StreamHandler] = [*pump.connectors, *pump.streams]
            ending.retire(pump, next(owner for owner in owners if owner.pipe is pipe))
        pump.finish_step()


def peer_has_room(pump: Pump, routing_id: bytes) -> bool:
    """Whether a ROUTER or STREAM could send to a peer now. Raises ZMQError: ENOTSUP, EHOSTUNREACH."""
    with pump.lock:
        pump.check_alive()
        pattern = pump.core.pattern
        if not isinstance(pattern, Router | Stream):
            raise error_for(
                Errno.ENOTSUP,
                f"only ROUTER and STREAM know peers by name, and this is a {pump.core.type_name}",
            )
        if pump.mailbox or pump.inproc_links:
            pump.finish_step()
            inproc_ends.find_room(pump)
        return pattern.has_room_for(routing_id)


def _connect(pump: Pump, text: str | bytes) -> Pipe | None:
    """Connect; returns the pipe, if there is one before there is a connection."""
    endpoint = parse_endpoint(text, for_bind=False)
    if endpoint.scheme == "inproc":
        pipe: Pipe | None = _connect_inproc(pump, endpoint)
    else:
        _require_io_threads(pump, endpoint)
        pipe = _dial(pump, endpoint)
    pump.core.last_endpoint = endpoint.text
    return pipe


def unbind(pump: Pump, text: str | bytes) -> None:
    """Stop listening, and end the connections that were accepted there once they are drained (LINGER).

    Over inproc connections go on. Raises ZMQError (ENOENT) for an endpoint that is not bound.
    """
    wanted = _as_text(text)
    with pump.lock, _mending(pump):
        pump.check_alive()
        listener = _find_listener(pump, wanted)
        if listener is not None:
            del pump.listeners[listener.endpoint]
            listener.close()
            pump.flush_all()
            for stream in [
                s for s in pump.streams if s.session.accepted and s.session.endpoint == listener.endpoint
            ]:
                ending.retire(pump, stream)
        elif lines := [line for line in pump.connectors if line.is_bound and line.text == wanted]:
            pump.flush_all()
            for line in lines:
                ending.retire(pump, line)
        elif not _unbind_inproc(pump, wanted):
            raise error_for(errno.ENOENT, f"not bound to this endpoint{_bound_list(pump)} (addr={wanted!r})")
        pump.finish_step()


def disconnect(pump: Pump, text: str | bytes) -> None:
    """End all connections to an endpoint, delivering what is queued within LINGER.

    Raises ZMQError (ENOENT) for an endpoint that was not connected.
    """
    wanted = _as_text(text)
    with pump.lock, _mending(pump):
        pump.check_alive()
        pipes = [pipe for pipe, link in pump.inproc_links.items() if _is_near_end(pump, pipe, link, wanted)]
        lines = [line for line in pump.connectors if line.text == wanted and not line.is_bound]
        if not pipes and not lines:
            lines = _same_address(pump, wanted)
        if not pipes and not lines:
            raise error_for(errno.ENOENT, f"not connected to this endpoint (addr={wanted!r})")
        pump.flush_all()
        for pipe in pipes:
            inproc_ends.close(pump, pipe)
        for line in lines:
            ending.retire(pump, line)
        pump.finish_step()


class _mending:
    """A call that a signal handler interrupts leaves things half done: have them mended."""

    __slots__ = ("_pump",)

    def __init__(self, pump: Pump) -> None:
        self._pump = pump

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None:
            self._pump.step_failed(error)


def _as_text(text: str | bytes) -> str:
    return text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text


def _with_address(error: ZMQError, endpoint: Endpoint) -> ZMQError:
    text = str(error)
    if "(addr=" in text:
        return error
    return error_for(error.errno or errno.EINVAL, f"{text} (addr={endpoint.text!r})")


def _require_io_threads(pump: Pump, endpoint: Endpoint) -> None:
    if not pump.hub.has_io_threads:
        raise error_for(
            Errno.EMTHREAD,
            f"No thread available: this context was made with io_threads=0, which allows inproc only "
            f"(addr={endpoint.text!r})",
        )


# -- binding ------------------------------------------------------------------------------------------


def _listen(pump: Pump, endpoint: Endpoint) -> None:
    _require_io_threads(pump, endpoint)
    kind = transport_table.find(endpoint.scheme)
    options = pump.core.options.copy()
    if isinstance(kind, SelfOpeningKind):
        if not _is_there_already(pump, endpoint):
            _open_itself(pump, kind, endpoint, options, for_bind=True)
        return
    conversations.check_security(options)
    new_connection = kind.conversations(pump.core, endpoint, options, for_bind=True)
    new_stream = kind.streams(endpoint, options, for_bind=True)
    bound = kind.transport.listen(endpoint, options)
    pump.core.options.use_fd = -1  # a descriptor serves one bind
    try:
        pump.listeners[bound.endpoint] = Listener(
            pump, bound, new_connection=new_connection, new_stream=new_stream
        )
    except BaseException:  # no descriptor left for the poller, or a signal handler raised
        pump.handlers.pop(bound.sock.fileno(), None)
        bound.sock.close()
        bound.remove()
        raise
    pump.core.last_endpoint = bound.endpoint


def _open_itself(
    pump: Pump, kind: SelfOpeningKind, endpoint: Endpoint, options: SocketOptions, *, for_bind: bool
) -> Line:
    line = kind.open(pump, endpoint, options, for_bind)
    pump.connectors.append(line)
    pump.core.last_endpoint = line.text
    return line


def _is_there_already(pump: Pump, endpoint: Endpoint) -> bool:
    is_one_each = pump.core.socket_type in _ONE_CONNECTION_EACH
    return is_one_each and any(line.text == endpoint.text for line in pump.connectors)


def _find_listener(pump: Pump, wanted: str) -> Listener | None:
    listener = pump.listeners.get(wanted)
    if listener is not None:
        return listener
    found = _parse_stream_endpoint(wanted, for_bind=True)
    if found is None:
        return None
    endpoint, transport = found
    for text, candidate in pump.listeners.items():
        if text.startswith(f"{endpoint.scheme}://") and transport.is_bound_as(endpoint, text):
            return candidate
    return None


def _parse_stream_endpoint(text: str, *, for_bind: bool) -> tuple[Endpoint, StreamTransport] | None:
    """The endpoint and its transport, if it is one of byte streams."""
    try:
        endpoint = parse_endpoint(text, for_bind=for_bind)
    except ZMQError:
        return None
    kind = None if endpoint.scheme == "inproc" else transport_table.find(endpoint.scheme)
    return (endpoint, kind.transport) if isinstance(kind, StreamKind) else None


def _bound_list(pump: Pump) -> str:
    return f"; it is bound to {', '.join(pump.listeners)}" if pump.listeners else ""


# -- connecting ---------------------------------------------------------------------------------------


def _dial(pump: Pump, endpoint: Endpoint) -> Pipe | None:
    core = pump.core
    if _is_there_already(pump, endpoint):
        return None
    options = core.options.copy()
    kind = transport_table.find(endpoint.scheme)
    try:
        if isinstance(kind, SelfOpeningKind):
            pipe = _open_itself(pump, kind, endpoint, options, for_bind=False).pipe
            pump.used = True
            pump.finish_step()
            return pipe
        conversations.check_security(options)
        new_connection = kind.conversations(core, endpoint, options, for_bind=False)
        new_stream = kind.streams(endpoint, options, for_bind=False)
        dialler = kind.transport.dialler(endpoint, options)
    except ZMQError as error:
        raise _with_address(error, endpoint) from None
    session = Session(core, endpoint.text, accepted=False, conflates=core.conflates)
    session.fixed_routing_id = _take_connect_routing_id(pump, endpoint)
    if not core.options.immediate:
        session.open_pipe_early()
        if session.is_refused:
            raise error_for(
                Errno.EADDRINUSE if session.fixed_routing_id else Errno.EINVAL,
                f"{session.why_failed.reason if session.why_failed else 'refused'} (addr={endpoint.text!r})",
            )
    pipe = session.pipe
    try:
        connector = Connector(
            pump,
            endpoint.text,
            session,
            dialler,
            options,
            new_connection=new_connection,
            new_stream=new_stream,
            on_gone=lambda connector: ending.connector_gone(pump, connector),
        )
    except BaseException:  # a signal handler raised: messages must not go where nobody takes them from
        if pipe is not None:
            core.undo_attach(pipe)
        raise
    pump.connectors.append(connector)
    connector.attempt(time.monotonic())
    pump.used = True
    pump.finish_step()
    return pipe


def _take_connect_routing_id(pump: Pump, endpoint: Endpoint) -> bytes:
    """CONNECT_ROUTING_ID names the peer of one connect. Raises ZMQError (EADDRINUSE) if a peer has that name."""
    core = pump.core
    routing_id = core.options.connect_routing_id
    core.options.connect_routing_id = b""
    if routing_id and isinstance(core.pattern, Router | Stream) and core.pattern.has_peer(routing_id):
        raise error_for(
            Errno.EADDRINUSE,
            f"the routing id {routing_id!r} belongs to another peer of this socket: set another CONNECT_ROUTING_ID "
            f"(addr={endpoint.text!r})",
        )
    return routing_id


def _same_address(pump: Pump, wanted: str) -> list[Line]:
    """Lines to the same peer under another spelling (tcp://localhost, tcp://127.0.0.1)."""
    found = _parse_stream_endpoint(wanted, for_bind=False)
    if found is None:
        return []
    endpoint, transport = found
    return [
        line
        for line in pump.connectors
        if not line.is_bound
        and line.text.startswith(f"{endpoint.scheme}://")
        and transport.is_same_peer(endpoint, parse_endpoint(line.text, for_bind=False))
    ]


# -- inproc -------------------------------------------------------------------------------------------


def _bind_inproc(pump: Pump, endpoint: Endpoint) -> None:
    hub, name = pump.hub, endpoint.name
    with hub.names_lock:
        if name in hub.bound_names:
            raise error_for(
                Errno.EADDRINUSE,
                "Address already in use: another socket of this context has bound this inproc name",
            )
        hub.bound_names[name] = pump
        if pump.core.conflates:
            pump.core.conflating_names.add(name)
        waiting = hub.waiting_pipes.pop(name, [])
    pump.core.last_endpoint = endpoint.text
    for connecter, near, far in waiting:
        inproc.join(near, far, pump)
        if not near.is_open:  # disconnected meanwhile, in another thread
            far.is_open = False
            continue
        inproc_ends.attach(pump, far, connected_here=False)
        connecter.post(inproc.BOUND, near)


def _connect_inproc(pump: Pump, endpoint: Endpoint) -> Pipe:
    hub, name = pump.hub, endpoint.name
    near, far = inproc.make_pair(name, pump)
    near.routing_id = _take_connect_routing_id(pump, endpoint)
    inproc_ends.attach(pump, near, connected_here=True)
    if not near.is_open:
        raise error_for(Errno.EINVAL, f"{pump.core.type_name} refuses another peer (addr={endpoint.text!r})")
    try:
        with hub.names_lock:
            binder = hub.bound_names.get(name)
            if binder is None:
                hub.waiting_pipes.setdefault(name, []).append((pump, near, far))
            else:
                inproc.join(near, far, binder)
        if binder is not None:
            inproc_ends.identify(pump, near)
            binder.post(inproc.ATTACH, far)
            core = binder.core
            if core.options.hello_msg or core.type_name in _GREETS_PUBLISHERS or binder.on_attach is not None:
                # The binder may be idle for long, and what it has to tell a new peer must not wait for its next call.
                binder.io_thread.call_soon(lambda: inproc_ends.settle(binder))
    except BaseException:  # a signal handler raised: messages must not go where nobody takes them from
        inproc_ends.close(pump, near)
        raise
    pump.finish_step()
    return near


def _unbind_inproc(pump: Pump, wanted: str) -> bool:
    name = wanted.removeprefix("inproc://")
    with pump.hub.names_lock:
        if name == wanted or pump.hub.bound_names.get(name) is not pump:
            return False
        del pump.hub.bound_names[name]
        pump.core.conflating_names.discard(name)
    return True


def _is_near_end(pump: Pump, pipe: Pipe, link: inproc.InprocLink, wanted: str) -> bool:
    return pipe.endpoint == wanted and link.connected_here


__all__ = [
    "bind",
    "connect",
    "connect_peer",
    "disconnect",
    "disconnect_peer",
    "peer_has_room",
    "unbind",
]
