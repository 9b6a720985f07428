"""The real input: text files of a folder, as lines and as chunks. Every process that asks gets the same ones."""

from __future__ import annotations

import itertools
import os
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# Small enough that every worker gets many, large enough to be worth a message.
CHUNK_BYTES = 32_768

_word = re.compile(rb"[A-Za-z]+")


def default_folder() -> Path:
    """The source of Python's own standard library: real text, and always at hand."""
    return Path(sysconfig.get_paths()["stdlib"])


def files(folder: Path, count: int) -> Iterator[Path]:
    """The first text files of a folder and its subfolders, in a fixed order."""
    return itertools.islice(_text_files(folder), count)


def _text_files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f != "__pycache__" and not f.startswith("."))
        for path in (Path(where, name) for name in sorted(names)):
            if path.is_file() and b"\0" not in _beginning(path):
                yield path


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)


def lines(folder: Path, count: int) -> list[bytes]:
    """So many lines with something in them, repeated if the folder has fewer."""
    found = (line.strip() for path in _text_files(folder) for line in path.read_bytes().splitlines())
    some = list(itertools.islice((line for line in found if line), count))
    if not some:
        raise ValueError(f"there is no text in {folder}")
    return list(itertools.islice(itertools.cycle(some), count))


def chunks(folder: Path, file_count: int) -> Iterator[bytes]:
    """The content of the files in pieces that end where a line ends, so that no word is cut in two."""
    for path in files(folder, file_count):
        with path.open("rb") as file:
            while piece := file.read(CHUNK_BYTES):
                yield piece + file.readline()


def count_words(piece: bytes) -> Counter[str]:
    return Counter(word.decode() for word in _word.findall(piece.lower()))
