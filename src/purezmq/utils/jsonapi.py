"""JSON as UTF-8 bytes, the form in which ``send_json`` and ``recv_json`` put it on the wire."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["dumps", "loads"]

jsonmod = json  # pyzmq's old name for the module in use


def dumps(o: object, **kwargs: Any) -> bytes:
    """The object as JSON in UTF-8. Keyword arguments go to ``json.dumps``."""
    return json.dumps(o, **kwargs).encode()


def loads(s: str | bytes | bytearray | memoryview, **kwargs: Any) -> Any:
    """The object behind JSON text or its UTF-8 bytes. Keyword arguments go to ``json.loads``."""
    # Decoded here because json.loads would guess among UTF-8, UTF-16 and UTF-32; on the wire it is always
    # UTF-8.
    return json.loads(s if isinstance(s, str) else str(s, "utf-8"), **kwargs)
