"""Authentication: who may connect.

An ``Authenticator`` is the ZAP handler of a context: PLAIN and CURVE servers, and sockets with a ZAP_DOMAIN, ask it
about each peer. ``purezmq.auth.thread.ThreadAuthenticator`` runs one in a thread of its own.

    >>> from purezmq.auth.thread import ThreadAuthenticator
    >>> auth = ThreadAuthenticator(ctx)
    >>> auth.start()
    >>> auth.configure_curve(domain="*", location="authorized_keys")
"""

from __future__ import annotations

from ..zmtp.auth_request import AuthRequest as AuthRequest
from .base import CURVE_ALLOW_ANY as CURVE_ALLOW_ANY
from .base import Authenticator as Authenticator
from .certs import create_certificates as create_certificates
from .certs import load_certificate as load_certificate
from .certs import load_certificates as load_certificates

__all__ = [
    "CURVE_ALLOW_ANY",
    "AuthRequest",
    "Authenticator",
    "create_certificates",
    "load_certificate",
    "load_certificates",
]
