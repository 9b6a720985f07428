"""Every test here runs in an event loop, and must leave no descriptor, thread or task behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

import purezmq as zmq
import purezmq.asyncio

PATIENCE_S = 20.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cancelling in every turn of a loop is tested with two loops; the second is for those who have the time."""
    for item in items:
        if item.path.name == "test_cancelling.py" and "uvloop" in item.name:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="package")
def _quick_collections() -> Iterator[None]:
    """These tests collect garbage often: what the process had before is not looked at each time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def _loops_warmed_up() -> None:
    """uvloop opens a pipe once and keeps it."""
    for kind in ("asyncio", "uvloop"):
        with (
            contextlib.suppress(ImportError),
            asyncio.Runner(loop_factory=lambda kind=kind: new_loop(kind)) as runner,
        ):
            runner.run(asyncio.sleep(0))


@pytest.fixture(autouse=True)
def _clean(_quick_collections: None, _loops_warmed_up: None, leaves_nothing_behind: None) -> None:
    pass


def new_loop(kind: str) -> asyncio.AbstractEventLoop:
    if kind == "uvloop":
        import uvloop

        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        return loop
    return asyncio.new_event_loop()


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """``run(coroutine)``: ``asyncio.run`` with a deadline, once per kind of loop, complaining about what is left."""

    def run_it(coroutine: Coroutine[Any, Any, Any]) -> Any:
        problems: list[dict[str, Any]] = []

        async def main() -> Any:
            asyncio.get_running_loop().set_exception_handler(lambda loop, problem: problems.append(problem))
            async with asyncio.timeout(PATIENCE_S):
                return await coroutine

        if request.param == "uvloop":
            pytest.importorskip("uvloop")
        with asyncio.Runner(loop_factory=lambda: new_loop(request.param)) as runner:
            result = runner.run(main())
        assert not problems
        return result

    return run_it


class KeepingContext(zmq.asyncio.Context):
    """A context that holds its sockets until it is destroyed, so that tests need not close them."""

    def socket(self, *args: Any, **kwargs: Any) -> Any:
        made = super().socket(*args, **kwargs)
        self.__dict__.setdefault("_kept", []).append(made)
        return made


@pytest.fixture
def context() -> Iterator[Any]:
    """An asyncio context; destroyed at the end whatever happened."""
    made = KeepingContext()
    yield made
    made.destroy(linger=0)


@pytest.fixture(params=["tcp", "inproc"])
def pair(request: pytest.FixtureRequest, context: Any, make_endpoint: Callable[[str], str]) -> Any:
    """``pair(type, type, **options)``: two connected asyncio sockets, once over tcp and once over inproc."""

    def make(left: int, right: int, **options: Any) -> tuple[Any, Any]:
        binder, connecter = context.socket(left), context.socket(right)
        for socket in (binder, connecter):
            for name, value in options.items():
                setattr(socket, name, value)
        binder.bind(make_endpoint(request.param))
        connecter.connect(binder.LAST_ENDPOINT.decode())
        return binder, connecter

    return make
