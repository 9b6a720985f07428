"""A Jupyter kernel and its client: execute, stream 50 MB of output, interrupt, restart, shut down."""

from __future__ import annotations

import time

from jupyter_client.manager import KernelManager

PATIENCE_S = 40


def run(client, code):
    """What a cell prints and returns."""
    texts = []

    def hook(message):
        content = message["content"]
        if message["msg_type"] == "stream":
            texts.append(content["text"])
        elif message["msg_type"] == "execute_result":
            texts.append(content["data"]["text/plain"])

    reply = client.execute_interactive(code, timeout=PATIENCE_S, output_hook=hook)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(texts)


def reply_to(client, request):
    while True:
        reply = client.get_shell_msg(timeout=PATIENCE_S)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]


def wait_until_busy(client, request):
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE_S)
        if message["msg_type"] == "stream" and message["parent_header"].get("msg_id") == request:
            return


def main():
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE_S)
    assert run(client, "1 + 1") == "2"
    ask = "import sys, zmq\nprint(zmq.Context.__module__, [m for m in sys.modules if m.startswith('zmq.backend')])"
    assert run(client, ask) == "purezmq.context []\n"
    assert run(client, "for i in range(1000): print(i)").split() == [str(i) for i in range(1000)]
    assert len(run(client, "print('x' * 50_000_000)")) == 50_000_001

    request = client.execute("import time\nprint('busy')\ntime.sleep(100)")
    wait_until_busy(client, request)
    manager.interrupt_kernel()
    assert reply_to(client, request)["ename"] == "KeyboardInterrupt"
    # After an error the kernel aborts what was queued behind it, for a moment.
    while reply_to(client, client.execute("pass"))["status"] == "aborted":
        time.sleep(0.05)
    assert run(client, "'goes on'") == "'goes on'"

    run(client, "x = 1")
    manager.restart_kernel()
    client.wait_for_ready(timeout=PATIENCE_S)
    assert run(client, "'x' in globals()") == "False"
    deadline = time.monotonic() + PATIENCE_S
    while not client.hb_channel.is_beating():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    client.stop_channels()
    manager.shutdown_kernel()
    assert not manager.is_alive()


if __name__ == "__main__":
    main()
