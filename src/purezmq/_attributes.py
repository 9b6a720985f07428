"""Options as attributes: ``socket.linger = 0`` is ``socket.set(zmq.LINGER, 0)``, as in pyzmq."""

from __future__ import annotations

import errno
from typing import Any

from .constants import SocketOption
from .error import ZMQError


class OptionAttributes:
    """Reads and writes options by attribute. Names that the class declares, and private ones, are ordinary."""

    def __setattr__(self, name: str, value: Any) -> None:
        if (
            name.startswith("_")
            or name in self.__dict__
            or any(name in c.__dict__ for c in type(self).__mro__)
        ):
            object.__setattr__(self, name, value)
            return
        number = self._option_number(name)
        if number is None:
            raise AttributeError(f"{type(self).__name__} has no such option: {name.upper()}")
        self._set_attr_opt(name.upper(), number, value)

    def __getattr__(self, name: str) -> Any:
        number = None if name.startswith("_") else self._option_number(name)
        if number is None:
            raise AttributeError(f"{type(self).__name__} has no such option: {name.upper()}")
        return self._get_attr_opt(name.upper(), number)

    def _option_number(self, name: str) -> int | None:
        found = SocketOption.__members__.get(name.upper())
        return None if found is None else int(found)

    def _set_attr_opt(self, name: str, opt: int, value: Any) -> None:
        self.set(opt, value)

    def _get_attr_opt(self, name: str, opt: int) -> Any:
        try:
            return self.get(opt)
        except ZMQError as error:
            if error.errno in (errno.EINVAL, errno.EFAULT):
                raise AttributeError(f"{name} attribute is write-only") from None
            raise

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *SocketOption.__members__]
