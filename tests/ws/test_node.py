"""The JavaScript client of the examples, and jszmq, under node. Skipped where node or the package is missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import purezmq as zmq

pytest.importorskip("wsproto")

ZWS = Path(__file__).parents[2] / "examples" / "browser" / "zws.js"


def node_can(expression):
    node = shutil.which("node")
    if node is None:
        return False
    command = [node, "-e", f"process.exit({expression} ? 0 : 1)"]
    return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0


@pytest.fixture
def run_node(run_process):
    children = []

    def start(program, *args):
        children.append(run_process(["node", "-e", program, *map(str, args)], dict(os.environ)))
        return children[-1]

    yield start
    for child in children:
        child.kill()


def serve(new_socket):
    pub, rep = new_socket(zmq.XPUB), new_socket(zmq.REP)
    pub.bind("ws://127.0.0.1:*/feed")
    rep.bind("ws://127.0.0.1:*/ask")
    return pub, rep


def check(pub, rep, child):
    assert pub.recv() == b"\x01news"
    pub.send_multipart([b"sport", b"no"])
    pub.send_multipart([b"news", b"yes"])
    assert json.loads(child.read_line("the news", 30)) == ["news", "yes"]
    assert rep.recv() == b"question"
    rep.send(b"x" * 100_000)
    assert json.loads(child.read_line("the answer", 30)) == 100_000


@pytest.mark.slow
def test_the_client_of_the_examples(new_socket, run_node):
    if not node_can("globalThis.WebSocket || require('ws')"):
        pytest.skip("no node, or one without WebSocket and without the package ws")
    pub, rep = serve(new_socket)
    program = """
        globalThis.WebSocket ??= require("ws");
        const { ZwsSocket, text } = require(process.argv[1]);
        const say = (value) => console.log(JSON.stringify(value));
        const req = new ZwsSocket(process.argv[3], "REQ", (parts) => say(parts[0].length));
        const sub = new ZwsSocket(process.argv[2], "SUB", (parts) => {
            say(parts.map(text));
            req.send("question");
        });
        sub.subscribe("news");
    """
    child = run_node(program, ZWS, pub.last_endpoint.decode(), rep.last_endpoint.decode())
    check(pub, rep, child)


@pytest.mark.slow
def test_jszmq(new_socket, run_node):
    if not node_can("!!require('jszmq')"):
        pytest.skip("no node, or no jszmq where it looks for packages (NODE_PATH)")
    pub, rep = serve(new_socket)
    program = """
        const zmq = require("jszmq");
        const say = (value) => console.log(JSON.stringify(value));
        const req = zmq.socket("req"), sub = zmq.socket("sub");
        req.on("message", (answer) => say(answer.length));
        sub.on("message", (...parts) => { say(parts.map(String)); req.send("question"); });
        sub.subscribe("news");
        sub.connect(process.argv[1]);
        req.connect(process.argv[2]);
    """
    child = run_node(program, pub.last_endpoint.decode(), rep.last_endpoint.decode())
    check(pub, rep, child)
