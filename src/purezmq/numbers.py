"""The numbers of ZeroMQ, by name: pyzmq's names, libzmq's values.

To a type checker these classes are enums, and so they are for users (``constants``). But an enum takes long to make:
the 330 members here took a fifth of the time of an import. So at run time they are objects with plain numbers, which is
all that the rest of the library needs, and ``constants`` makes an enum of one when somebody asks for it. Do not call
them, iterate over them, or ask a number for its name: import the enum for that.

Drafts are listed too: a name says that the number is taken, not that the feature is on.
"""

from __future__ import annotations

import errno
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from enum import Enum, IntEnum, IntFlag
    from typing import Self
else:

    class _Numbers:
        """What ``class SocketType(IntEnum)`` makes here: no class, which takes long, but an object with the numbers.

        ``kind`` is the enum's own base. (Python takes the type of the base for what makes the class.)
        """

        def __init__(
            self, name: str, bases: tuple[_Numbers, ...] = (), body: dict[str, object] | None = None
        ) -> None:
            self.kind = bases[0].__name__ if bases else ""
            self.__name__ = name
            if body is None:
                return
            self.__doc__ = body.get("__doc__")  # none with -OO
            members = MEMBERS[name] = {}
            for member, value in body.items():
                if member.startswith("_"):
                    continue
                if type(value) is tuple:
                    value, OPTION_KINDS[member] = value
                members[member] = value
            self.__dict__.update(members)

    Enum, IntEnum, IntFlag = _Numbers("Enum"), _Numbers("IntEnum"), _Numbers("IntFlag")


# The members of each class here; and what kind of value an option takes, where that is no int.
MEMBERS: dict[str, dict[str, int]] = {}
OPTION_KINDS: dict[str, str] = {}

# libzmq numbers its own errors from here, far above any operating system's. Errors that the platform does not
# define are numbered from here as well, so that every name in Errno has a value everywhere.
_HAUSNUMERO = 156384712


def _number(name: str, fallback: int, windows: int) -> int:
    """The value of an error name on this platform."""
    if sys.platform == "win32":
        # libzmq uses the C runtime's numbers, which Python's errno module hides behind the WSA ones.
        return windows
    return getattr(errno, name, _HAUSNUMERO + fallback)


class Errno(IntEnum):
    """Error numbers: the operating system's where it has them, libzmq's otherwise."""

    EAGAIN = errno.EAGAIN
    EFAULT = errno.EFAULT
    EINVAL = errno.EINVAL
    ENOTSUP = _number("ENOTSUP", 1, windows=129)
    EPROTONOSUPPORT = _number("EPROTONOSUPPORT", 2, windows=135)
    ENOBUFS = _number("ENOBUFS", 3, windows=119)
    ENETDOWN = _number("ENETDOWN", 4, windows=116)
    EADDRINUSE = _number("EADDRINUSE", 5, windows=100)
    EADDRNOTAVAIL = _number("EADDRNOTAVAIL", 6, windows=101)
    ECONNREFUSED = _number("ECONNREFUSED", 7, windows=107)
    EINPROGRESS = _number("EINPROGRESS", 8, windows=112)
    ENOTSOCK = _number("ENOTSOCK", 9, windows=128)
    EMSGSIZE = _number("EMSGSIZE", 10, windows=115)
    EAFNOSUPPORT = _number("EAFNOSUPPORT", 11, windows=102)
    ENETUNREACH = _number("ENETUNREACH", 12, windows=118)
    ECONNABORTED = _number("ECONNABORTED", 13, windows=106)
    ECONNRESET = _number("ECONNRESET", 14, windows=108)
    ENOTCONN = _number("ENOTCONN", 15, windows=126)
    ETIMEDOUT = _number("ETIMEDOUT", 16, windows=138)
    EHOSTUNREACH = _number("EHOSTUNREACH", 17, windows=110)
    ENETRESET = _number("ENETRESET", 18, windows=117)

    # ZeroMQ's own.
    EFSM = _HAUSNUMERO + 51  # the call is not legal in the socket's current state
    ENOCOMPATPROTO = _HAUSNUMERO + 52  # the transport does not suit the socket type
    ETERM = _HAUSNUMERO + 53  # the context was terminated
    EMTHREAD = _HAUSNUMERO + 54  # the context has no I/O thread


class ContextOption(IntEnum):
    """Options of ``Context.set`` and ``Context.get``."""

    IO_THREADS = 1
    MAX_SOCKETS = 2
    SOCKET_LIMIT = 3
    THREAD_PRIORITY = SOCKET_LIMIT
    THREAD_SCHED_POLICY = 4
    MAX_MSGSZ = 5
    MSG_T_SIZE = 6
    THREAD_AFFINITY_CPU_ADD = 7
    THREAD_AFFINITY_CPU_REMOVE = 8
    THREAD_NAME_PREFIX = 9


