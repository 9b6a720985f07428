"""Every option of sockets and contexts: one row each in a table, and the two classes that hold the values.

The table is the specification: number, default, legal range, which sockets know the option, whether it can be
read and written, whether a change reaches connections that exist already. What libzmq accepts is accepted here,
what it refuses is refused with the same error number, and the message names the option, the value and what is
legal.

Options of features that this version does not have can be read, and set to their default. Setting anything else
is refused: a program that asks for encryption must not go on without it.
"""

from __future__ import annotations

import errno
import operator
from collections.abc import Callable, Iterable

from ..constants import Errno, SocketType
from ..error import ZMQError
from ..numbers import MEMBERS, OPTION_KINDS, ContextOption, SecurityMechanism, SocketOption
from .endpoint import parse_endpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

OptionValue = int | bytes

_INT_MAX = 2**31 - 1
_INT_MIN = -(2**31)
_INT64_MAX = 2**63 - 1
_INT64_MIN = -(2**63)
_UINT64_MAX = 2**64 - 1
_ANY_LENGTH = _INT_MAX  # libzmq sets no bound to these texts

ZERO_COPY_RECV = 10  # a context option of libzmq's drafts; pyzmq has no name for it

_NUMBERS = MEMBERS["SocketOption"]

SOCKET_LIMIT = 65535  # what libzmq says is the largest sensible MAX_SOCKETS


class Option:
    """One row of the table. ``low`` and ``high`` bound the value of an int, the length of a bytes."""

    __slots__ = (
        "attribute",
        "computed",
        "default",
        "high",
        "hint",
        "is_flag",
        "is_secret",
        "kind",
        "live",
        "low",
        "missing",
        "missing_errno",
        "name",
        "number",
        "readable",
        "socket_types",
        "supported",
        "writable",
    )

    def __init__(
        self,
        name: str,
        number: int,
        kind: str,
        default: OptionValue | None,
        low: int,
        high: int,
        *,
        access: str = "rw",
        socket_types: Iterable[int] | None = None,
        is_flag: bool = False,
        live: bool = False,
        computed: bool = False,
        missing: str = "",
        unknown_to_libzmq: bool = False,
        hint: str = "",
        is_secret: bool = False,
    ) -> None:
        self.name = name
        self.attribute = name.lower()
        self.number = int(number)
        self.kind = kind  # "int", "int64", "bytes" or "fd", as pyzmq sorts them
        self.default = default
        self.low = low
        self.high = high
        self.readable = "r" in access
        self.writable = "w" in access
        self.socket_types = None if socket_types is None else frozenset(map(int, socket_types))  # None: all
        self.is_flag = is_flag  # stored as 0 or 1
        self.live = live  # a change acts on existing connections, not only on later binds and connects
        self.computed = computed  # the socket answers, there is no stored value
        self.missing = missing  # the feature that this version lacks
        self.supported = not missing
        # A libzmq without the feature does not know the option; ENOTSUP tells "not here" from "bad value".
        self.missing_errno = errno.EINVAL if unknown_to_libzmq else int(Errno.ENOTSUP)
        self.hint = hint  # added to the message when a value is refused
        self.is_secret = is_secret  # no message shows the value

    def accepts(self, value: OptionValue) -> bool:
        """True if the value, which has the right type, is in the legal range."""
        size = len(value) if isinstance(value, bytes) else value
        return self.low <= size <= self.high

    @property
    def legal(self) -> str:
        """The legal range in words."""
        if self.kind == "bytes":
            if self.low == self.high:
                return f"must have {self.low} bytes"
            return f"must have {self.low} to {self.high} bytes"
        if (self.low, self.high) == (0, 1):
            return "must be 0 or 1"
        if self.high == _INT_MAX:
            return f"must be from {self.low} to 2147483647"
        return f"must be from {self.low} to {self.high}"

    def __repr__(self) -> str:
        return f"Option({self.name}={self.number})"


def _row(name: str, default: OptionValue | None, low: int = 0, high: int = _INT_MAX, **more: Any) -> Option:
    return Option(name, _NUMBERS[name], OPTION_KINDS.get(name, "int"), default, low, high, **more)


def _computed(name: str, access: str, **more: Any) -> Option:
    """An option that the socket answers itself: it has no stored value."""
    return _row(name, None, access=access, computed=True, **more)


def _strict(name: str, default: int = 0, **more: Any) -> Option:
    """A switch that is 0 or 1 and nothing else."""
    return _row(name, default, 0, 1, is_flag=True, **more)


def _loose(name: str, default: int = 0, low: int = 0, **more: Any) -> Option:
    """A switch that any int from ``low`` sets: 0 is off, everything else on."""
    return _row(name, default, low, _INT_MAX, is_flag=True, **more)


_PUBLISHERS = (SocketType.PUB, SocketType.XPUB)
# libzmq's REP is a ROUTER inside: it takes these options and makes no use of them.
_ROUTERS = (SocketType.REP, SocketType.ROUTER)
_PROBERS = (SocketType.REQ, SocketType.REP, SocketType.DEALER, SocketType.ROUTER)
_FILTERS = (SocketType.SUB, SocketType.XPUB)

