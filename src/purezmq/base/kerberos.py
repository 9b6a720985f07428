"""Where GSSAPI comes from: python-gssapi, if it is installed (extra ``gssapi``), and the Kerberos library below it.

A ``Context`` is one side of one GSSAPI security context. Its ``step`` may ask a Kerberos server over the network, so it
is never called with a lock held; ``wrap`` and ``unwrap`` only compute.
"""

from __future__ import annotations

from typing import Any

from ..constants import Errno
from ..error import ZMQError

# The values of GSSAPI_PRINCIPAL_NAMETYPE and GSSAPI_SERVICE_PRINCIPAL_NAMETYPE, as python-gssapi names them.
_NAME_TYPES = ("hostbased_service", "user", "kerberos_principal")


class KerberosError(Exception):
    """What the library has to say, in one line. ``is_ours``: our own credentials are missing or do not suffice."""

    def __init__(self, reason: str, *, is_ours: bool = False) -> None:
        super().__init__(reason)
        self.is_ours = is_ours


class Names:
    """What a socket's options say about GSSAPI."""

    __slots__ = ("encrypts", "principal", "principal_type", "service", "service_type")

    def __init__(
        self,
        principal: bytes = b"",
        principal_type: int = 0,
        service: bytes = b"",
        service_type: int = 0,
        *,
        encrypts: bool = True,
    ) -> None:
        # Programs written in C often count the NUL of their text.
        self.principal = principal.rstrip(b"\x00")
        self.principal_type = principal_type
        self.service = service.rstrip(b"\x00")
        self.service_type = service_type
        self.encrypts = encrypts


def is_available() -> bool:
    """True if python-gssapi, and the library that it wraps, can be imported."""
    try:
        import gssapi.raw  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def library() -> Any:
    """The module ``gssapi.raw``, imported when it is first needed. Raises ZMQError (EPROTONOSUPPORT) without it."""
    try:
        import gssapi.raw
    except (ImportError, OSError):
        raise ZMQError(
            Errno.EPROTONOSUPPORT,
            "GSSAPI needs python-gssapi, which is not installed: pip install 'purezmq[gssapi]'",
        ) from None
    return gssapi.raw


class Context:
    """One side of a security context: tokens in and out until ``is_complete``, then messages."""

    __slots__ = (
        "_credentials",
        "_gss",
        "_handle",
        "_is_acceptor",
        "_names",
        "_target",
        "is_complete",
        "peer",
    )

    def __init__(self, names: Names, *, is_acceptor: bool) -> None:
        self._gss = library()
        self._names = names
        self._is_acceptor = is_acceptor
        self._credentials: Any = None
        self._target: Any = None
        self._handle: Any = None
        self.is_complete = False
        self.peer = b""  # acceptor: the name of the initiator, when complete

    def step(self, token: bytes | None) -> bytes:
        """Take the peer's token (the initiator begins with None); returns the next token for it, perhaps none (b"").

        May block for as long as Kerberos servers do not answer. Raises KerberosError.
        """
        gss = self._gss
        is_first = self._handle is None
        try:
            if is_first:
                self._acquire()
            if self._is_acceptor:
                found = gss.accept_sec_context(token, acceptor_creds=self._credentials, context=self._handle)
                self._handle = found.context
            else:
                found = self._initiate(token)
                self._handle = found.context
        except gss.GSSError as error:
            raise KerberosError(_text_of(error), is_ours=is_first and not self._is_acceptor) from None
        if not found.more_steps:
            self._check(found)
            if self._is_acceptor:
                self.peer = bytes(gss.display_name(found.initiator_name, name_type=False).name)
            self.is_complete = True
        return bytes(found.token or b"")

    def _acquire(self) -> None:
        gss, names = self._gss, self._names
        if names.principal:
            try:
                name = self._import_name(names.principal, names.principal_type)
                usage = "accept" if self._is_acceptor else "initiate"
                self._credentials = gss.acquire_cred(name, usage=usage).creds
            except gss.GSSError as error:
                raise KerberosError(
                    f"no credentials for GSSAPI_PRINCIPAL {_shown(names.principal)}: {_text_of(error)}",
                    is_ours=True,
                ) from None
        if not self._is_acceptor:
            try:
                self._target = self._import_name(names.service, names.service_type)
            except gss.GSSError as error:
                raise KerberosError(
                    f"GSSAPI_SERVICE_PRINCIPAL {_shown(names.service)} is no name: {_text_of(error)}",
                    is_ours=True,
                ) from None

    def _initiate(self, token: bytes | None) -> Any:
        flag = self._gss.RequirementFlag
        # libzmq asks for the first two. The others make sure that traffic can be protected, and comes in its order.
        wanted = [
            flag.mutual_authentication,
            flag.replay_detection,
            flag.out_of_sequence_detection,
            flag.integrity,
        ]
        if self._names.encrypts:
            wanted.append(flag.confidentiality)
        return self._gss.init_sec_context(
            self._target,
            creds=self._credentials,
            context=self._handle,
            flags=wanted,
            input_token=token,
        )

    def _check(self, found: Any) -> None:
        """The library says that the context stands: is it what we need?"""
        flag = self._gss.RequirementFlag
        if not self._is_acceptor and flag.mutual_authentication not in found.flags:
            raise KerberosError("the server did not prove who it is")
        if self._names.encrypts and flag.confidentiality not in found.flags:
            raise KerberosError("the security mechanism that was negotiated cannot encrypt")

    def _import_name(self, name: bytes, name_type: int) -> Any:
        gss = self._gss
        return gss.import_name(name, getattr(gss.NameType, _NAME_TYPES[name_type]))

    def wrap(self, data: bytes) -> bytes:
        """Encrypt and sign. Raises KerberosError (a context expires with its tickets)."""
        try:
            found = self._gss.wrap(self._handle, data, confidential=True)
        except self._gss.GSSError as error:
            raise KerberosError(_text_of(error)) from None
        if not found.encrypted:
            raise KerberosError("the security mechanism that was negotiated cannot encrypt")
        return bytes(found.message)

    def unwrap(self, data: bytes) -> bytes:
        """Check and decrypt. Raises KerberosError for what was not encrypted by the peer, for us, just now."""
        try:
            found = self._gss.unwrap(self._handle, data)
        except self._gss.GSSError as error:
            raise KerberosError(_text_of(error)) from None
        if not found.encrypted:
            raise KerberosError("it is signed, but not encrypted")
        return bytes(found.message)


def _shown(name: bytes) -> str:
    return repr(name.decode("utf-8", "replace"))


def _text_of(error: Any) -> str:
    """The library's words; the more exact half if there are two."""
    texts: list[str] = []
    for code, is_major in ((error.maj_code, True), (error.min_code, False)):
        if code:
            try:
                lines = [str(line) for line in error.get_all_statuses(code, is_major)]
            except Exception:
                continue  # then the other half has to do
            # A token that came twice is a success with a remark, and the remark has no text.
            texts = [line for line in lines if line != "Success"] or texts
    return " ".join(" ".join(texts).split())[:300] or type(error).__name__
