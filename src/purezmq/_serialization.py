"""Messages as text, JSON, pickles, or whatever the application brings: the convenience calls of a socket."""

from __future__ import annotations

from collections.abc import Callable, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

# The default protocol of the oldest Python supported. (pickle and json are imported when they are needed: they
# would be a twentieth of what an import of this library costs.)
_PICKLE_PROTOCOL = 4


class Serialization:
    """Built on ``send``, ``recv``, ``send_multipart`` and ``recv_multipart`` of the class that mixes it in."""

    send: Callable[..., Any]
    recv: Callable[..., Any]
    send_multipart: Callable[..., Any]
    recv_multipart: Callable[..., Any]
    _pump: Any
    _has_warned_of_pickles = False

    def _deserialize(self, recvd: Any, load: Callable[[Any], Any]) -> Any:
        """Turn what was received into an object. Asynchronous sockets override this to wait first."""
        return load(recvd)

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Any:
        """Send text as one part. Raises TypeError for anything but ``str``, and what ``send`` raises."""
        if not isinstance(u, str):
            raise TypeError("str objects only")
        return self.send(u.encode(encoding), flags=flags, copy=copy, **kwargs)

    send_unicode = send_string

    def recv_string(self, flags: int = 0, encoding: str = "utf-8") -> Any:
        """Receive one part as text. Raises UnicodeDecodeError, and what ``recv`` raises."""
        return self._deserialize(self.recv(flags=flags), lambda data: data.decode(encoding))

    recv_unicode = recv_string

    def send_pyobj(self, obj: Any, flags: int = 0, protocol: int = _PICKLE_PROTOCOL, **kwargs: Any) -> Any:
        """Send a pickle of any object. The receiver has to trust the sender: see ``recv_pyobj``."""
        import pickle

        return self.send(pickle.dumps(obj, protocol), flags=flags, **kwargs)

    def recv_pyobj(self, flags: int = 0) -> Any:
        """Receive a pickled object.

        Unpickling runs code that the sender chose: use it only with peers that you trust, over connections that nobody
        else can reach, and ``send_obj`` and ``recv_obj`` otherwise. Warns (``UnsafePickleWarning``, once per socket)
        when there is a peer that is neither on this machine nor authenticated.
        """
        return self._deserialize(self.recv(flags), self._unpickle)

    def _unpickle(self, data: Any) -> Any:
        import pickle

        if not self._has_warned_of_pickles:
            from ._trust import warn_of_strangers

            self._has_warned_of_pickles = warn_of_strangers(self._pump)
        return pickle.loads(data)

    def send_obj(
        self, obj: Any, flags: int = 0, *, codec: Literal["msgpack", "json"] | None = None, **kwargs: Any
    ) -> Any:
        """Send an object made of None, bool, int, float, str, bytes, lists and dicts: the safe ``send_pyobj``.

        It travels as msgpack if that is installed (``pip install 'purezmq[msgpack]'``), otherwise as JSON, which has no
        bytes; ``codec`` chooses. The first byte tells the receiver which. Raises TypeError or ValueError for objects
        that the codec does not take, and what ``send`` raises.
        """
        from ._objects import dumps

        return self.send(dumps(obj, codec), flags=flags, **kwargs)

    def recv_obj(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receive an object sent with ``send_obj`` (or as plain msgpack or JSON). Nothing in it is run.

        Tuples arrive as lists. Raises ValueError if the message is no object, ImportError if it is msgpack and that is
        not installed; the message is then gone. And what ``recv`` raises.
        """
        from ._objects import loads

        return self._deserialize(self.recv(flags, **kwargs), loads)

    def send_json(self, obj: Any, flags: int = 0, **kwargs: Any) -> Any:
        """Send an object as JSON (UTF-8). Further keywords go to ``json.dumps``."""
        from .utils import jsonapi

        send_kwargs = {key: kwargs.pop(key) for key in ("routing_id", "group") if key in kwargs}
        return self.send(jsonapi.dumps(obj, **kwargs), flags=flags, **send_kwargs)

    def recv_json(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receive an object sent as JSON. Keywords go to ``json.loads``."""
        from .utils import jsonapi

        return self._deserialize(self.recv(flags), lambda data: jsonapi.loads(data, **kwargs))

    def send_serialized(
        self,
        msg: Any,
        serialize: Callable[[Any], Sequence[Any]],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Send ``serialize(msg)``, a sequence of parts."""
        return self.send_multipart(serialize(msg), flags=flags, copy=copy, **kwargs)

    def recv_serialized(self, deserialize: Callable[[Any], Any], flags: int = 0, copy: bool = True) -> Any:
        """Receive a message and return ``deserialize(parts)``."""
        return self._deserialize(self.recv_multipart(flags=flags, copy=copy), deserialize)
