"""``python -m purezmq`` is the command ``purezmq``."""

import sys

from purezmq.cli import main

if __name__ == "__main__":
    sys.exit(main())
