"""Importing this lets src/ serve for a library that is not installed.

An installed one, perhaps compiled, goes first.
"""

import os
import sys

if os.environ.get("BENCHMARKS_FALLBACK_PATH"):
    sys.path.append(os.environ["BENCHMARKS_FALLBACK_PATH"])
