"""Options as attributes, for subclasses of pyzmq's mixin."""

from __future__ import annotations

from typing import Any

from .._attributes import OptionAttributes

__all__ = ["AttributeSetter"]


class AttributeSetter(OptionAttributes):
    """Reads and writes options by attribute: ``setter.linger = 0`` calls ``_set_attr_opt``, and so on."""

    def set(self, option: int, value: Any) -> None:
        """Set an option."""
        raise NotImplementedError

    def get(self, option: int) -> Any:
        """Read an option."""
        raise NotImplementedError