_KEY_HINT = "a key of CURVE: 32 bytes, or 40 characters of Z85"
_NAMETYPE_HINT = "0 for service@host, 1 for a user name, 2 for a principal of Kerberos"
_VMCI = "the vmci transport"
_NORM = "the norm transport"


def _vmci(name: str, default: int, low: int, high: int) -> Option:
    return _row(name, default, low, high, missing=_VMCI, unknown_to_libzmq=True)


def _norm(name: str, default: int, low: int, high: int) -> Option:
    return _row(
        name, default, low, high, missing=_NORM, unknown_to_libzmq=True, is_flag=(low, high) == (0, 1)
    )


def _tls(name: str, **more: Any) -> Option:
    return _row(name, b"", 0, _ANY_LENGTH, access="w", **more)


_SOCKET_ROWS = (
    #    name, default, lowest, highest (of a bytes: its length)
    _row("HWM", 1000, live=True, hint="it sets SNDHWM and RCVHWM"),
    _row("AFFINITY", 0, _INT64_MIN, _UINT64_MAX),
    _row("ROUTING_ID", b"", 1, 255),
    _computed("SUBSCRIBE", "w", high=_ANY_LENGTH, socket_types=_FILTERS, live=True),
    _computed("UNSUBSCRIBE", "w", high=_ANY_LENGTH, socket_types=_FILTERS, live=True),
    _row("RATE", 100, 1, hint="kbit/s, for pgm and epgm"),
    _row("RECOVERY_IVL", 10000, hint="milliseconds, for pgm and epgm"),
    _row("SNDBUF", -1, -1),
    _row("RCVBUF", -1, -1),
    _computed("RCVMORE", "r"),
    _computed("FD", "r"),
    _computed("EVENTS", "r"),
    _computed("TYPE", "r"),
    _row("LINGER", -1, -1, live=True, hint="milliseconds, -1 for ever"),
    _row("RECONNECT_IVL", 100, -1, hint="milliseconds, -1 never"),
    _row("BACKLOG", 100),
    _row("RECONNECT_IVL_MAX", 0),
    _row("MAXMSGSIZE", -1, _INT64_MIN, _INT64_MAX),
    _row("SNDHWM", 1000, live=True, hint="messages, 0 for no limit"),
    _row("RCVHWM", 1000, live=True, hint="messages, 0 for no limit"),
    _row("MULTICAST_HOPS", 1, 1),
    _row("RCVTIMEO", -1, -1, live=True, hint="milliseconds, -1 for ever"),
    _row("SNDTIMEO", -1, -1, live=True, hint="milliseconds, -1 for ever"),
    _strict("IPV4ONLY", 1),
    _computed("LAST_ENDPOINT", "r"),
    _loose("ROUTER_MANDATORY", access="w", socket_types=_ROUTERS, live=True),
    _row("TCP_KEEPALIVE", -1, -1, 1, hint="-1 leaves it to the system"),
    _row("TCP_KEEPALIVE_CNT", -1, -1),
    _row("TCP_KEEPALIVE_IDLE", -1, -1),
    _row("TCP_KEEPALIVE_INTVL", -1, -1),
    _row(
        "TCP_ACCEPT_FILTER", b"", 0, 255, access="w", hint="addresses such as 10.0.0.0/8, b'' clears the list"
    ),
    _strict("IMMEDIATE"),
    _loose("XPUB_VERBOSE", access="w", socket_types=_PUBLISHERS, live=True),
    _loose("ROUTER_RAW", access="w", socket_types=(SocketType.ROUTER,)),
    _strict("IPV6"),
    _computed("MECHANISM", "r"),
    _strict("PLAIN_SERVER"),
    _row("PLAIN_USERNAME", b"", 1, 255),
    _row("PLAIN_PASSWORD", b"", 1, 255, is_secret=True),
    _strict("CURVE_SERVER"),
    _row("CURVE_PUBLICKEY", bytes(32), 32, 41, hint=_KEY_HINT),
    _row("CURVE_SECRETKEY", bytes(32), 32, 41, hint=_KEY_HINT, is_secret=True),
    _row("CURVE_SERVERKEY", bytes(32), 32, 41, hint=_KEY_HINT),
    _loose("PROBE_ROUTER", access="w", socket_types=_PROBERS, live=True),
    _loose("REQ_CORRELATE", access="w", socket_types=(SocketType.REQ,), live=True),
    _loose("REQ_RELAXED", access="w", socket_types=(SocketType.REQ,), live=True),
    _strict("CONFLATE"),
    _row("ZAP_DOMAIN", b"", 1, 255),
    _loose("ROUTER_HANDOVER", access="w", socket_types=_ROUTERS, live=True),
    _row("TOS", 0),
    _row("IPC_FILTER_PID", None, _INT_MIN, access="w"),
    _row("IPC_FILTER_UID", None, _INT_MIN, access="w"),
    _row("IPC_FILTER_GID", None, _INT_MIN, access="w"),
    _row("CONNECT_ROUTING_ID", b"", 1, _ANY_LENGTH, access="w", socket_types=(*_ROUTERS, SocketType.STREAM)),
    _strict("GSSAPI_SERVER"),
    _row("GSSAPI_PRINCIPAL", b"", 1, 255),
    _row("GSSAPI_SERVICE_PRINCIPAL", b"", 1, 255),
    _strict("GSSAPI_PLAINTEXT"),
    _row("HANDSHAKE_IVL", 30000, hint="milliseconds, 0 for no limit"),
    _row("SOCKS_PROXY", b"", 0, _ANY_LENGTH, hint="host:port, b'' for none"),
    _loose("XPUB_NODROP", access="w", socket_types=(*_PUBLISHERS, SocketType.RADIO), live=True),
    _row("BLOCKY", None, access="", hint="it is an option of the context: context.set(zmq.BLOCKY, …)"),
    _loose("XPUB_MANUAL", access="w", socket_types=_PUBLISHERS, live=True),
    _row("XPUB_WELCOME_MSG", b"", 0, _ANY_LENGTH, access="w", socket_types=_PUBLISHERS),
    _strict("STREAM_NOTIFY", 1, access="w", socket_types=(SocketType.STREAM,), live=True),
    _loose("INVERT_MATCHING", low=_INT_MIN, live=True),
    _row("HEARTBEAT_IVL", 0, hint="milliseconds, 0 for no heartbeats"),
    # Sent as 16 bits of tenths of a second. libzmq rounds towards 0 before it looks at the sign.
    _row("HEARTBEAT_TTL", 0, -99, 6553599, hint="milliseconds, in steps of 100"),
    _row("HEARTBEAT_TIMEOUT", -1, hint="milliseconds; leave it unset for the value of HEARTBEAT_IVL"),
    _loose("XPUB_VERBOSER", access="w", socket_types=_PUBLISHERS, live=True),
    _row("CONNECT_TIMEOUT", 0, hint="milliseconds, 0 leaves it to the system"),
    _row("TCP_MAXRT", 0, hint="milliseconds, 0 leaves it to the system"),
    _computed("THREAD_SAFE", "r"),
    _row("MULTICAST_MAXTPDU", 1500, 1, hint="bytes, IP header included"),
    _vmci("VMCI_BUFFER_SIZE", 0, 0, _UINT64_MAX),
    _vmci("VMCI_BUFFER_MIN_SIZE", 0, 0, _UINT64_MAX),
    _vmci("VMCI_BUFFER_MAX_SIZE", 0, 0, _UINT64_MAX),
    _vmci("VMCI_CONNECT_TIMEOUT", -1, -1, _INT_MAX),
    _row("USE_FD", -1, -1, hint="a descriptor, -1 for none"),
    _row("GSSAPI_PRINCIPAL_NAMETYPE", 0, 0, 2, hint=_NAMETYPE_HINT),
    _row("GSSAPI_SERVICE_PRINCIPAL_NAMETYPE", 0, 0, 2, hint=_NAMETYPE_HINT),
    _row("BINDTODEVICE", b"", 0, 16, hint="the name of a network interface, b'' for any"),
    _loose("ZAP_ENFORCE_DOMAIN", low=_INT_MIN),
    _loose("LOOPBACK_FASTPATH", low=_INT_MIN),
    _row("METADATA", b"", 1, _ANY_LENGTH, access="w"),
    _loose("MULTICAST_LOOP", 1, low=_INT_MIN),
    _row(
        "ROUTER_NOTIFY", 0, 0, 3, socket_types=_ROUTERS, live=True, hint="NOTIFY_CONNECT, _DISCONNECT or both"
    ),
    _loose("XPUB_MANUAL_LAST_VALUE", access="w", socket_types=_PUBLISHERS, live=True),
    _row("SOCKS_USERNAME", b"", 0, 255),
    _row("SOCKS_PASSWORD", b"", 0, 255, is_secret=True),
    _row("IN_BATCH_SIZE", 8192, 1, hint="bytes"),
    _row("OUT_BATCH_SIZE", 8192, 1, hint="bytes"),
    # For tls+tcp and wss.
    _tls("WSS_KEY_PEM", is_secret=True, hint="PEM text or the name of a file"),
    _tls("WSS_CERT_PEM", hint="PEM text or the name of a file"),
    _tls("WSS_TRUST_PEM", hint="PEM text or the name of a file"),
    _tls("WSS_HOSTNAME", hint="the name in the server's certificate, b'' for the host of the endpoint"),
    _strict("WSS_TRUST_SYSTEM", access="w"),
    _loose("ONLY_FIRST_SUBSCRIBE", access="w", socket_types=(*_PUBLISHERS, SocketType.XSUB), live=True),
    _row("RECONNECT_STOP", 0, _INT_MIN),
    _row("HELLO_MSG", b"", 0, _ANY_LENGTH, access="w"),
    _row("DISCONNECT_MSG", b"", 0, _ANY_LENGTH, access="w"),
    _row("PRIORITY", 0),
    _row("BUSY_POLL", 0, hint="microseconds, 0 leaves it to the system"),
    _row("HICCUP_MSG", b"", 0, _ANY_LENGTH, access="w"),
    _loose("XSUB_VERBOSE_UNSUBSCRIBE", low=_INT_MIN, access="w", socket_types=(SocketType.XSUB,), live=True),
    _computed("TOPICS_COUNT", "r", socket_types=(*_PUBLISHERS, SocketType.SUB, SocketType.XSUB)),
    _norm("NORM_MODE", 1, 0, 4),
    _norm("NORM_UNICAST_NACK", 0, 0, 1),
    _norm("NORM_BUFFER_SIZE", 2048, 1, _INT_MAX),
    _norm("NORM_SEGMENT_SIZE", 1400, 1, _INT_MAX),
    _norm("NORM_BLOCK_SIZE", 16, 1, 255),
    _norm("NORM_NUM_PARITY", 4, 0, 254),
    _norm("NORM_NUM_AUTOPARITY", 0, 0, 254),
    _norm("NORM_PUSH", 0, 0, 1),
)

