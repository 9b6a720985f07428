"""What an import brings, and what it leaves for later: in modules, not in time, so that a loaded machine cannot hurt.

Each case is a process of its own. What an interpreter imports before it comes to the program is not counted.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import purezmq

pytestmark = pytest.mark.purezmq_only

PACKAGE = Path(__file__).parents[1] / "src" / "purezmq"
SOURCE = str(Path(purezmq.__file__).parents[1])  # the library under test, which may be a compiled one
DEADLINE_S = 60

# Each takes longer to import than our own part of it.
EXPENSIVE = {
    "asyncio",
    "contextlib",
    "dataclasses",
    "hashlib",
    "inspect",
    "ipaddress",
    "json",
    "logging",
    "pathlib",
    "pickle",
    "random",
    "re",
    "selectors",
    "socket",
    "ssl",
    "tempfile",
    "traceback",
    "typing",
    "urllib.parse",
}
# Ours, for few programs.
RARE = {
    "purezmq._compiled",
    "purezmq.asyncio",
    "purezmq.auth",
    "purezmq.base.kerberos",
    "purezmq.devices",
    "purezmq.drivers.judging",
    "purezmq.drivers.tls_streams",
    "purezmq.drivers.udp_line",
    "purezmq.events",
    "purezmq.monitor",
    "purezmq.sugar",
    "purezmq.transports.holders",
    "purezmq.transports.pgm",
    "purezmq.transports.socks",
    "purezmq.transports.tls",
    "purezmq.transports.udp",
    "purezmq.utils",
    "purezmq.zmtp.curve",
    "purezmq.zmtp.gssapi",
    "purezmq.zmtp.zws",
}


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def imported_by(program: str) -> set[str]:
    """The modules that a program imports, in a fresh interpreter."""
    program = f"import sys\nbefore = set(sys.modules)\n{program}\nprint(*sys.modules.keys() - before)"
    return set(run(program).split())


def test_importing_the_library_brings_names_only():
    own = {"purezmq", "purezmq._version", "purezmq.constants", "purezmq.numbers"}
    assert imported_by("import purezmq") <= own | {"__future__", "errno"}


def test_asking_for_a_number_makes_its_enum_and_imports_nothing_else_of_ours():
    program = """
import enum
before = set(sys.modules)
import purezmq
assert purezmq.PUSH is purezmq.SocketType.PUSH
assert {"SocketType", "PULL"} <= vars(purezmq.constants).keys()
assert not {"SocketOption", "LINGER"} & vars(purezmq.constants).keys()
"""
    brought = imported_by(program)
    assert {name for name in brought if name.startswith("purezmq.")} == {
        "purezmq._version",
        "purezmq.constants",
        "purezmq.numbers",
    }


def test_sockets_need_little_of_the_standard_library_and_nothing_rare_of_ours():
    brought = imported_by("""
import purezmq
with purezmq.Context() as context, context.socket(purezmq.PUSH) as push, context.socket(purezmq.PULL) as pull:
    port = push.bind_to_random_port("tcp://127.0.0.1")
    pull.connect(f"tcp://127.0.0.1:{port}")
    push.send_multipart([b"one", b"two"])
    poller = purezmq.Poller()
    poller.register(pull, purezmq.POLLIN)
    assert poller.poll(10_000) and pull.recv_multipart() == [b"one", b"two"]
    try:
        pull.recv(purezmq.DONTWAIT)
    except purezmq.Again:
        pass
""")
    assert not brought & EXPENSIVE
    assert not brought & RARE


def test_nothing_is_imported_behind_the_first_socket():
    """Sockets have to go on where nothing can be imported: without descriptors, and at the end of the interpreter."""
    assert not imported_by("""
