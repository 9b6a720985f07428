"""``purezmq keygen``: a pair of keys for CURVE, on the screen or in a pair of certificates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from ..auth.certs import create_certificates, load_certificate
from ..curve_keys import curve_keypair
from ..error import ZMQError
from .failure import CliFailure, ExitCode


@click.command(
    short_help="Make a pair of keys for CURVE.",
    help="""Make a pair of keys for CURVE.

    With NAME, write the certificates NAME.key (for everybody) and NAME.key_secret (for you only, and readable by you
    only), and print the public key. Nothing is ever overwritten. Without NAME, print both keys.
    """,
)
@click.argument("name", required=False)
@click.option(
    "-m",
    "--metadata",
    multiple=True,
    metavar="NAME=VALUE",
    help="Put this into the certificates; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def keygen(name: str | None, metadata: Sequence[str], as_json: bool) -> int:
    """Make a pair of keys for CURVE."""
    if metadata and name is None:
        raise CliFailure("--metadata is for certificates: give them a NAME", ExitCode.USAGE)
    try:
        facts = _pair() if name is None else _certificates(Path(name), _metadata_of(metadata))
    except ZMQError as error:  # no PyNaCl
        raise CliFailure(str(error), ExitCode.USAGE) from None
    if as_json:
        click.echo(json.dumps(facts))
    else:
        for label, fact in facts.items():
            click.echo(f"{label.replace('_', ' '):20}{fact}")
    return ExitCode.OK


def _pair() -> dict[str, str]:
    public, secret = curve_keypair()
    return {"public_key": public.decode("ascii"), "secret_key": secret.decode("ascii")}


def _certificates(base: Path, metadata: dict[str, str]) -> dict[str, str]:
    if base.name in ("", ".."):
        raise CliFailure(f"{str(base)!r} is no name for a certificate", ExitCode.USAGE)
    try:
        public_path, secret_path = create_certificates(base.parent, base.name, metadata, overwrite=False)
    except FileExistsError as error:
        raise CliFailure(
            f"{error.filename} exists, and keys are never overwritten: choose another name, or remove it",
            ExitCode.USAGE,
        ) from None
    except OSError as error:
        raise CliFailure(f"cannot write {error.filename}: {error.strerror}", ExitCode.USAGE) from None
    except ValueError as error:
        raise CliFailure(str(error), ExitCode.USAGE) from None
    return {
        "public_key": load_certificate(public_path)[0].decode("ascii"),
        "public_certificate": public_path,
        "secret_certificate": secret_path,
    }


def _metadata_of(texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not name or not separator:
            raise CliFailure(f"--metadata {text!r} is not NAME=VALUE", ExitCode.USAGE)
        found[name] = value
    return found
