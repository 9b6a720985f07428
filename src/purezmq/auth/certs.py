"""Certificates: files with a CURVE key each, in the format of CZMQ.

    curve
        public-key = "…40 characters of Z85…"

The file ``name.key`` is for everybody; ``name.key_secret`` has the secret key as well and is for its owner only.
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Mapping
from pathlib import Path

from ..curve_keys import curve_keypair

_PUBLIC_SUFFIX = ".key"
_SECRET_SUFFIX = ".key_secret"

_PUBLIC_HEADER = """\
#   Made on {when} by purezmq
#   ZeroMQ CURVE public certificate
#   Give it to peers by a way on which nobody can replace it.
"""
_SECRET_HEADER = """\
#   Made on {when} by purezmq
#   ZeroMQ CURVE **secret** certificate
#   Give it to nobody, and let nobody but its owner read it.
"""

# Z85 has no quotation mark, so a key cannot end early.
_KEY_LINE = re.compile(r'^\s*(public-key|secret-key)\s*=\s*"([^"]*)"\s*$')


def create_certificates(
    key_dir: str | os.PathLike[str],
    name: str,
    metadata: Mapping[str, str] | None = None,
    *,
    overwrite: bool = True,
) -> tuple[str, str]:
    """Make a pair of keys and write two certificates; returns the paths of the public and the secret one.

    An existing pair of that name is replaced, as in pyzmq, or with ``overwrite=False`` left alone: FileExistsError.
    Raises OSError, ValueError for metadata that does not fit into a line, and ZMQError (ENOTSUP) without PyNaCl.
    """
    for item in (metadata or {}).items():
        if any(char in text for text in item for char in '"\r\n'):
            raise ValueError(
                f"a certificate cannot hold this metadata, it has a quotation mark or newline: {item!r}"
            )
    public_key, secret_key = (key.decode("ascii") for key in curve_keypair())
    base = Path(key_dir) / name
    public_path, secret_path = f"{base}{_PUBLIC_SUFFIX}", f"{base}{_SECRET_SUFFIX}"
    when = datetime.datetime.now().isoformat(sep=" ", timespec="seconds")
    _write(
        secret_path,
        _text(_SECRET_HEADER.format(when=when), metadata, public_key, secret_key),
        0o600,
        overwrite,
    )
    try:
        _write(public_path, _text(_PUBLIC_HEADER.format(when=when), metadata, public_key), 0o644, overwrite)
    except OSError:
        os.unlink(secret_path)  # half a pair is of no use, and would be in the way of the next attempt
        raise
    return public_path, secret_path


def load_certificate(filename: str | os.PathLike[str]) -> tuple[bytes, bytes | None]:
    """The public and the secret key of a certificate; None for the secret one if there is only the public one.

    Raises OSError if there is no such file and ValueError if it has no public key.
    """
    keys: dict[str, bytes] = {}
    with open(filename, encoding="utf-8") as file:
        for line in file:
            found = _KEY_LINE.match(line)
            if found is not None:
                keys[found[1]] = found[2].encode("ascii", "replace")
    if "public-key" not in keys:
        raise ValueError(f"no public key in {os.fspath(filename)}")
    return keys["public-key"], keys.get("secret-key")


def load_certificates(directory: str | os.PathLike[str] = ".") -> dict[bytes, bool]:
    """The public keys of all certificates (``*.key``) in a directory, as the keys of a dictionary.

    Raises OSError if it is no directory and ValueError for a certificate without a public key.
    """
    if not os.path.isdir(directory):
        raise OSError(f"no directory of certificates: {os.fspath(directory)}")
    return {load_certificate(path)[0]: True for path in sorted(Path(directory).glob(f"*{_PUBLIC_SUFFIX}"))}


def _text(
    header: str, metadata: Mapping[str, str] | None, public_key: str, secret_key: str | None = None
) -> str:
    lines = ["", "metadata"]
    lines += [f'    {name} = "{value}"' for name, value in (metadata or {}).items()]
    lines += ["curve", f'    public-key = "{public_key}"']
    if secret_key is not None:
        lines.append(f'    secret-key = "{secret_key}"')
    return header + "\n".join(lines) + "\n"


def _write(path: str, text: str, mode: int, overwrite: bool) -> None:
    # Never readable by others, not even between creating and restricting it; so an old file goes first.
    if overwrite:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
