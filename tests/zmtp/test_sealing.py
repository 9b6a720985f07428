"""The boxes of CURVE's traffic: byte for byte what libsodium makes of each frame, in Python and compiled alike."""

from __future__ import annotations

import importlib.util
import random
from collections import deque
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import purezmq
from purezmq.base.message import PipeItem
from purezmq.zmtp import sealing
from purezmq.zmtp.curve_traffic import CurveEncoder
from purezmq.zmtp.encoder import Encoder

nacl = pytest.importorskip("nacl.bindings")

KEY = bytes(range(32))
PREFIX = b"CurveZMQMESSAGEC"
SIZES = [0, 1, 2, 15, 31, 32, 33, 100, 222, 223, 1000, 8192, 16_350, 16_384, 16_385, 70_000, 140_000]


@pytest.fixture(scope="module")
def in_python() -> ModuleType:
    source = Path(str(purezmq.__file__)).parent / "zmtp" / "sealing.py"
    spec = importlib.util.spec_from_file_location("purezmq.zmtp.sealing_in_python", source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["python", "as installed"])
def kernel(request: pytest.FixtureRequest, in_python: ModuleType) -> ModuleType:
    return in_python if request.param == "python" else sealing


def frame_of(nonce: int, flags: int, data: bytes, prefix: bytes = PREFIX) -> bytes:
    """The reference: PyNaCl's own function, one frame at a time."""
    short = nonce.to_bytes(8, "big")
    box = nacl.crypto_box_afternm(bytes((flags,)) + data, prefix + short, KEY)
    return b"\x07MESSAGE" + short + bytes(box)


def some_frames(count: int, first: int = 1) -> tuple[list[bytes], list[bytes]]:
    parts = [random.Random(n).randbytes(n % 300) for n in range(count)]
    return [frame_of(first + n, 0, part) for n, part in enumerate(parts)], parts


def opener(kernel: ModuleType, last: int = 0) -> Any:
    return kernel.Opener(KEY, PREFIX, last.to_bytes(8, "big"))


