"""Directs stage three, and checks its result against a count made by one process alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from .. import text
from ..account import Account, Row
from ..control import Notice
from ..crew import Crew
from ..live import Live
from ..options import Options

STAGE = "pipeline"


def run(crew: Crew, options: Options, live: Live, account: Account) -> None:
    ventilator = crew.start(
        "ventilator",
        "pipeline.ventilator",
        endpoints=crew.endpoints("tasks"),
        folder=str(options.folder),
        files=options.files,
    )
    sink = crew.start(
        "sink",
        "pipeline.sink",
        results=crew.endpoints("results"),
        control=crew.endpoints("control"),
        workers=options.workers,
        lose=options.lose == "pipeline",
    )
    ready = crew.collect("ready", [ventilator, sink])
    where = ready[ventilator] | ready[sink]
    workers = [
        crew.start(
            f"worker-{n}",
            "pipeline.worker",
            **{kind: where[kind][n % len(where[kind])] for kind in ("tasks", "results", "control")},
        )
        for n in range(options.workers)
    ]
    crew.collect("listening", [sink])
    live.say(
        f"{STAGE}: 1 ventilator, {len(workers)} workers, 1 sink, over tcp and ipc; all workers can be stopped"
    )

    crew.tell(ventilator, "begin")
    dealt = crew.collect("done", [ventilator], _show(live))[ventilator]
    live.say(f"{STAGE}: {dealt['tasks']} tasks dealt out, {dealt['size'] / 1e6:.1f} MB of text")
    crew.tell(sink, "expect", tasks=dealt["tasks"])
    killed: dict[str, list[str]] = {}

    def note(notice: Notice) -> None:
        _show(live)(notice)
        if notice.word == "killed":
            killed[notice.name] = notice.facts["done"]

    total = crew.collect("done", [sink], note)[sink]
    late = [name for name in workers if name not in killed]
    if late:
        killed |= {name: facts["done"] for name, facts in crew.collect("killed", late).items()}

    tasks = [str(number) for number in range(dealt["tasks"])]
    done = [number for numbers in killed.values() for number in numbers]
    account.compare(STAGE, "tasks", tasks, done)
    account.compare(STAGE, "results", done, total["received"])
    account.add(Row(STAGE, "kill signals", total["kills"], len(killed)))
    _check(Counter(total["words"]), options, live, account)


def _show(live: Live) -> Callable[[Notice], None]:
    def show(notice: Notice) -> None:
        if notice.word == "progress":
            live.progress(f"{STAGE}: {notice.facts['results']} results")

    return show


def _check(words: Counter[str], options: Options, live: Live, account: Account) -> None:
    """Count again, here, without any message."""
    alone: Counter[str] = Counter()
    for chunk in text.chunks(options.folder, options.files):
        alone.update(text.count_words(chunk))
    if words != alone:
        account.fail(STAGE, f"counted {words.total()} words, but one process alone counts {alone.total()}")
        return
    top = ", ".join(f"{word} {count}" for word, count in words.most_common(4))
    live.say(
        f"{STAGE}: {words.total()} words, {len(words)} different, as one process alone counts them ({top})"
    )
