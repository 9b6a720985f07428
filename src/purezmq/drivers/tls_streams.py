"""Connected streams with TLS between the socket and the session.

Everything goes through memory: what is read from the socket goes into ``_incoming``, and ``_tls`` makes plain bytes of
it; what it has for the peer comes out of ``_outgoing``. So TLS neither blocks nor touches the descriptor.

States: *shaking hands* until ``do_handshake`` succeeds (messages wait in the pipe), then *open*, until the end. The
conversation's own HANDSHAKE_IVL runs from the beginning, so it covers TLS as well.

``_cipher`` is what the kernel has not taken yet. While there is something, nothing more is encrypted, and the
connection is told about sent bytes only when their cipher text is gone. So all that counts unsent messages, LINGER
included, works as it does without TLS.
"""

from __future__ import annotations

import contextlib
import errno
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from ..transports.tls import NewTls, TlsTransport, channel_maker, explain, peer_properties
from ..unpatched import socket as os_socket
from ..zmtp.encoder import Buffer
from ..zmtp.failure import FAILED_NO_DETAIL, Failure
from .handler import is_foreign
from .selector import READABLE, WRITABLE
from .streams import NewStream, StreamHandler
from .transport_table import StreamKind

if TYPE_CHECKING:
    from ..base.endpoint import Endpoint
    from ..base.options import SocketOptions
    from ..core.session import Session
    from ..zmtp.connection import Connection
    from ..zmtp.raw import RawConnection
    from .pump import Pump

_RECORD = 16 * 1024  # the most that TLS puts into one record, and so the most that one read gives
# Encrypt about this much before writing.
_ENCRYPT_BUDGET = 128 * 1024
# Buffers up to this size are joined with what follows: a record of its own costs more than the copy.
_JOINED = 4 * 1024
_MOST_WRITES = 16


