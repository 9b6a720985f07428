"""What generic classes need at run time, without ``typing``: that would take a fifth of the first context's time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic as Generic
    from typing import TypeVar as TypeVar
else:
    from types import GenericAlias

    class TypeVar:
        """A name for a type checker."""

        def __init__(self, name: str, bound: object = None) -> None:
            self.__name__ = name
            self.__bound__ = bound

        def __repr__(self) -> str:
            return f"~{self.__name__}"

    class Generic:
        """A base that makes a class, and its subclasses, take types in brackets: ``Socket[bytes]``."""

        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)


__all__ = ["Generic", "TypeVar"]
