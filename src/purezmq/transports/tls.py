"""TLS by Python's ssl: from a socket's options to contexts, and from a finished handshake to what is known of the peer.

Two ways to say what is wanted: ``socket.tls_context``, which holds an ``ssl.SSLContext`` and decides everything, or the
options WSS_KEY_PEM, WSS_CERT_PEM, WSS_TRUST_PEM, WSS_TRUST_SYSTEM, of which a context is made here. WSS_HOSTNAME goes
with both.
"""

from __future__ import annotations

import contextlib
import errno
import os
import ssl
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from ..base.endpoint import Endpoint
from ..base.options import SocketOptions
from ..error import error_for
from .tcp import TcpTransport

# Makes the TLS side of one connection. The arguments: what came from the peer, and what goes there.
NewTls = Callable[[ssl.MemoryBIO, ssl.MemoryBIO], ssl.SSLObject]


class TlsTransport(TcpTransport):
    """TLS over tcp: for listening, dialling and names it is tcp."""

    __slots__ = ()


def channel_maker(endpoint: Endpoint, options: SocketOptions, *, for_bind: bool) -> NewTls:
    """What makes the TLS side of each connection. Raises ZMQError (EINVAL) for options that cannot work."""
    if for_bind:
        context = _server_context(options)
        name = None
    else:
        context = _client_context(options)
        name = _server_name(endpoint, options)

    def make(incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> ssl.SSLObject:
        return context.wrap_bio(incoming, outgoing, server_side=for_bind, server_hostname=name)

    try:
        make(ssl.MemoryBIO(), ssl.MemoryBIO())
    except (ValueError, ssl.SSLError) as error:  # a name that can be in no certificate, an unusable context
        raise error_for(errno.EINVAL, f"TLS cannot be used with these options: {error}") from None
    return make


# -- contexts -----------------------------------------------------------------------------------------


def _server_context(options: SocketOptions) -> ssl.SSLContext:
    context: ssl.SSLContext | None = options.tls_context
    if context is not None:
        if context.protocol == ssl.PROTOCOL_TLS_CLIENT:
            raise error_for(
                errno.EINVAL,
                "tls_context is for clients (PROTOCOL_TLS_CLIENT), and bind needs one for servers: "
                "ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) with load_cert_chain",
            )
        return context
    if not options.wss_cert_pem or not options.wss_key_pem:
        raise error_for(
            errno.EINVAL,
            "a TLS server needs a certificate: set tls_context, or WSS_CERT_PEM and WSS_KEY_PEM",
        )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _load_own_certificate(context, options)
    return context


def _client_context(options: SocketOptions) -> ssl.SSLContext:
    context: ssl.SSLContext | None = options.tls_context
    if context is not None:
        if context.protocol == ssl.PROTOCOL_TLS_SERVER:
            raise error_for(
                errno.EINVAL,
                "tls_context is for servers (PROTOCOL_TLS_SERVER), and connect needs one for clients: "
                "ssl.create_default_context()",
            )
        return context
    if bool(options.wss_cert_pem) != bool(options.wss_key_pem):
        raise error_for(errno.EINVAL, "a client certificate needs both, WSS_CERT_PEM and WSS_KEY_PEM")
    if not options.wss_trust_pem and not options.wss_cert_pem:
        return _trusting_the_system()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if options.wss_trust_pem:
        _load_trusted(context, options.wss_trust_pem)
    if options.wss_trust_system or not options.wss_trust_pem:
        context.load_default_certs()
    if options.wss_cert_pem:
        _load_own_certificate(context, options)
    return context


@cache
def _trusting_the_system() -> ssl.SSLContext:
    # Shared: reading the system's certificates takes longer than everything else in a connect.
    return ssl.create_default_context()


def _server_name(endpoint: Endpoint, options: SocketOptions) -> str:
    """The name that the server's certificate must have."""
    if not options.wss_hostname:
        return endpoint.host.partition("%")[0]
    try:
        return options.wss_hostname.decode("ascii")
    except UnicodeDecodeError:
        raise error_for(
            errno.EINVAL, "WSS_HOSTNAME is not ASCII; write such names in their xn-- form"
        ) from None


def _load_own_certificate(context: ssl.SSLContext, options: SocketOptions) -> None:
    with _as_file(options.wss_cert_pem) as certificate, _as_file(options.wss_key_pem) as key:
        try:
            # Without a password callback OpenSSL would ask the terminal for the password of an encrypted key.
            context.load_cert_chain(certificate, key, password=_no_password)
        except ssl.SSLError as error:
            reason = (error.reason or "no PEM").replace("_", " ").lower()
            raise error_for(
                errno.EINVAL,
                f"WSS_CERT_PEM and WSS_KEY_PEM are no certificate with its key: {reason}"
                " (for a key with a password use tls_context)",
            ) from None
        except OSError as error:
            raise error_for(
                error.errno or errno.EINVAL, f"a file of WSS_CERT_PEM or WSS_KEY_PEM: {error.strerror}"
            ) from None


def _load_trusted(context: ssl.SSLContext, pem: bytes) -> None:
    try:
        if _is_text(pem):
            context.load_verify_locations(cadata=pem.decode("ascii"))
        else:
            context.load_verify_locations(cafile=os.fsdecode(pem))
    except (ssl.SSLError, UnicodeDecodeError):
        raise error_for(errno.EINVAL, "WSS_TRUST_PEM holds no certificates in PEM form") from None
    except OSError as error:
        raise error_for(error.errno or errno.EINVAL, f"the file of WSS_TRUST_PEM: {error.strerror}") from None


def _no_password() -> str:
    return ""


def _is_text(pem: bytes) -> bool:
    return b"-----BEGIN" in pem


@contextlib.contextmanager
def _as_file(pem: bytes) -> Iterator[str]:
    """The name of a file with this PEM text, or the name that stands in place of the text. (ssl reads files only.)"""
    if not _is_text(pem):
        yield os.fsdecode(pem)
        return
    if hasattr(os, "memfd_create"):
        # In memory, so that no key ever gets to a disk.
        with open(os.memfd_create("purezmq-pem"), "wb") as file:
            file.write(pem)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with tempfile.NamedTemporaryFile(prefix="purezmq-") as file:
        file.write(pem)
        file.flush()
        yield file.name


# -- the peer -----------------------------------------------------------------------------------------


def peer_properties(tls: ssl.SSLObject) -> dict[str, bytes]:
    """What the handshake says about the peer, as message properties.

    Names only from a certificate that was verified: for any other Python's ssl tells none.
    """
    found = {"TLS-Version": (tls.version() or "").encode()}
    certificate: Any = tls.getpeercert()
    if certificate:
        names = [f"{kind}:{value}" for kind, value in certificate.get("subjectAltName", ())]
        common = [
            value for group in certificate.get("subject", ()) for name, value in group if name == "commonName"
        ]
        name = common[-1] if common else names[0].partition(":")[2] if names else ""
        found["TLS-Peer-Name"] = name.encode("utf-8", "surrogateescape")
        found["TLS-Peer-Names"] = ", ".join(names).encode("utf-8", "surrogateescape")
    return found


def explain(error: ssl.SSLError, *, accepted: bool) -> str:
    """Why a handshake failed, in words that say where to look."""
    peer = "client" if accepted else "server"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the {peer}'s certificate is refused: {error.verify_message}"
    reason = error.reason or str(error)
    return _EXPLANATIONS.get(reason, reason.replace("_", " ").lower()).format(peer=peer)


_EXPLANATIONS = {
    "WRONG_VERSION_NUMBER": "the {peer} does not speak TLS (WRONG_VERSION_NUMBER)",
    "HTTP_REQUEST": "the {peer} does not speak TLS (it sent a plain HTTP request)",
    "NO_SHARED_CIPHER": "no shared cipher (has the server's tls_context a certificate?)",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the {peer} has no certificate, and tls_context demands one",
    "TLSV1_ALERT_UNKNOWN_CA": "the {peer} does not know the authority that issued our certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the {peer} refuses our certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the {peer} refuses our certificate, which has expired",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the {peer} refuses our certificate",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the {peer} demands a certificate of us (load_cert_chain)",
    "TLSV1_UNRECOGNIZED_NAME": "the {peer} has no certificate for the name that was asked for",
}