class TlsKind(StreamKind):
    """tls+tcp: ZMTP inside TLS."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(TlsTransport())

    def streams(self, endpoint: Endpoint, options: SocketOptions, *, for_bind: bool) -> NewStream:
        """Handlers with TLS. Raises ZMQError (EINVAL) for options that cannot work."""
        return tls_streams(endpoint, options, for_bind=for_bind)


def tls_streams(endpoint: Endpoint, options: SocketOptions, *, for_bind: bool) -> NewStream:
    """What makes the handlers of an endpoint whose connections speak TLS."""
    new_tls = channel_maker(endpoint, options, for_bind=for_bind)

    def new_stream(
        pump: Pump,
        sock: os_socket.socket,
        session: Session,
        on_end: Callable[[StreamHandler, int], None],
    ) -> StreamHandler:
        return TlsStreamHandler(pump, sock, session, on_end, new_tls)

    return new_stream


class TlsStreamHandler(StreamHandler):
    """A connected stream that speaks TLS."""

    __slots__ = ("_cipher", "_in_cipher", "_incoming", "_is_over", "_is_shaken", "_outgoing", "_tls")

    def __init__(
        self,
        pump: Pump,
        sock: os_socket.socket,
        session: Session,
        on_end: Callable[[StreamHandler, int], None],
        new_tls: NewTls,
    ) -> None:
        super().__init__(pump, sock, session, on_end)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = new_tls(self._incoming, self._outgoing)
        self._is_shaken = False
        self._is_over = False  # the peer said that it will send no more
        self._cipher: bytes | memoryview = b""
        self._in_cipher = 0  # bytes of the connection that are in ``_cipher``

    def start(self, now: float) -> None:
        """Register with the poller and begin the handshake."""
        self.watch(READABLE)
        self._shake_hands(now)
        if self.is_open:
            self._look_after(now)

    # -- input -----------------------------------------------------------------------------------------

    def read(self, now: float) -> None:
        """Take what has arrived, at most one buffer full, and decrypt all of it."""
        try:
            data = self.sock.recv(self._read_size)
        except OSError as error:
            self._cannot_read(_number_of(error))
            return
        if not data:
            self.end(0)  # without close_notify: whoever cuts frames knows what is missing
            return
        self._adapt_read_size(len(data))
        self._incoming.write(data)
        if not self._is_shaken and not self._shake_hands(now):
            return
        try:
            is_over = self._decrypt(now)
        except ssl.SSLError as error:
            self._fail(error)
            return
        if self._outgoing.pending:
            self.flush(now)  # TLS itself has something to say, such as new keys
        self._is_over = is_over
        if self.is_open:
            self._after(now)

    def _after(self, now: float) -> None:
        """As without TLS; but the peer's farewell may have come with messages for which there was no room yet."""
        super()._after(now)
        if self._is_over and self.is_open and not self._paused:
            self.end(0)

    def _decrypt(self, now: float) -> bool:
        """Give the session everything that can be decrypted. True: the peer said that this is the end."""
        session, tls, incoming = self.session, self._tls, self._incoming
        connection = session.connection
        assert connection is not None
        read = tls.read
        pieces: list[bytes] = []  # whole records, to be cut in one go
        is_first = True
        is_over = False
        try:
            while not is_over and (is_first or incoming.pending or tls.pending()):
                body = None if pieces else connection.body_buffer()
                if body is not None:
                    count = cast(int, read(len(body), body))
                    if session.body_received(count, now):
                        self.pump.progress = True
                    is_over = not count
                else:
                    data = read(_RECORD)
                    pieces.append(data)
                    if is_first or len(data) < _RECORD:
                        # The next bytes may be those of a large body, which have a better place to go.
                        self._give(pieces, now)
                    is_over = not data
                is_first = False
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            is_over = True
        if pieces:
            self._give(pieces, now)
        return is_over

    def _give(self, pieces: list[bytes], now: float) -> None:
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        if self.session.bytes_received(data, now):
            self.pump.progress = True

    # -- output ----------------------------------------------------------------------------------------

    def flush(self, now: float) -> None:
        """Write what is encrypted, then encode and encrypt what is queued, until the kernel takes no more."""
        if self._write_error:
            return
        session = self.session
        connection = session.connection
        assert connection is not None
        pipe = session.pipe
        blocked = False
        try:
            for _ in range(_MOST_WRITES):
                if not self._cipher and not self._encrypt(connection):
                    break
                count = self.sock.send(self._cipher)
                blocked = count < len(self._cipher)
                if blocked:
                    self._cipher = memoryview(self._cipher)[count:]
                    break
                self._cipher = b""
                if self._in_cipher:
                    connection.bytes_sent(self._in_cipher)
                    self._in_cipher = 0
            else:
                blocked = True  # our share is used up: go on when the poller comes round
        except ssl.SSLError as error:
            self._fail(error)
            return
        except OSError as error:
            if self._cannot_write(_number_of(error)):
                return
            blocked = True
        except BaseException as error:
            # A signal handler raised. Nobody knows how much was written: going on would repeat or skip bytes.
            self.broken(error)
            raise
        wanted = self.interest | WRITABLE if blocked else self.interest & ~WRITABLE
        if wanted != self.interest:
            self.watch(wanted)
        if pipe is not None and pipe.write_blocked and pipe.has_room_again:
            self.pump.room_again(pipe)

    def _encrypt(self, connection: Connection | RawConnection) -> bool:
        """Fill ``_cipher``. False: there is nothing to send."""
        if self._is_shaken:
            pipe = self.session.pipe
            if pipe is not None and pipe.outbox and self.session.is_live and not connection.has_output:
                connection.encode(pipe.outbox, self._encode_budget)
            if connection.has_output:
                self._encrypt_some(connection)
        self._cipher = self._outgoing.read()
        return bool(self._cipher)

    def _encrypt_some(self, connection: Connection | RawConnection) -> None:
        write = self._tls.write
        size = 0
        small: list[Buffer] = []
        for buffer in connection.buffers_to_send():
            if len(buffer) <= _JOINED:
                small.append(buffer)
                continue
            view = memoryview(buffer)
            if small:
                # The header of a large frame goes into one record with the beginning of its body.
                joined = b"".join(small)
                first = max(0, _RECORD - len(joined))
                self._write_all(memoryview(b"".join((joined, view[:first]))))
                size += len(joined) + min(first, len(view))
                view = view[first:]
                small.clear()
            while view and size < _ENCRYPT_BUDGET:
                count = write(view)
                size += count
                view = view[count:]
            if size >= _ENCRYPT_BUDGET:
                break
        else:
            if small:
                joined = b"".join(small)
                self._write_all(memoryview(joined))
                size += len(joined)
        self._in_cipher = size

    def _write_all(self, view: memoryview) -> None:
        while view:
            view = view[self._tls.write(view) :]

    def interrupted(self, error: BaseException) -> None:
        """A signal handler raised: what was read, or encrypted, may be gone, so this is the end."""
        self.broken(error)

    # -- the handshake, and the end --------------------------------------------------------------------

    def _shake_hands(self, now: float) -> bool:
        """Go on with the handshake. True: it is done, and this stream is still open."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self.flush(now)
            return False
        except ssl.SSLError as error:
            self._fail(error)
            return False
        self._is_shaken = True
        self.session.transport_properties = properties = peer_properties(self._tls)
        if self.session.is_live and self.session.pipe is not None:  # a raw conversation is older than TLS
            self.session.pipe.properties = {**self.session.pipe.properties, **properties}
        self.flush(now)
        return self.is_open

    def _fail(self, error: ssl.SSLError) -> None:
        """TLS is over: tell the peer why, as far as TLS does, and end."""
        self._send_last_words()
        accepted = self.session.accepted
        self.session.failure = Failure(
            f"TLS: {explain(error, accepted=accepted)}",
            "tls_failed",
            event="" if self.session.is_live else FAILED_NO_DETAIL,
            value=errno.EACCES if isinstance(error, ssl.SSLCertVerificationError) else errno.EPROTO,
            retry=True,  # certificates are renewed, and servers restarted
        )
        self._is_shaken = False
        self.end(0)

    def _say_goodbye(self) -> None:
        """Say what the conversation has to say, then TLS's own farewell."""
        if self._is_shaken and not self._cipher:
            with contextlib.suppress(ssl.SSLError, ValueError):
                words = self._last_words()
                if words:
                    self._tls.write(words)
                self._tls.unwrap()
            self._send_last_words()

    def _send_last_words(self) -> None:
        """Write what TLS has ready, if the kernel takes it at once."""
        if not self._cipher and self._outgoing.pending:
            with contextlib.suppress(OSError):
                self.sock.send(self._outgoing.read())


def _number_of(error: OSError) -> int:
    if is_foreign(error) or error.errno is None:
        raise error  # not the system's: the TimeoutError of somebody's signal handler
    return error.errno