class SocketType(IntEnum):
    """Socket types."""

    PAIR = 0
    PUB = 1
    SUB = 2
    REQ = 3
    REP = 4
    DEALER = 5
    ROUTER = 6
    PULL = 7
    PUSH = 8
    XPUB = 9
    XSUB = 10
    STREAM = 11
    # The names of ZeroMQ 2.
    XREQ = DEALER
    XREP = ROUTER
    # Drafts in libzmq: the number may still change there.
    SERVER = 12
    CLIENT = 13
    RADIO = 14
    DISH = 15
    GATHER = 16
    SCATTER = 17
    DGRAM = 18
    PEER = 19
    CHANNEL = 20


class _OptType(Enum):
    """What kind of value a socket option takes."""

    int = "int"
    int64 = "int64"
    bytes = "bytes"
    fd = "fd"


class SocketOption(IntEnum):
    """Options of ``Socket.set`` and ``Socket.get``."""

    if TYPE_CHECKING:
        _opt_type: _OptType

        def __new__(cls, value: int, kind: str = "int") -> Self: ...

    HWM = 1  # pyzmq's own: libzmq refuses it; here it stands for SNDHWM and RCVHWM
    AFFINITY = 4, "int64"
    ROUTING_ID = 5, "bytes"
    SUBSCRIBE = 6, "bytes"
    UNSUBSCRIBE = 7, "bytes"
    RATE = 8
    RECOVERY_IVL = 9
    SNDBUF = 11
    RCVBUF = 12
    RCVMORE = 13
    FD = 14, "fd"
    EVENTS = 15
    TYPE = 16
    LINGER = 17
    RECONNECT_IVL = 18
    BACKLOG = 19
    RECONNECT_IVL_MAX = 21
    MAXMSGSIZE = 22, "int64"
    SNDHWM = 23
    RCVHWM = 24
    MULTICAST_HOPS = 25
    RCVTIMEO = 27
    SNDTIMEO = 28
    LAST_ENDPOINT = 32, "bytes"
    ROUTER_MANDATORY = 33
    TCP_KEEPALIVE = 34
    TCP_KEEPALIVE_CNT = 35
    TCP_KEEPALIVE_IDLE = 36
    TCP_KEEPALIVE_INTVL = 37
    IMMEDIATE = 39
    XPUB_VERBOSE = 40
    ROUTER_RAW = 41
    IPV6 = 42
    MECHANISM = 43
    PLAIN_SERVER = 44
    PLAIN_USERNAME = 45, "bytes"
    PLAIN_PASSWORD = 46, "bytes"
    CURVE_SERVER = 47
    CURVE_PUBLICKEY = 48, "bytes"
    CURVE_SECRETKEY = 49, "bytes"
    CURVE_SERVERKEY = 50, "bytes"
    PROBE_ROUTER = 51
    REQ_CORRELATE = 52
    REQ_RELAXED = 53
    CONFLATE = 54
    ZAP_DOMAIN = 55, "bytes"
    ROUTER_HANDOVER = 56
    TOS = 57
    CONNECT_ROUTING_ID = 61, "bytes"
    GSSAPI_SERVER = 62
    GSSAPI_PRINCIPAL = 63, "bytes"
    GSSAPI_SERVICE_PRINCIPAL = 64, "bytes"
    GSSAPI_PLAINTEXT = 65
    HANDSHAKE_IVL = 66
    SOCKS_PROXY = 68, "bytes"
    XPUB_NODROP = 69
    BLOCKY = 70
    XPUB_MANUAL = 71
    XPUB_WELCOME_MSG = 72, "bytes"
    STREAM_NOTIFY = 73
    INVERT_MATCHING = 74
    HEARTBEAT_IVL = 75
    HEARTBEAT_TTL = 76
    HEARTBEAT_TIMEOUT = 77
    XPUB_VERBOSER = 78
    CONNECT_TIMEOUT = 79
    TCP_MAXRT = 80
    THREAD_SAFE = 81
    MULTICAST_MAXTPDU = 84
    VMCI_BUFFER_SIZE = 85, "int64"
    VMCI_BUFFER_MIN_SIZE = 86, "int64"
    VMCI_BUFFER_MAX_SIZE = 87, "int64"
    VMCI_CONNECT_TIMEOUT = 88
    USE_FD = 89
    GSSAPI_PRINCIPAL_NAMETYPE = 90
    GSSAPI_SERVICE_PRINCIPAL_NAMETYPE = 91
    BINDTODEVICE = 92, "bytes"
    # Deprecated, and the former names of others.
    IDENTITY = ROUTING_ID
    CONNECT_RID = CONNECT_ROUTING_ID
    TCP_ACCEPT_FILTER = 38, "bytes"
    IPC_FILTER_PID = 58
    IPC_FILTER_UID = 59
    IPC_FILTER_GID = 60
    IPV4ONLY = 31
    DELAY_ATTACH_ON_CONNECT = IMMEDIATE
    FAIL_UNROUTABLE = ROUTER_MANDATORY
    ROUTER_BEHAVIOR = ROUTER_MANDATORY
    # Drafts in libzmq.
    ZAP_ENFORCE_DOMAIN = 93
    LOOPBACK_FASTPATH = 94
    METADATA = 95, "bytes"
    MULTICAST_LOOP = 96
    ROUTER_NOTIFY = 97
    XPUB_MANUAL_LAST_VALUE = 98
    SOCKS_USERNAME = 99, "bytes"
    SOCKS_PASSWORD = 100, "bytes"
    IN_BATCH_SIZE = 101
    OUT_BATCH_SIZE = 102
    WSS_KEY_PEM = 103, "bytes"
    WSS_CERT_PEM = 104, "bytes"
    WSS_TRUST_PEM = 105, "bytes"
    WSS_HOSTNAME = 106, "bytes"
    WSS_TRUST_SYSTEM = 107
    ONLY_FIRST_SUBSCRIBE = 108
    RECONNECT_STOP = 109
    HELLO_MSG = 110, "bytes"
    DISCONNECT_MSG = 111, "bytes"
    PRIORITY = 112
    BUSY_POLL = 113
    HICCUP_MSG = 114, "bytes"
    XSUB_VERBOSE_UNSUBSCRIBE = 115
    TOPICS_COUNT = 116
    NORM_MODE = 117
    NORM_UNICAST_NACK = 118
    NORM_BUFFER_SIZE = 119
    NORM_SEGMENT_SIZE = 120
    NORM_BLOCK_SIZE = 121
    NORM_NUM_PARITY = 122
    NORM_NUM_AUTOPARITY = 123
    NORM_PUSH = 124


