"""The ventilator: deals out all the text, chunk by chunk, as soon as it is told that everybody is there."""

from __future__ import annotations

from pathlib import Path

import purezmq as zmq

from .. import text
from ..child import begin
from ..relay import bind


def main() -> None:
    line, job = begin()
    tasks = size = 0
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        line.say("ready", tasks=bind(socket, job["endpoints"]))
        line.hear()  # to begin
        for chunk in text.chunks(Path(job["folder"]), job["files"]):
            socket.send_multipart([str(tasks).encode(), chunk])
            tasks += 1
            size += len(chunk)
        line.say("done", tasks=tasks, size=size)
        # Leaving the "with" waits until the last task has gone.
    line.close()


if __name__ == "__main__":
    main()
