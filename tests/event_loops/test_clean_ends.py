"""Programs that end in every way: without warnings, hangs, or tasks that nobody ended."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import purezmq

START = """
import asyncio, sys
import purezmq as zmq, purezmq.asyncio

def pair(ctx, left=zmq.PUSH, right=zmq.PULL):
    a, b = ctx.socket(left), ctx.socket(right)
    port = b.bind_to_random_port("tcp://127.0.0.1")
    a.connect(f"tcp://127.0.0.1:{port}")
    return a, b
"""

ENDS = {
    "everything closed": """
        async def main():
            with zmq.asyncio.Context() as ctx:
                a, b = pair(ctx)
                a.send(b"x")
                assert await b.recv() == b"x"
                a.close()
                b.close()
        asyncio.run(main())
    """,
    "closed after the loop": """
        ctx = zmq.asyncio.Context()
        a, b = pair(ctx)
        async def main():
            a.send(b"x")
            assert await b.recv() == b"x"
        asyncio.run(main())
        a.close()
        b.close()
        ctx.term()
    """,
    "a task is cancelled by the end of run()": """
        ctx = zmq.asyncio.Context()
        a, b = pair(ctx)
        async def receive():
            await b.recv()
        async def main():
            global task
            task = asyncio.create_task(receive())
            await asyncio.sleep(0.01)
        asyncio.run(main())
        assert task.cancelled()
        ctx.destroy(linger=0)
    """,
    "a call nobody waits for is pending at the end": """
        ctx = zmq.asyncio.Context()
        a, b = pair(ctx)
        async def main():
            b.recv()
            global kept
            kept = b.recv_multipart(), b.poll(), ctx.socket(zmq.PUSH)
            kept[2].send(b"to nobody")
            await asyncio.sleep(0.01)
        asyncio.run(main())
        kept[2].close(0)
        a.close()
        b.close()
        ctx.term()
    """,
    "the socket closes while tasks wait": """
        async def receive(b):
            await b.recv()
        async def main():
            async with zmq.asyncio.Context() as ctx:
                a, b = pair(ctx)
                task = asyncio.create_task(receive(b))
                await asyncio.sleep(0.01)
                b.close()
                await asyncio.wait([task])
                assert task.cancelled()
                a.close()
        asyncio.run(main())
    """,
    "many runs": """
        import os
        ctx = zmq.asyncio.Context()
        a, b = pair(ctx)
        async def main():
            a.send(b"x")
            assert await b.recv() == b"x"
        for _ in range(3):
            asyncio.run(main())
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(10):
            asyncio.run(main())
        assert len(os.listdir("/proc/self/fd")) == before
        ctx.destroy(linger=0)
    """,
    "the exit of the interpreter in the middle": """
        ctx = zmq.asyncio.Context.instance()
        a, b = pair(ctx)
        async def main():
            waiting = b.recv()
            await a.send(b"x")
            assert await waiting == b"x"
            kept.append(b.recv())
            await asyncio.sleep(0)
        kept = []
        asyncio.run(main())
    """,
    "an exception": """
        async def main():
            async with zmq.asyncio.Context() as ctx:
                a, b = pair(ctx)
                with a, b:
                    b.recv()
                    raise KeyError("on purpose")
        try:
            asyncio.run(main())
        except KeyError:
            pass
    """,
    "loops and contexts are garbage afterwards": """
        import gc, weakref
        async def main():
            with zmq.asyncio.Context() as ctx:
                a, b = pair(ctx)
                with a, b:
                    task = asyncio.ensure_future(b.recv())
                    await a.send(b"x")
                    await task
                return [weakref.ref(o) for o in (asyncio.get_running_loop(), a, b, ctx, b._pump)]
        found = asyncio.run(main())
        gc.collect()
        assert [ref() for ref in found] == [None] * 5, [ref() for ref in found]
    """,
}


@pytest.mark.parametrize("debug", ["", "1"], ids=["plain", "debug"])
@pytest.mark.parametrize("source", ENDS.values(), ids=ENDS.keys())
def test_a_program_ends_without_a_word(source, debug):
    assert purezmq.__file__ is not None
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(purezmq.__file__).parents[1]),
        "PYTHONASYNCIODEBUG": debug,
    }
    finished = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", START + textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=30,
        env=environment,
        check=False,
    )
    # In debug mode the loop says when a callback took long, as it may on a busy machine.
    said = [line for line in finished.stderr.splitlines() if not line.startswith("Executing <")]
    assert (finished.returncode, said, finished.stdout) == (0, [], "")