OPTIONS: dict[int, Option] = {row.number: row for row in _SOCKET_ROWS}

# Subscribers have nothing of their own to send, so nothing keeps their close() waiting.
_LINGER_NONE = frozenset(map(int, (SocketType.SUB, SocketType.XSUB, SocketType.DISH)))

# Not slots: views of another option, and lists that grow with every set (their slots have other types).
_VIEWS = frozenset({"HWM", "IPV4ONLY", "PLAIN_SERVER", "CURVE_SERVER", "GSSAPI_SERVER"})
_LISTS: dict[str, Any] = {
    "TCP_ACCEPT_FILTER": (),
    "IPC_FILTER_PID": frozenset(),
    "IPC_FILTER_UID": frozenset(),
    "IPC_FILTER_GID": frozenset(),
    "METADATA": {},
}

# What the options of PLAIN, CURVE and GSSAPI decide together: the one that was set last says what the socket does.
# ipc_permissions is no option of libzmq: an attribute of Socket.
_DECIDED = {"ipc_permissions": -1, "mechanism": int(SecurityMechanism.NULL), "as_server": 0}

_STORED: dict[str, Any] = {
    row.attribute: _LISTS.get(row.name, row.default)
    for row in _SOCKET_ROWS
    if not row.computed and row.name not in _VIEWS and (row.readable or row.writable)
} | {**_DECIDED, "tls_context": None, "ws_origins": None}