@pytest.mark.parametrize("flags", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", [bytes, memoryview, bytearray])
def test_one_frame(kernel: ModuleType, flags: int, kind: Any) -> None:
    sealer = kernel.Sealer(KEY, PREFIX, 41)
    for nonce, size in enumerate(SIZES, 42):
        data = random.Random(size).randbytes(size)
        assert sealer.seal(b"head", flags, kind(data)) == b"head" + frame_of(nonce, flags, data)


@pytest.mark.parametrize("seed", range(10))
def test_many_frames_in_one_buffer(kernel: ModuleType, seed: int) -> None:
    rng = random.Random(seed)
    sizes = [rng.choice(SIZES if seed % 2 else SIZES[:9]) for _ in range(rng.randrange(1, 60))]
    parts: list[Any] = [rng.randbytes(size) for size in sizes]
    flags = bytes(rng.randrange(4) for _ in parts)
    headers = [rng.randbytes(rng.randrange(10)) for _ in parts]
    first = rng.choice([0, 255, (1 << 32) - 3, (1 << 63) - 1])
    frames = [frame_of(first + 1 + n, *each) for n, each in enumerate(zip(flags, parts, strict=True))]
    wanted = b"".join([header + frame for header, frame in zip(headers, frames, strict=True)])
    parts[-1] = memoryview(parts[-1])
    sealer = kernel.Sealer(KEY, PREFIX, first)
    assert sealer.seal_all(headers, flags, parts) == wanted
    assert sealer.seal(b"", 0, b"next") == frame_of(first + 1 + len(parts), 0, b"next")
    found: list[bytes] = []
    assert opener(kernel, first).open_all(frames, found) == flags
    assert found == [bytes(part) for part in parts]


def test_a_call_that_fails_uses_no_nonce_again(kernel: ModuleType) -> None:
    sealer = kernel.Sealer(KEY, PREFIX, 0)
    with pytest.raises(ValueError):
        sealer.seal_all([b"", b""], b"\0\0", [b"a", b"b", b"c"])
    nonce = int.from_bytes(sealer.seal(b"", 0, b"")[8:16], "big")
    assert nonce >= 1
    assert int.from_bytes(sealer.seal(b"", 0, b"")[8:16], "big") == nonce + 1


SPOILS = {
    "name": lambda frame: b"\x07MESSAGF" + frame[8:],
    "an earlier name": lambda frame: b"\x06MESSAGE" + frame[8:],
    "nothing": lambda frame: b"",
    "half a name": lambda frame: frame[:4],
    "too short": lambda frame: frame[:32],
    "first nonce": lambda frame: frame[:8] + bytes(8) + frame[16:],
    "other nonce": lambda frame: frame[:8] + b"\x7f" + frame[9:],
    "authenticator": lambda frame: frame[:16] + bytes((frame[16] ^ 1,)) + frame[17:],
    "content": lambda frame: frame[:-1] + bytes((frame[-1] ^ 128,)),
    "longer": lambda frame: frame + b"\0",
    "shorter": lambda frame: frame[:-1],
}


@pytest.mark.parametrize("spoil", SPOILS)
@pytest.mark.parametrize("place", [0, 1, 30, 59])
@pytest.mark.parametrize("size", [50, 20_000, 100_000])
def test_nothing_behind_a_spoiled_frame_is_opened(
    kernel: ModuleType, spoil: str, place: int, size: int
) -> None:
    frames, parts = some_frames(60)
    parts[place] = bytes(size)
    frames[place] = frame_of(place + 1, 0, parts[place])
    whole = frames[place]
    frames[place] = SPOILS[spoil](whole)
    found: list[bytes] = []
    one = opener(kernel)
    assert one.open_all(frames, found) == bytes(place)
    assert found == parts[:place]
    # And it stays the next one.
    assert one.open_all(frames[place:], found) == b""
    assert one.open_all([whole, *frames[place + 1 :]], found) == bytes(60 - place)
    assert found == parts


def test_a_long_frame_that_somebody_else_holds_is_left_as_it_is(kernel: ModuleType) -> None:
    # What nobody else holds may be opened in its own memory.
    contents = [bytes((number,)) * 100_000 for number in range(3)]
    frames = [frame_of(number, number & 1, content) for number, content in enumerate(contents, 1)]
    held, copy = frames[1], bytes(bytearray(frames[1]))
    found: list[bytes] = []
    assert opener(kernel).open_all(frames, found) == b"\1\0\1"
    assert found == contents
    assert held == copy
    assert len({hash(content) for content in found}) == 3


@pytest.mark.parametrize("name", ["authenticator", "content", "other nonce"])
def test_a_long_frame_that_cannot_be_opened_is_left_as_it_is(kernel: ModuleType, name: str) -> None:
    def spoiled() -> bytes:
        return bytes(SPOILS[name](frame_of(1, 0, bytes(100_000))))

    frames, found = [spoiled()], []
    assert opener(kernel).open_all(frames, found) == b""
    assert not found and frames == [spoiled()]


def test_nonces_may_leave_gaps_but_must_grow(kernel: ModuleType) -> None:
    one = opener(kernel, 7)
    numbers = [9, 200, 256, 1 << 40]
    found: list[bytes] = []
    assert not one.is_next((7).to_bytes(8, "big")) and one.is_next((8).to_bytes(8, "big"))
    assert one.open_all([frame_of(7, 0, b"again")], found) == b""
    assert one.open_all([frame_of(number, 0, b"x") for number in numbers], found) == bytes(4)
    assert one.open_all([frame_of(1 << 40, 0, b"again")], found) == b""
    assert one.open_all([frame_of((1 << 64) - 1, 0, b"x")], found) == b"\0"
    assert not one.is_next(b"\xff" * 8)
    assert found == [b"x"] * 5
    assert opener(kernel).open_all([frame_of(2, 0, b"b"), frame_of(2, 0, b"b")], []) == b"\0"


def test_the_other_direction_is_not_ours(kernel: ModuleType) -> None:
    assert opener(kernel).open_all([frame_of(1, 0, b"x", b"CurveZMQMESSAGES")], []) == b""


def test_frames_of_many_sizes_are_opened_in_order(kernel: ModuleType) -> None:
    parts = [random.Random(size).randbytes(size) for size in SIZES * 4]
    frames = [frame_of(n, n & 1, part) for n, part in enumerate(parts, 1)]
    found: list[bytes] = []
    assert opener(kernel).open_all(frames, found) == bytes(n & 1 for n in range(1, len(parts) + 1))
    assert found == parts
    assert set(map(type, found)) == {bytes}


@pytest.mark.parametrize(
    "key, prefix", [(KEY[:31], PREFIX), (KEY, PREFIX[:15]), (b"", b""), (KEY * 2, PREFIX)]
)
def test_memory_is_never_read_beyond_a_key(kernel: ModuleType, key: bytes, prefix: bytes) -> None:
    with pytest.raises(ValueError):
        kernel.Sealer(key, prefix, 0)
    with pytest.raises(ValueError):
        kernel.Opener(key, prefix, bytes(8))


def test_memory_is_never_read_beyond_a_nonce(kernel: ModuleType) -> None:
    with pytest.raises(ValueError):
        kernel.Opener(KEY, PREFIX, bytes(7))


class Interrupted:
    """A sealer in whose work a signal handler raises."""

    def seal_all(self, *_: object) -> bytes:
        raise KeyboardInterrupt


def test_an_interrupted_batch_stays_in_the_outbox() -> None:
    encoder = CurveEncoder(Encoder(), Interrupted())  # type: ignore[arg-type]
    outbox: deque[PipeItem] = deque([b"one", b"two", b"three"])
    with pytest.raises(KeyboardInterrupt):
        encoder.encode(outbox, 1 << 20)
    assert list(outbox) == [b"one", b"two", b"three"]
    assert encoder.size == encoder.messages_out == 0
