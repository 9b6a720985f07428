"""@context and @socket: objects that live as long as the call."""

from __future__ import annotations

import asyncio

import pytest

import purezmq as zmq
from purezmq.decorators import context, socket


@pytest.fixture(autouse=True)
def _clean(leaves_nothing_behind):
    yield
    zmq.Context.instance().destroy(linger=0)


def test_a_context_is_appended_and_ends_with_the_call():
    @context()
    def work(a, ctx, *, b):
        assert isinstance(ctx, zmq.Context) and not ctx.closed
        return a, b, ctx

    a, b, ctx = work(1, b=2)
    assert (a, b, ctx.closed) == (1, 2, True)
    assert work(1, b=2)[2] is not ctx


@pytest.mark.parametrize("decorator", [context("ctx", 2), context(name="ctx", io_threads=2)])
def test_a_named_context_comes_by_keyword(decorator):
    @decorator
    def work(*, ctx):
        """Works."""
        return ctx.get(zmq.IO_THREADS)

    assert work() == 2
    assert (work.__name__, work.__doc__) == ("work", "Works.")
    with pytest.raises(TypeError, match="multiple values for argument 'ctx'"):
        work(ctx=None)


def test_the_name_is_given_once():
    with pytest.raises(TypeError, match="twice"):
        context("a", name="b")


def test_sockets_take_the_context_of_the_arguments():
    @context()
    @socket(zmq.PULL)
    @socket("push", zmq.PUSH)
    def work(ctx, pull, push):
        assert pull.context is push.context is ctx
        assert (pull.type, push.type) == (zmq.PULL, zmq.PUSH)
        return pull, push

    assert all(socket.closed for socket in work())


def test_sockets_take_the_context_of_the_keyword():
    @context("ctx")
    @socket("pull", zmq.PULL, context_name="ctx")
    def work(ctx, pull):
        assert pull.context is ctx

    @context("context")
    @socket(zmq.PULL)
    def with_the_usual_name(pull, context):
        assert pull.context is context

    work()
    with_the_usual_name()


def test_without_a_context_it_is_everybodys():
    @socket("pull", zmq.PULL)
    def work(context=None, *, pull):
        return pull

    pull = work(context="no context at all")
    assert pull.context is zmq.Context.instance()
    assert pull.closed and not zmq.Context.instance().closed


def test_everything_is_closed_after_an_exception():
    seen = []

    @context()
    @socket(zmq.PULL)
    def work(ctx, pull):
        seen.extend((ctx, pull))
        raise KeyError("x")

    with pytest.raises(KeyError):
        work()
    assert [each.closed for each in seen] == [True, True]


def test_methods_can_be_decorated():
    class Worker:
        @context()
        @socket(zmq.PULL)
        def work(self, ctx, pull):
            return self, pull.context is ctx

    worker = Worker()
    assert worker.work() == (worker, True)


def test_coroutines_keep_theirs_until_they_are_done():
    @context()
    @socket("pull", zmq.PULL)
    async def work(ctx, pull):
        await asyncio.sleep(0)
        assert not pull.closed and not ctx.closed
        return pull

    assert asyncio.run(work()).closed
