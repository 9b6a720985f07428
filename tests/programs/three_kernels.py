"""Three Jupyter kernels at once, by jupyter_client's asynchronous manager and clients."""

from __future__ import annotations

import asyncio

from jupyter_client import AsyncMultiKernelManager

PATIENCE_S = 40


async def use(manager, number):
    name = await manager.start_kernel(kernel_name="python3")
    kernel = manager.get_kernel(name)
    client = kernel.client()
    client.start_channels()
    await client.wait_for_ready(timeout=PATIENCE_S)
    for turn in range(20):
        printed = []

        def hook(message, printed=printed):
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        code = f"print('kernel {number}, turn {turn}')"
        reply = await client.execute_interactive(code, timeout=PATIENCE_S, output_hook=hook)
        assert reply["content"]["status"] == "ok"
        assert "".join(printed) == f"kernel {number}, turn {turn}\n"
    client.stop_channels()
    await manager.shutdown_kernel(name)


async def main():
    manager = AsyncMultiKernelManager()
    async with asyncio.timeout(2 * PATIENCE_S):
        await asyncio.gather(*(use(manager, number) for number in range(3)))
    assert not manager.list_kernel_ids()


if __name__ == "__main__":
    asyncio.run(main())
