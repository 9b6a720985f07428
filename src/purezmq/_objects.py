"""Objects as messages, for peers that need not trust each other: msgpack, or JSON.

The message is plain msgpack or plain JSON, so that programs in other languages understand it. Which of the two it is,
its first byte tells: JSON text begins with a character of ASCII, msgpack with a byte above that. The exception is
msgpack's short form of the integers from 0 to 127; ``dumps`` takes the longer one, and from others it is not
understood where it stands alone.
"""

from __future__ import annotations

from typing import Any, Literal

Codec = Literal["msgpack", "json"]

_FIRST_OF_MSGPACK = 0x80
_UINT8 = 0xCC  # msgpack: the next byte is the number


def dumps(obj: Any, codec: Codec | None = None) -> bytes:
    """The object as msgpack if that is installed, otherwise JSON; ``codec`` chooses. Raises TypeError, ValueError."""
    if codec not in (None, "msgpack", "json"):
        raise ValueError(f"codec={codec!r}: expected 'msgpack', 'json' or None")
    if codec != "json":
        msgpack = _msgpack()
        if msgpack is not None:
            data: bytes = msgpack.packb(obj, datetime=True)
            return data if data[0] >= _FIRST_OF_MSGPACK else bytes((_UINT8, data[0]))
        if codec == "msgpack":
            raise _missing("this object")
    from .utils import jsonapi

    try:
        return jsonapi.dumps(obj)
    except TypeError as error:
        if codec == "json":
            raise
        raise TypeError(f"{error}; with msgpack it may be: pip install 'purezmq[msgpack]'") from None


def loads(data: bytes) -> Any:
    """The object in a message. Raises ValueError for what is neither JSON nor msgpack, ImportError without msgpack."""
    if not data:
        raise ValueError("an empty message is no object")
    if data[0] < _FIRST_OF_MSGPACK:
        from .utils import jsonapi

        try:
            return jsonapi.loads(data)
        except RecursionError:
            raise ValueError("the message is JSON, but nested too deeply") from None
    msgpack = _msgpack()
    if msgpack is None:
        raise _missing("this message")
    try:
        return msgpack.unpackb(data, timestamp=3, strict_map_key=False)
    except ValueError:
        raise
    except Exception as error:  # msgpack has several of its own
        raise ValueError(f"the message is neither JSON nor msgpack: {error}") from None


def _msgpack() -> Any:
    try:
        import msgpack
    except ImportError:
        return None
    return msgpack


def _missing(what: str) -> ImportError:
    return ImportError(f"{what} needs msgpack: pip install 'purezmq[msgpack]'", name="msgpack")
