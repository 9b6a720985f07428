"""Every test here uses real sockets and must leave nothing behind."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _clean(leaves_nothing_behind: None) -> None:
    pass