class SocketOptions:
    """The options of one socket, an attribute each: the option's name in lower case.

    Attributes are for reading, and for code that knows the value to be right. ``set`` checks first.
    """

    __slots__ = ("socket_type", *_STORED)

    socket_type: int
    affinity: int
    routing_id: bytes
    rate: int
    recovery_ivl: int
    sndbuf: int
    rcvbuf: int
    linger: int
    reconnect_ivl: int
    backlog: int
    reconnect_ivl_max: int
    maxmsgsize: int
    sndhwm: int
    rcvhwm: int
    multicast_hops: int
    rcvtimeo: int
    sndtimeo: int
    router_mandatory: int
    tcp_keepalive: int
    tcp_keepalive_cnt: int
    tcp_keepalive_idle: int
    tcp_keepalive_intvl: int
    tcp_accept_filter: tuple[str, ...]  # networks such as "10.0.0.0/8"; empty: everybody
    immediate: int
    xpub_verbose: int
    router_raw: int
    ipv6: int
    plain_username: bytes
    plain_password: bytes
    curve_publickey: bytes
    curve_secretkey: bytes
    curve_serverkey: bytes
    probe_router: int
    req_correlate: int
    req_relaxed: int
    conflate: int
    zap_domain: bytes
    router_handover: int
    tos: int
    ipc_filter_pid: frozenset[int]  # empty: everybody
    ipc_filter_uid: frozenset[int]
    ipc_filter_gid: frozenset[int]
    ipc_permissions: int  # -1: as the umask has it
    connect_routing_id: bytes  # for the next connect only: the socket clears it
    gssapi_principal: bytes
    gssapi_service_principal: bytes
    gssapi_plaintext: int
    handshake_ivl: int
    socks_proxy: bytes
    xpub_nodrop: int
    xpub_manual: int
    xpub_welcome_msg: bytes
    stream_notify: int
    invert_matching: int
    heartbeat_ivl: int
    heartbeat_ttl: int  # milliseconds, a multiple of 100
    heartbeat_timeout: int
    xpub_verboser: int
    connect_timeout: int
    tcp_maxrt: int
    multicast_maxtpdu: int
    vmci_buffer_size: int
    vmci_buffer_min_size: int
    vmci_buffer_max_size: int
    vmci_connect_timeout: int
    use_fd: int
    gssapi_principal_nametype: int
    gssapi_service_principal_nametype: int
    bindtodevice: bytes
    zap_enforce_domain: int
    loopback_fastpath: int
    metadata: dict[str, bytes]  # never changed in place: copies of the options share it
    multicast_loop: int
    router_notify: int
    xpub_manual_last_value: int
    socks_username: bytes
    socks_password: bytes
    in_batch_size: int
    out_batch_size: int
    wss_key_pem: bytes
    wss_cert_pem: bytes
    wss_trust_pem: bytes
    wss_hostname: bytes
    wss_trust_system: int
    only_first_subscribe: int
    reconnect_stop: int
    hello_msg: bytes
    disconnect_msg: bytes
    priority: int
    busy_poll: int
    hiccup_msg: bytes
    xsub_verbose_unsubscribe: int
    norm_mode: int
    norm_unicast_nack: int
    norm_buffer_size: int
    norm_segment_size: int
    norm_block_size: int
    norm_num_parity: int
    norm_num_autoparity: int
    norm_push: int
    mechanism: int  # a SecurityMechanism
    as_server: int
    tls_context: Any  # an ssl.SSLContext or None; what is in it is for the transports
    ws_origins: frozenset[str] | None

    def __init__(self, socket_type: int, context: ContextOptions | None = None) -> None:
        """The defaults of a socket type; the context has a say in IPV6 and, through BLOCKY, in LINGER.

        Raises ZMQError(EINVAL) for a number that is no socket type.
        """
        try:
            self.socket_type = int(SocketType(socket_type))
        except ValueError:
            raise ZMQError(errno.EINVAL, f"{socket_type!r} is not a socket type") from None
        for attribute, default in _STORED.items():
            setattr(self, attribute, default)
        if self.socket_type in _LINGER_NONE:
            self.linger = 0
        if context is not None:
            self.ipv6 = context.ipv6
            if not context.blocky:
                self.linger = 0

    def copy(self) -> SocketOptions:
        """The options as they are now, for a listener or session that must not see later changes."""
        clone = SocketOptions.__new__(SocketOptions)
        for attribute in SocketOptions.__slots__:
            setattr(clone, attribute, getattr(self, attribute))
        return clone

    def set(self, number: int, value: Any) -> None:
        """Check a value and store it. Raises TypeError and ZMQError as ``check`` does.

        Computed options are the socket's: it uses ``check`` and acts on the value itself.
        """
        checked = self.check(number, value)
        row = OPTIONS[number]
        if row.computed:
            _invalid(f"{row.name} is not stored; set it on the socket")
        special = _SETTERS.get(row.number)
        if special is not None:
            special(self, checked)
        else:
            setattr(self, row.attribute, checked)

    def get(self, number: int) -> OptionValue:
        """The value of an option. Raises ZMQError(EINVAL) for one that cannot be read, or is the socket's."""
        row = self.readable(number)
        if row.computed:
            _invalid(f"{row.name} is not stored; read it from the socket")
        if row.number == SocketOption.HWM:
            return self.sndhwm
        if row.number == SocketOption.IPV4ONLY:
            return 1 - self.ipv6
        if row.number in _MECHANISM_OF:
            return int(bool(self.as_server) and self.mechanism == _MECHANISM_OF[row.number])
        value: OptionValue = getattr(self, row.attribute)
        return value

    def check(self, number: int, value: Any) -> OptionValue:
        """The value as it would be stored, if this socket takes it.

        Raises TypeError for a value of the wrong type, as pyzmq does, and ZMQError: EINVAL for an unknown option,
        a value out of range, an option of other sockets or one that cannot be set; ENOTSUP (EINVAL if libzmq
        knows it only with special build flags) for one whose feature this version does not have.
        """
        row = OPTIONS.get(_as_number(number))
        checked = _typed("int" if row is None else row.kind, value, row is not None and row.is_secret)
        row = self._known(row, number)
        if not row.writable:
            _invalid(f"{row.name} cannot be set{_in_brackets(row.hint)}")
        _check_range(row, checked)
        return int(checked != 0) if row.is_flag else checked

    def readable(self, number: int) -> Option:
        """The row of an option that this socket can read. Raises ZMQError(EINVAL) for others."""
        row = self._known(OPTIONS.get(_as_number(number)), number)
        if not row.readable:
            _invalid(
                f"{row.name} cannot be read{_in_brackets(row.hint) if not row.writable else ', only set'}"
            )
        return row

    def _known(self, row: Option | None, number: int) -> Option:
        if row is None:
            _invalid(f"{int(number)} is not a socket option")
        if row.socket_types is not None and self.socket_type not in row.socket_types:
            names = " and ".join(SocketType(number).name for number in sorted(row.socket_types))
            own = SocketType(self.socket_type).name
            _invalid(f"{row.name} is an option of {names} sockets, and this is a {own} socket")
        return row


