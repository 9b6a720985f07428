"""``python -m purezmq.curve_keygen``: print a new pair of keys for CURVE.

``--secret`` prints the pair that belongs to a secret key; ``--json`` prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from .curve_keys import curve_keypair, curve_public


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a pair of keys."""
    parser = argparse.ArgumentParser(
        prog="python -m purezmq.curve_keygen", description="Keys for CURVE, in Z85."
    )
    parser.add_argument("--secret", help="print the public key of this secret key instead of a new pair")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    options = parser.parse_args(arguments)
    if options.secret:
        pair = curve_public(options.secret).decode(), options.secret
    else:
        public, secret = curve_keypair()
        pair = public.decode(), secret.decode()
    found = dict(zip(("public_key", "secret_key"), pair, strict=True))
    if options.json:
        print(json.dumps(found))
    else:
        for name, key in found.items():
            print(f"{name}={key!r}")


if __name__ == "__main__":
    main()
