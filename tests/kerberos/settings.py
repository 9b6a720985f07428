"""The options of the sockets in these tests."""

from __future__ import annotations

from .realm import REALM, SERVICE

HOSTBASED, USER, PRINCIPAL = 0, 1, 2

SERVER = {"GSSAPI_SERVER": 1, "GSSAPI_PRINCIPAL": SERVICE.encode()}
CLIENT = {
    "GSSAPI_PRINCIPAL": b"alice",
    "GSSAPI_PRINCIPAL_NAMETYPE": USER,
    "GSSAPI_SERVICE_PRINCIPAL": SERVICE.encode(),
}
PLAINTEXT = {"GSSAPI_PLAINTEXT": 1}
ALICE = f"alice@{REALM}"
