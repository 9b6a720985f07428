"""What is said over a connected stream: the options of an endpoint, turned into what makes its conversations."""

from __future__ import annotations

import errno

from ..error import error_for
from ..numbers import MEMBERS, SecurityMechanism
from ..zmtp.config import ConnectionConfig
from ..zmtp.connection import Connection
from ..zmtp.raw import RawConnection
from .streams import NewConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.kerberos import Names
    from ..base.options import SocketOptions
    from ..core.socket_core import SocketCore
    from ..zmtp.curve import CurveKeys

_MECHANISMS = {number: name for name, number in MEMBERS["SecurityMechanism"].items()}


def connection_maker(core: SocketCore, options: SocketOptions) -> NewConnection:
    """What makes the ZMTP conversations of an endpoint, with the options as they are now."""
    if core.judge is not None:
        from .judging import check  # most programs need none

        check(core.judge, core, options)
    if core.pattern.is_raw:
        return lambda now: RawConnection()
    config = connection_config(core, options)
    return lambda now: Connection(config, now)


def connection_config(core: SocketCore, options: SocketOptions) -> ConnectionConfig:
    """What the conversations of an endpoint have in common."""
    return ConnectionConfig(
        core.type_name,
        options.routing_id,
        _MECHANISMS[options.mechanism],
        as_server=bool(options.as_server),
        max_msg_size=options.maxmsgsize,
        handshake_ivl_ms=options.handshake_ivl,
        heartbeat_ivl_ms=options.heartbeat_ivl,
        heartbeat_timeout_ms=options.heartbeat_timeout,
        heartbeat_ttl_ms=options.heartbeat_ttl,
        properties=tuple(options.metadata.items()),
        zap_required=core.judge is not None,
        zap_domain=options.zap_domain,
        zap_enforce_domain=bool(options.zap_enforce_domain),
        plain_username=options.plain_username,
        plain_password=options.plain_password,
        curve_keys=_curve_keys(options),
        gssapi=_gssapi_names(options),
    )


def check_security(options: SocketOptions) -> None:
    """Raise ZMQError (EINVAL, EPROTONOSUPPORT) for settings with which no handshake can succeed."""
    _curve_keys(options)
    _gssapi_names(options)
    is_plain_server = options.mechanism == SecurityMechanism.PLAIN and options.as_server
    if is_plain_server and options.zap_enforce_domain and not options.zap_domain:
        raise error_for(
            errno.EINVAL, "ZAP_ENFORCE_DOMAIN is set and ZAP_DOMAIN is not: PLAIN has nobody to ask"
        )


def _curve_keys(options: SocketOptions) -> CurveKeys | None:
    """The keys that the options ask for. Raises ZMQError (EINVAL) if one is missing, or two do not fit."""
    if options.mechanism != SecurityMechanism.CURVE:
        return None
    try:
        from ..base.sodium import KEY_SIZE
        from ..zmtp.curve import CurveKeys  # few programs need it, and it takes long
    except OSError as error:  # no descriptor left to read the module with
        raise error_for(error.errno or errno.EMFILE, error.strerror) from None

    unset = bytes(KEY_SIZE)
    if options.curve_secretkey == unset:
        raise error_for(errno.EINVAL, "CURVE needs CURVE_SECRETKEY (make a pair with curve_keypair())")
    # A server is known by its secret key; CURVE_PUBLICKEY says nothing new, and libzmq does not look at it.
    if options.as_server:
        return CurveKeys(options.curve_secretkey)
    if options.curve_serverkey == unset:
        raise error_for(
            errno.EINVAL, "CURVE needs CURVE_SERVERKEY, the server's public key (or CURVE_SERVER, to be one)"
        )
    public = b"" if options.curve_publickey == unset else options.curve_publickey
    try:
        return CurveKeys(options.curve_secretkey, public, options.curve_serverkey)
    except ValueError as error:
        raise error_for(errno.EINVAL, str(error)) from None


def _gssapi_names(options: SocketOptions) -> Names | None:
    """The names that the options speak of. Raises ZMQError (EPROTONOSUPPORT, EINVAL)."""
    if options.mechanism != SecurityMechanism.GSSAPI:
        return None
    from ..base.kerberos import Names, library

    library()
    if not options.as_server and not options.gssapi_service_principal:
        raise error_for(
            errno.EINVAL,
            "GSSAPI needs GSSAPI_SERVICE_PRINCIPAL, the server's name (or GSSAPI_SERVER, to be the server)",
        )
    return Names(
        options.gssapi_principal,
        options.gssapi_principal_nametype,
        options.gssapi_service_principal,
        options.gssapi_service_principal_nametype,
        encrypts=not options.gssapi_plaintext,
    )