# --- checks ----------------------------------------------------------------------------------------------


def _invalid(message: str) -> NoReturn:
    raise ZMQError(errno.EINVAL, message)


def _in_brackets(hint: str) -> str:
    return f" ({hint})" if hint else ""


def _as_number(number: object) -> int:
    try:
        return operator.index(number)  # type: ignore[arg-type]  # what is no int is refused here
    except TypeError:
        raise TypeError(f"an integer is required, got: {number!r}") from None


def _typed(kind: str, value: Any, is_secret: bool) -> OptionValue:
    """The value as int or bytes; the TypeErrors are pyzmq's."""
    if isinstance(value, str):
        raise TypeError("unicode not allowed, use setsockopt_string")
    if kind == "bytes":
        if not isinstance(value, bytes):
            raise TypeError(f"expected bytes, got: {type(value) if is_secret else value!r}")
        return value
    try:
        return int(operator.index(value))
    except TypeError:
        raise TypeError(f"expected int, got: {value!r}") from None


def _check_range(row: Option, value: OptionValue) -> None:
    if row.missing and value == row.default:
        return  # a program may well write down what is the case anyway
    if not row.accepts(value):
        got = f"{len(value)} bytes" if isinstance(value, bytes) else str(value)
        _invalid(f"{row.name} {row.legal}{_in_brackets(row.hint)}, got {got}")
    if row.missing:
        shown = "this value" if row.is_secret else repr(value)
        message = f"{row.name} cannot be set to {shown}: this version of purezmq does not have {row.missing}"
        raise ZMQError(row.missing_errno, message)


