"""Runs the three stages one after the other and presents the account. Exit code 0: no message is missing."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from . import pipeline, publish_subscribe, request_reply, text
from .account import Account
from .crew import Crew, StuckError
from .live import Live
from .options import Options
from .pipeline import stage as pipeline_stage
from .publish_subscribe import stage as publish_subscribe_stage
from .request_reply import stage as request_reply_stage

STAGES = (
    (request_reply, request_reply_stage),
    (publish_subscribe, publish_subscribe_stage),
    (pipeline, pipeline_stage),
)


def parse() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Three ZeroMQ patterns, every message counted"
    )
    parser.add_argument(
        "--folder", type=Path, default=text.default_folder(), help="text to work on, instead of Python's"
    )
    parser.add_argument("--files", type=int, default=300, help="files of it whose words are counted (300)")
    parser.add_argument("--clients", type=int, default=4, help="clients that send requests (4)")
    parser.add_argument("--workers", type=int, default=3, help="workers that share the work (3)")
    parser.add_argument("--requests", type=int, default=500, help="requests of each client (500)")
    parser.add_argument(
        "--messages", type=int, default=300, help="messages per stream and change of cast (300)"
    )
    parser.add_argument("--patience", type=float, default=10.0, help="seconds to wait for a message (10)")
    parser.add_argument("--deadline", type=float, default=60.0, help="seconds that a stage may take (60)")
    parser.add_argument(
        "--lose",
        choices=["request", "publish", "pipeline"],
        default="",
        help="lose one message there on purpose, to see that the account notices",
    )
    given = parser.parse_args()
    if not given.folder.is_dir():
        parser.error(f"{given.folder} is not a folder")
    return Options(
        given.folder.resolve(),
        given.files,
        given.clients,
        given.workers,
        given.requests,
        given.messages,
        given.patience,
        given.deadline,
        given.lose,
    )


def run(options: Options, directory: Path, live: Live, account: Account) -> None:
    for package, stage in STAGES:
        print(f"\n{(package.__doc__ or '').splitlines()[0]}", flush=True)
        try:
            with Crew(directory, options.patience_s, options.deadline_s) as crew:
                stage.run(crew, options, live, account)
        except StuckError as error:
            account.fail(stage.STAGE, str(error))
            live.say(f"{stage.STAGE}: given up: {error}")


def present(account: Account) -> bool:
    """Print the account; returns whether it is complete."""
    print(f"\n{account.table()}\n")
    for complaint in account.complaints():
        print("NOT ACCOUNTED FOR:", complaint)
    if account.is_complete:
        print("ALL MESSAGES ACCOUNTED FOR")
    return account.is_complete


def main() -> int:
    options = parse()
    # kill is to clean up like Ctrl-C: by leaving all the "with" and "finally" blocks.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    directory = Path(tempfile.mkdtemp(prefix="purezmq-demo-"))  # for the ipc endpoints
    account = Account()
    try:
        run(options, directory, Live(), account)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0 if present(account) else 1


if __name__ == "__main__":
    sys.exit(main())
