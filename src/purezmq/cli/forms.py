"""How messages look as text: the form of stdin, files and stdout."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass

Parts = list[bytes]

LINES, NULL, WHOLE = "lines", "null", "whole"
TERMINATORS = {LINES: b"\n", NULL: b"\0", WHOLE: b""}
TAB = b"\t"
HEX_MARK = b"0x"


@dataclass(frozen=True, slots=True)
class Form:
    """What the user asked for; the same form is used for reading and for printing."""

    framing: str = LINES
    separator: bytes | None = None  # between the parts of a message; None: messages read have one part
    hex: bool = False
    json: bool = False
    first_is_id: bool = False  # ROUTER: the first part is a routing id
    topic: bytes | None = None  # goes before every message read, as a part of its own

    def parts_of(self, text: bytes) -> Parts:
        """The message that a piece of input stands for. Raises ValueError if it does not stand for one."""
        separator = TAB if self.separator is None and self.first_is_id else self.separator
        parts = [text] if separator is None else text.split(separator)
        if self.hex:
            parts = [_from_hex(part) for part in parts]
        elif self.first_is_id:
            parts[0] = _id_from_text(parts[0])
        if self.first_is_id and len(parts) < 2:
            raise ValueError("does not start with a routing id, then a TAB (or the separator given)")
        return parts if self.topic is None else [self.topic, *parts]

    def text_of(self, parts: Parts) -> bytes:
        """A message as it is printed, with its end mark."""
        if self.json:
            return json.dumps({"parts": [_json_part(part, self.hex) for part in parts]}).encode() + b"\n"
        if self.hex:
            parts = [part.hex().encode() for part in parts]
        elif self.first_is_id:
            parts = [_id_as_text(parts[0]), *parts[1:]]
        return self._joint().join(parts) + TERMINATORS[self.framing]

    def notice_of(self, subscribe: bool, topic: bytes) -> bytes:
        """A subscription that an XPUB received."""
        verb = "subscribe" if subscribe else "cancel"
        if self.json:
            return json.dumps({verb: _json_part(topic, self.hex)}).encode() + b"\n"
        text = topic.hex().encode() if self.hex else topic
        return verb.encode() + b" " + text + TERMINATORS[self.framing]

    def _joint(self) -> bytes:
        if self.separator is not None:
            return self.separator
        # "whole" prints exactly what came; lines keep the parts of a message apart.
        return b"" if self.framing == WHOLE else TAB


def separator_from(text: str) -> bytes:
    r"""A separator as typed; ``\t``, ``\0``, ``\x1f`` and the like are understood."""
    raw = text.encode()
    return codecs.escape_decode(raw)[0] if b"\\" in raw else raw


def _from_hex(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        raise ValueError(f"is not hex: {text[:40]!r}") from None


# Routing ids that a ROUTER makes are a zero byte and four random ones, so they are shown as 0x and hex digits. A
# text id is shown as it is, unless it could be taken for the hex form.
def _id_as_text(routing_id: bytes) -> bytes:
    if (
        routing_id.isascii()
        and routing_id.decode("ascii").isprintable()
        and not routing_id.startswith(HEX_MARK)
    ):
        return routing_id
    return HEX_MARK + routing_id.hex().encode()


def _id_from_text(text: bytes) -> bytes:
    return _from_hex(text[len(HEX_MARK) :]) if text.startswith(HEX_MARK) else text


def _json_part(part: bytes, as_hex: bool) -> str | dict[str, str]:
    if not as_hex:
        try:
            return part.decode()
        except UnicodeDecodeError:
            return {"hex": part.hex()}
    return part.hex()
