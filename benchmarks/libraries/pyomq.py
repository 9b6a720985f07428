"""pyomq: omq.rs (Rust, tokio) behind PyO3.

The scenarios need nothing changed. Worth knowing when reading its figures: LINGER is 0 by default, which no
run depends on, and a sender may get far ahead of its high-water mark (some hundred thousand small messages
before send() blocks), which the receiver's window does not count.
"""

from benchmarks.libraries.library import Library


class Pyomq(Library):
    leaves_out = ("busy_roundtrip",)


PYOMQ = Pyomq("pyomq", "pyomq")