# --- options that are more than one value ----------------------------------------------------------------


def _set_hwm(options: SocketOptions, value: Any) -> None:
    options.sndhwm = options.rcvhwm = value


def _set_ipv4only(options: SocketOptions, value: Any) -> None:
    options.ipv6 = 1 - value


def _set_heartbeat_ttl(options: SocketOptions, value: Any) -> None:
    options.heartbeat_ttl = max(value, 0) // 100 * 100


def _set_xpub_verbose(options: SocketOptions, value: Any) -> None:
    options.xpub_verbose = int(value != 0)
    options.xpub_verboser = 0  # as in libzmq: the option that was set last decides about both


def _set_xpub_verboser(options: SocketOptions, value: Any) -> None:
    options.xpub_verbose = options.xpub_verboser = int(value != 0)


def _set_xpub_manual_last_value(options: SocketOptions, value: Any) -> None:
    options.xpub_manual = options.xpub_manual_last_value = int(value != 0)


def _set_ipc_filter_pid(options: SocketOptions, value: Any) -> None:
    options.ipc_filter_pid |= {value}


def _set_ipc_filter_uid(options: SocketOptions, value: Any) -> None:
    options.ipc_filter_uid |= {value}


def _set_ipc_filter_gid(options: SocketOptions, value: Any) -> None:
    options.ipc_filter_gid |= {value}


def _set_tcp_accept_filter(options: SocketOptions, value: Any) -> None:
    if not value:
        options.tcp_accept_filter = ()
        return
    import ipaddress  # 5 ms to import, for a deprecated option

    text = value.decode("ascii", "replace")
    try:
        network = ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        _invalid(
            f"TCP_ACCEPT_FILTER must be an address with or without /bits, such as 10.0.0.0/8, got {text!r}"
        )
    if network.version == 6 and not options.ipv6:
        _invalid(f"TCP_ACCEPT_FILTER {text!r} is IPv6, which this socket does not use; set IPV6 to 1 first")
    options.tcp_accept_filter += (str(network),)


def _set_socks_proxy(options: SocketOptions, value: Any) -> None:
    if value:
        text = value.decode("utf-8", "surrogateescape")
        try:
            endpoint = parse_endpoint(f"tcp://{text}", for_bind=False)
        except ZMQError as error:
            why = str(error).partition("; did you mean")[0].partition(" (addr=")[0]
            _invalid(f"SOCKS_PROXY must be host:port, such as 127.0.0.1:1080, got {text!r}: {why}")
        if endpoint.source_host:
            _invalid(f"SOCKS_PROXY must be host:port; a source address goes before the peer's, got {text!r}")
    options.socks_proxy = value


def _set_metadata(options: SocketOptions, value: Any) -> None:
    name, _, content = value.partition(b":")
    if not content or not name.startswith(b"X-") or len(name) > 255:
        expected = "name:value, the name beginning with X- and having at most 255 bytes"
        _invalid(f"METADATA must be {expected}; got {value[:80]!r}")
    options.metadata = {**options.metadata, name.decode("latin-1"): content}


_MECHANISM_OF: dict[int, int] = {
    SocketOption.PLAIN_SERVER: SecurityMechanism.PLAIN,
    SocketOption.CURVE_SERVER: SecurityMechanism.CURVE,
    SocketOption.GSSAPI_SERVER: SecurityMechanism.GSSAPI,
}


def _set_plain_server(options: SocketOptions, value: Any) -> None:
    options.as_server = value
    options.mechanism = int(SecurityMechanism.PLAIN if value else SecurityMechanism.NULL)


