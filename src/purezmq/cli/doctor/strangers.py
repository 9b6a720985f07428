"""Recognising servers that do not speak ZMTP by the first bytes they send."""

from __future__ import annotations

TLS_ALERT, TLS_HANDSHAKE = 0x15, 0x16
SHOWN = 40  # bytes of an unknown peer's words that are quoted

# What the text protocols say first; the longest prefixes come first where one begins like another.
BANNERS = (
    (b"HTTP/", "an HTTP server"),
    (b"<!DOCTYPE", "an HTTP server"),
    (b"<html", "an HTTP server"),
    (b"SSH-", "an SSH server"),
    (b"220 ", "an SMTP or FTP server"),
    (b"220-", "an SMTP or FTP server"),
    (b"* OK", "an IMAP server"),
    (b"+OK", "a POP3 server"),
    (b"-ERR", "a Redis server"),
    (b"-NOAUTH", "a Redis server"),
    (b"-DENIED", "a Redis server"),
    (b"AMQP", "an AMQP broker"),
    (b"INFO {", "a NATS server"),
    (b"RFB ", "a VNC server"),
    (b"ERROR", "a text server"),
)


def recognise(data: bytes) -> str:
    """Who sends this, in words; '' if it is not known."""
    if len(data) >= 3 and data[0] in (TLS_ALERT, TLS_HANDSHAKE) and data[1] == 3:
        return "a TLS server (HTTPS, or something behind stunnel)"
    for banner, name in BANNERS:
        if data.startswith(banner):
            return name
    if b"mysql" in data or b"MariaDB" in data:
        return "a MySQL server"
    return ""


def is_old_zmtp(data: bytes) -> bool:
    """True if this can be the identity frame that a ZMTP 1.0 peer (libzmq 2) begins with: length, flags, name."""
    if len(data) < 2 or data[1] > 1:
        return False
    return 1 <= data[0] <= 0xFE and len(data) >= data[0] + 1 and data[0] == len(data) - 1


def quoted(data: bytes) -> str:
    """The first bytes, readable."""
    text = repr(data[:SHOWN])[1:]
    return f"{text}…" if len(data) > SHOWN else text
