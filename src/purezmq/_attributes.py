"""Options as attributes: ``socket.linger = 0`` is ``socket.set(zmq.LINGER, 0)``, as in pyzmq.

Every option is a property of the class: ``LINGER``, ``linger`` and ``Linger``. A ``__getattr__`` would be shorter and
take any mixture of cases, but a class that has one makes the interpreter look up *all* its attributes the slow way, on
every send and receive.
"""

from __future__ import annotations

import errno

from .error import ZMQError
from .numbers import MEMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_declared(cls: type, name: str) -> bool:
    """Whether a class, or one of its bases, has an attribute of that name or an annotation for one."""
    return any(name in base.__dict__ or name in getattr(base, "__annotations__", ()) for base in cls.__mro__)


def _option_property(name: str, number: int) -> property:
    def read(self: OptionAttributes) -> Any:
        return self._get_attr_opt(name, number)

    def write(self: OptionAttributes, value: Any) -> None:
        self._set_attr_opt(name, number, value)

    return property(read, write, doc=f"Option {name}; see ``set`` and ``get``.")


def _properties() -> dict[str, property]:
    """Every option, in all its spellings."""
    found = {}
    for name, number in MEMBERS["SocketOption"].items():
        made = _option_property(name, number)
        for spelling in (name, name.lower(), name.capitalize(), name.title()):
            found[spelling] = made
    return found


class OptionAttributes:
    """Reads and writes options by attribute. Other names must be declared by the class, or begin with ``_``."""

    vars().update(_properties())  # here and not afterwards: changing a class is slow

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name in self.__dict__ or is_declared(type(self), name):
            object.__setattr__(self, name, value)
        else:
            raise AttributeError(f"{type(self).__name__} has no such option: {name.upper()}")

    def _set_attr_opt(self, name: str, opt: int, value: Any) -> None:
        self.set(opt, value)

    def _get_attr_opt(self, name: str, opt: int) -> Any:
        try:
            return self.get(opt)
        except ZMQError as error:
            if error.errno in (errno.EINVAL, errno.EFAULT):
                raise AttributeError(f"{name} attribute is write-only") from None
            raise

    def set(self, option: int, optval: Any) -> None:
        """Set an option."""
        raise NotImplementedError

    def get(self, option: int) -> Any:
        """Read an option."""
        raise NotImplementedError