import purezmq
context = purezmq.Context()
sockets = [context.socket(kind) for kind in purezmq.SocketType]
before = set(sys.modules)
push, pull = context.socket(purezmq.PUSH), context.socket(purezmq.PULL)
purezmq.Poller, purezmq.proxy, purezmq.MessageTracker, purezmq.zmq_version, purezmq.ZMQError
push.bind("ipc://@purezmq-test-import")
pull.connect("ipc://@purezmq-test-import")
pull.rcvtimeo = 10_000
push.send(b"x")
assert pull.recv() == b"x"
pull.close()
push.bind("inproc://x")
push.unbind("inproc://x")
push.connect("tcp://127.0.0.1:1")
context.destroy(linger=0)
""")


def test_every_name_is_there():
    run("""
import purezmq
for name in dir(purezmq):
    getattr(purezmq, name)
from purezmq import *
for name in purezmq.__all__:
    assert globals()[name] is getattr(purezmq, name), name
""")


def test_names_that_are_not_there_are_attribute_errors():
    with pytest.raises(AttributeError, match="module 'purezmq' has no attribute 'NO_SUCH_NAME'"):
        purezmq.NO_SUCH_NAME
    with pytest.raises(AttributeError, match=r"module 'purezmq\.constants' has no attribute 'NO_SUCH_NAME'"):
        purezmq.constants.NO_SUCH_NAME


def test_functions_named_like_modules_stay_functions_whatever_is_imported_first():
    run(
        "import purezmq.devices, purezmq.green, purezmq; assert callable(purezmq.proxy) and callable(purezmq.device)"
    )


def test_what_comes_along_is_bound():
    """Nobody can import ``purezmq.error`` any more when objects are finalized at the end of the interpreter."""
    run("import purezmq; purezmq.Context; assert {'ZMQError', 'Again', 'Socket'} <= vars(purezmq).keys()")


def test_what_was_assigned_stays():
    run("import purezmq; purezmq.Socket = 1; purezmq.Context; assert purezmq.Socket == 1")


def test_threads_that_ask_at_the_same_time_get_the_same_enum():
    run("""
import sys, threading
sys.setswitchinterval(1e-6)
import purezmq
names = ["SocketType", "SocketOption", "Event", "PUSH", "LINGER", "EVENT_ALL", "Context", "ZMQError"]
gate = threading.Barrier(8)
found = []
def ask():
    gate.wait()
    found.append([getattr(purezmq, name) for name in names])
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(found) == 8
for one in found:
    assert all(mine is first for mine, first in zip(one, found[0]))
    assert isinstance(one[3], one[0]) and isinstance(one[4], one[1]) and isinstance(one[5], one[2])
""")


def test_enums_can_be_pickled_to_a_process_that_has_not_asked_for_them():
    made = run(
        "import pickle, purezmq; print(pickle.dumps([purezmq.LINGER, purezmq.Event.ALL, purezmq.SocketType], 0))"
    )
    run(f"""
import pickle
option, event, kind = pickle.loads({made})
import purezmq
assert option is purezmq.LINGER and event is purezmq.Event.ALL and kind is purezmq.SocketType
""")


def type_checking_block(module: Path) -> list[ast.stmt]:
    tree = ast.parse(module.read_text("utf-8"))
    (block,) = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]
    return block.body


def test_type_checkers_see_the_names_that_are_there():
    shown = {
        alias.asname or alias.name: (node.module or alias.name)
        for node in type_checking_block(PACKAGE / "__init__.py")
        if isinstance(node, ast.ImportFrom) and node.level and node.module != "constants"
        for alias in node.names
    }
    assert shown == {**purezmq._HOMES, **{name: name for name in purezmq._SUBMODULES & shown.keys()}}


def test_type_checkers_see_the_flat_names_of_the_members():
    flat = {
        node.targets[0].id: (node.value.value.id, node.value.attr)
        for node in type_checking_block(PACKAGE / "constants.py")
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Attribute)
        and isinstance(node.value.value, ast.Name)
    }
    made = {
        name for name in purezmq.constants.__all__ if not isinstance(getattr(purezmq.constants, name), type)
    }
    assert flat.keys() == made
    for name, (enum, member) in flat.items():
        assert getattr(purezmq.constants, name) is getattr(getattr(purezmq.constants, enum), member), name