class MessageOption(IntEnum):
    """Options of ``Frame.get``."""

    MORE = 1
    SHARED = 3
    SRCFD = 2


class Flag(IntFlag):
    """Flags of ``send`` and ``recv``."""

    DONTWAIT = 1
    SNDMORE = 2
    NOBLOCK = DONTWAIT


class PollEvent(IntFlag):
    """What a poll may ask for and report."""

    POLLIN = 1
    POLLOUT = 2
    POLLERR = 4
    POLLPRI = 8


class Event(IntFlag):
    """What a monitor reports, and the details of a failed handshake (``PROTOCOL_ERROR_*``)."""

    PROTOCOL_ERROR_WS_UNSPECIFIED = 0x30000000
    PROTOCOL_ERROR_ZMTP_UNSPECIFIED = 0x10000000
    PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND = 0x10000001
    PROTOCOL_ERROR_ZMTP_INVALID_SEQUENCE = 0x10000002
    PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE = 0x10000003
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED = 0x10000011
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_MESSAGE = 0x10000012
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO = 0x10000013
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_INITIATE = 0x10000014
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR = 0x10000015
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_READY = 0x10000016
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_WELCOME = 0x10000017
    PROTOCOL_ERROR_ZMTP_INVALID_METADATA = 0x10000018
    PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC = 0x11000001
    PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH = 0x11000002
    PROTOCOL_ERROR_ZAP_UNSPECIFIED = 0x20000000
    PROTOCOL_ERROR_ZAP_MALFORMED_REPLY = 0x20000001
    PROTOCOL_ERROR_ZAP_BAD_REQUEST_ID = 0x20000002
    PROTOCOL_ERROR_ZAP_BAD_VERSION = 0x20000003
    PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE = 0x20000004
    PROTOCOL_ERROR_ZAP_INVALID_METADATA = 0x20000005
    CONNECTED = 0x0001
    CONNECT_DELAYED = 0x0002
    CONNECT_RETRIED = 0x0004
    LISTENING = 0x0008
    BIND_FAILED = 0x0010
    ACCEPTED = 0x0020
    ACCEPT_FAILED = 0x0040
    CLOSED = 0x0080
    CLOSE_FAILED = 0x0100
    DISCONNECTED = 0x0200
    MONITOR_STOPPED = 0x0400
    HANDSHAKE_FAILED_NO_DETAIL = 0x0800
    HANDSHAKE_SUCCEEDED = 0x1000
    HANDSHAKE_FAILED_PROTOCOL = 0x2000
    HANDSHAKE_FAILED_AUTH = 0x4000
    ALL_V1 = 0x0FFFF
    ALL = ALL_V1
    PIPES_STATS = 0x10000
    ALL_V2 = 0x1FFFF


class SecurityMechanism(IntEnum):
    """Security mechanisms, as the MECHANISM option reports them."""

    NULL = 0
    PLAIN = 1
    CURVE = 2
    GSSAPI = 3


class ReconnectStop(IntEnum):
    """Bits of the RECONNECT_STOP option: when to give up on an endpoint for good."""

    CONN_REFUSED = 1
    HANDSHAKE_FAILED = 2
    AFTER_DISCONNECT = 4


class RouterNotify(IntEnum):
    """Bits of the ROUTER_NOTIFY option: what a ROUTER is told about its peers."""

    CONNECT = 1
    DISCONNECT = 2


class NormMode(IntEnum):
    """Values of the NORM_MODE option."""

    FIXED = 0
    CC = 1
    CCL = 2
    CCE = 3
    CCE_ECNONLY = 4


class DeviceType(IntEnum):
    """Kinds of device. All three do the same: ``zmq.proxy``."""

    STREAMER = 1
    FORWARDER = 2
    QUEUE = 3
