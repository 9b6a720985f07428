"""Addresses that other libraries hand over: numbers, and pointers of cffi and ctypes."""

from __future__ import annotations

import ctypes
from typing import Any

__all__ = ["cast_int_addr"]


def cast_int_addr(n: Any) -> int:
    """The number of an address: an int, a ``ctypes`` pointer, or a cffi pointer.

    Raises ValueError for anything else.
    """
    if isinstance(n, int):
        return n
    if isinstance(n, ctypes.c_void_p):
        return n.value or 0
    if type(n).__module__ in ("_cffi_backend", "cffi"):
        import cffi  # type: ignore[import-untyped]  # there if somebody has one of its pointers

        return int(cffi.FFI().cast("uintptr_t", n))
    raise ValueError(f"cannot use {n!r} as an address: expected an int, or a pointer of cffi or ctypes")