def _set_plain_username(options: SocketOptions, value: Any) -> None:
    options.plain_username = value
    _become_client(options, SecurityMechanism.PLAIN)


def _set_plain_password(options: SocketOptions, value: Any) -> None:
    options.plain_password = value
    _become_client(options, SecurityMechanism.PLAIN)


def _become_client(options: SocketOptions, mechanism: int) -> None:
    options.as_server = 0
    options.mechanism = int(mechanism)


def _set_curve_server(options: SocketOptions, value: Any) -> None:
    if value:
        from . import sodium

        sodium.bindings()  # a program that asks for encryption must not go on without it
    options.as_server = value
    options.mechanism = int(SecurityMechanism.CURVE if value else SecurityMechanism.NULL)


def _set_curve_publickey(options: SocketOptions, value: Any) -> None:
    options.curve_publickey = _curve_key("CURVE_PUBLICKEY", value)
    options.mechanism = int(SecurityMechanism.CURVE)


def _set_curve_secretkey(options: SocketOptions, value: Any) -> None:
    options.curve_secretkey = _curve_key("CURVE_SECRETKEY", value)
    options.mechanism = int(SecurityMechanism.CURVE)


def _set_curve_serverkey(options: SocketOptions, value: Any) -> None:
    options.curve_serverkey = _curve_key("CURVE_SERVERKEY", value)
    _become_client(options, SecurityMechanism.CURVE)


# A missing library shows at bind and connect: these options are plain text and numbers, which anybody can store.


def _set_gssapi_server(options: SocketOptions, value: Any) -> None:
    options.as_server = value
    options.mechanism = int(SecurityMechanism.GSSAPI)  # also for 0, as in libzmq: then it is a client


def _set_gssapi_principal(options: SocketOptions, value: Any) -> None:
    options.gssapi_principal = value
    options.mechanism = int(SecurityMechanism.GSSAPI)


def _set_gssapi_service_principal(options: SocketOptions, value: Any) -> None:
    options.gssapi_service_principal = value
    _become_client(options, SecurityMechanism.GSSAPI)


def _curve_key(name: str, value: bytes) -> bytes:
    """The 32 bytes of a key that may come as Z85 text, with or without the NUL of a C string."""
    from . import sodium, z85

    sodium.bindings()
    if len(value) == sodium.KEY_SIZE:
        return value
    if len(value) == 41 and value[40] == 0:
        value = value[:40]
    if len(value) == 40:
        try:
            return z85.decode(value)
        except (KeyError, ValueError):
            # Without the cause: its text quotes a piece of the key.
            pass
        _invalid(f"{name} is not a Z85 text of 40 characters ({_KEY_HINT})")
    _invalid(f"{name} must be {_KEY_HINT}; got {len(value)} bytes")


_SETTERS: dict[int, Callable[[SocketOptions, Any], None]] = {
    SocketOption.HWM: _set_hwm,
    SocketOption.IPV4ONLY: _set_ipv4only,
    SocketOption.HEARTBEAT_TTL: _set_heartbeat_ttl,
    SocketOption.XPUB_VERBOSE: _set_xpub_verbose,
    SocketOption.XPUB_VERBOSER: _set_xpub_verboser,
    SocketOption.XPUB_MANUAL_LAST_VALUE: _set_xpub_manual_last_value,
    SocketOption.IPC_FILTER_PID: _set_ipc_filter_pid,
    SocketOption.IPC_FILTER_UID: _set_ipc_filter_uid,
    SocketOption.IPC_FILTER_GID: _set_ipc_filter_gid,
    SocketOption.TCP_ACCEPT_FILTER: _set_tcp_accept_filter,
    SocketOption.METADATA: _set_metadata,
    SocketOption.SOCKS_PROXY: _set_socks_proxy,
    SocketOption.PLAIN_SERVER: _set_plain_server,
    SocketOption.PLAIN_USERNAME: _set_plain_username,
    SocketOption.PLAIN_PASSWORD: _set_plain_password,
    SocketOption.CURVE_SERVER: _set_curve_server,
    SocketOption.CURVE_PUBLICKEY: _set_curve_publickey,
    SocketOption.CURVE_SECRETKEY: _set_curve_secretkey,
    SocketOption.CURVE_SERVERKEY: _set_curve_serverkey,
    SocketOption.GSSAPI_SERVER: _set_gssapi_server,
    SocketOption.GSSAPI_PRINCIPAL: _set_gssapi_principal,
    SocketOption.GSSAPI_SERVICE_PRINCIPAL: _set_gssapi_service_principal,
}


# --- the context's ---------------------------------------------------------------------------------------


def _context_row(name: str, default: int | None, low: int, high: int = _INT_MAX, **more: Any) -> Option:
    return Option(name, MEMBERS["ContextOption"][name], "int", default, low, high, **more)


