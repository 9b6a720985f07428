"""Directs stage one and writes its account: every request must reach one worker, every reply its client."""

from __future__ import annotations

from ..account import Account, described
from ..control import Notice
from ..crew import Crew
from ..live import Live
from ..options import Options

STAGE = "request-reply"


def run(crew: Crew, options: Options, live: Live, account: Account) -> None:
    sockets = {"frontend_type": "ROUTER", "backend_type": "DEALER"}
    broker = crew.start(
        "broker", "relay", **sockets, frontend=crew.endpoints("clients"), backend=crew.endpoints("workers")
    )
    where = crew.collect("ready", [broker])[broker]
    workers = [
        # Every other process connects over tcp, the rest over ipc.
        crew.start(f"worker-{n}", "request_reply.worker", broker=where["backend"][n % len(where["backend"])])
        for n in range(options.workers)
    ]
    crew.collect("ready", workers)
    clients = [
        crew.start(
            f"client-{n}",
            "request_reply.client",
            broker=where["frontend"][n % len(where["frontend"])],
            folder=str(options.folder),
            first=n * options.requests,
            count=options.requests,
            lose=1 if options.lose == "request" and n == 0 else None,
        )
        for n in range(options.clients)
    ]
    live.say(f"{STAGE}: {len(clients)} clients, 1 broker, {len(workers)} workers, over tcp and ipc")

    replies = dict.fromkeys(clients, 0)

    def show(notice: Notice) -> None:
        if notice.word == "progress":
            replies[notice.name] = notice.facts["received"]
            live.progress(f"{STAGE}: {sum(replies.values())} of {len(clients) * options.requests} answered")

    asked = crew.collect("done", clients, show)
    for name in workers:
        crew.tell(name, "stop")
    worked = crew.collect("done", workers)
    crew.tell(broker, "stop")
    dropped = crew.collect("stopped", [broker])[broker]

    sent = [name for client in asked.values() for name in client["sent"]]
    answered = [name for worker in worked.values() for name in worker["answered"]]
    received = [name for client in asked.values() for name in client["received"]]
    shares = ", ".join(f"{name} {len(worked[name]['answered'])}" for name in workers)
    live.say(f"{STAGE}: done; answered by {shares}; the broker dropped {described(dropped)}")
    account.compare(STAGE, "requests", sent, answered)
    account.compare(STAGE, "replies", answered, received)
