"""Where C code would find libzmq. There is none, so C extensions that are built against pyzmq cannot be built here."""

from __future__ import annotations

__all__ = ["get_includes", "get_library_dirs"]


def get_includes() -> list[str]:
    """Directories with C headers: none."""
    return []


def get_library_dirs() -> list[str]:
    """Directories with libzmq: none."""
    return []