_CONTEXT_ROWS = (
    _context_row("IO_THREADS", 1, 0, hint="0 is enough for inproc"),
    _context_row("MAX_SOCKETS", 1023, 1),
    # The number means SOCKET_LIMIT when read and THREAD_PRIORITY when set.
    _context_row("THREAD_PRIORITY", -1, 0),
    _context_row("THREAD_SCHED_POLICY", -1, 0, hint="a SCHED_ constant of the os module"),
    _context_row("MAX_MSGSZ", _INT_MAX, 0, hint="bytes"),
    _context_row("MSG_T_SIZE", 64, 0, access="r"),
    _context_row("THREAD_AFFINITY_CPU_ADD", None, 0, access="w"),
    _context_row("THREAD_AFFINITY_CPU_REMOVE", None, 0, access="w"),
    _context_row("THREAD_NAME_PREFIX", 0, _INT_MIN, hint="a number, or text of 1 to 16 bytes"),
    Option("ZERO_COPY_RECV", ZERO_COPY_RECV, "int", 1, 0, _INT_MAX, is_flag=True),
    Option("IPV6", SocketOption.IPV6, "int", 0, 0, _INT_MAX, is_flag=True),
    Option("BLOCKY", SocketOption.BLOCKY, "int", 1, 0, _INT_MAX, is_flag=True),
)

CONTEXT_OPTIONS: dict[int, Option] = {row.number: row for row in _CONTEXT_ROWS}

_CONTEXT_STORED: dict[str, Any] = {row.attribute: row.default for row in _CONTEXT_ROWS if row.readable}
_CONTEXT_STORED["thread_cpus"] = frozenset()

_NAME_PREFIX_MAX_LEN = 16
_THREAD_ATTRIBUTES = ("thread_priority", "thread_sched_policy", "thread_cpus", "thread_name_prefix")


class ContextOptions:
    """The options of one context, an attribute each: the option's name in lower case."""

    __slots__ = tuple(_CONTEXT_STORED)

    io_threads: int
    max_sockets: int
    thread_priority: int
    thread_sched_policy: int
    max_msgsz: int
    msg_t_size: int
    thread_cpus: frozenset[int]  # empty: any
    thread_name_prefix: int | str
    zero_copy_recv: int  # a hint: large frames are always received without a copy
    ipv6: int
    blocky: int

    def __init__(self) -> None:
        for attribute, default in _CONTEXT_STORED.items():
            setattr(self, attribute, default)

    def copy(self) -> ContextOptions:
        """The options as they are now."""
        clone = ContextOptions()
        for attribute in ContextOptions.__slots__:
            setattr(clone, attribute, getattr(self, attribute))
        return clone

    def set(self, number: int, value: Any) -> None:
        """Check a value and store it. Raises TypeError (not an int) and ZMQError (EINVAL)."""
        row = CONTEXT_OPTIONS.get(_as_number(number))
        if number == ContextOption.THREAD_NAME_PREFIX and isinstance(value, str):
            self._set_name_prefix(value)
            return
        try:
            checked = int(operator.index(value))
        except TypeError:
            raise TypeError(f"expected int, got: {value!r}") from None
        if row is None:
            _invalid(f"{int(number)} is not a context option")
        if not row.writable:
            _invalid(f"{row.name} cannot be set")
        _check_range(row, checked)
        if number == ContextOption.THREAD_AFFINITY_CPU_ADD:
            self.thread_cpus |= {checked}
        elif number == ContextOption.THREAD_AFFINITY_CPU_REMOVE:
            if checked not in self.thread_cpus:
                _invalid(f"THREAD_AFFINITY_CPU_REMOVE: processor {checked} was not added")
            self.thread_cpus -= {checked}
        else:
            setattr(self, row.attribute, int(checked != 0) if row.is_flag else checked)

    def _set_name_prefix(self, text: str) -> None:
        size = len(text.encode("utf-8", "surrogateescape"))
        if not 0 < size <= _NAME_PREFIX_MAX_LEN or "\0" in text:
            _invalid(f"THREAD_NAME_PREFIX must have 1 to {_NAME_PREFIX_MAX_LEN} bytes, got {text!r}")
        self.thread_name_prefix = text

    @property
    def thread_settings(self) -> tuple[Any, ...]:
        """What the THREAD_ options say, together."""
        return tuple(getattr(self, attribute) for attribute in _THREAD_ATTRIBUTES)

    @thread_settings.setter
    def thread_settings(self, values: tuple[Any, ...]) -> None:
        for attribute, value in zip(_THREAD_ATTRIBUTES, values, strict=True):
            setattr(self, attribute, value)

    def get(self, number: int) -> int | str:
        """The value of an option. Raises ZMQError(EINVAL) for one that cannot be read."""
        row = CONTEXT_OPTIONS.get(_as_number(number))
        if row is None:
            _invalid(f"{int(number)} is not a context option")
        if not row.readable:
            _invalid(f"{row.name} cannot be read, only set")
        if row.number == ContextOption.SOCKET_LIMIT:
            return SOCKET_LIMIT
        value: int | str = getattr(self, row.attribute)
        return value
