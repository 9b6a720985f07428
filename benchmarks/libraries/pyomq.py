"""pyomq: omq.rs (Rust, tokio) behind PyO3.

The scenarios need nothing changed. Worth knowing when reading its figures: LINGER is 0 by default, which no
run depends on, and a sender may get far ahead of its high-water mark (some hundred thousand small messages
before send() blocks), which the receiver's window does not count.
"""

from typing import Any

from benchmarks.libraries.library import Library

# A hundred thousand subscriptions do not reach a pyomq publisher within a minute; nobody should wait for each round.
MOST_TOPICS = 10_000


class Pyomq(Library):
    is_in_our_hands = False  # it is young, and what it loses now and then is not ours to find

    # topics: of hundreds of subscriptions on each of several sockets one does not arrive in every fifth run or so, and
    # the run waits for it until its deadline.
    leaves_out = ("busy_roundtrip", "topics")

    def can_do(self, scenario: str, case: dict[str, Any]) -> bool:
        return super().can_do(scenario, case) and case.get("topics", 0) <= MOST_TOPICS


PYOMQ = Pyomq("pyomq", "pyomq")
