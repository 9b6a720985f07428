"""A PUB feed and a REP service for the page index.html: ZeroMQ sockets that browsers connect to.

    pip install 'purezmq[ws]'
    python server.py

Then open http://127.0.0.1:8000 in a browser.
"""

import functools
import http.server
import sys
import threading
import time
from pathlib import Path

import purezmq as zmq

PAGE, FEED, ASK = (int(port) for port in sys.argv[1:4] or (8000, 8001, 8002))


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves this directory, and keeps quiet about it."""

    def log_message(self, format, *args):
        pass


def main() -> None:
    page = http.server.ThreadingHTTPServer(
        ("127.0.0.1", PAGE), functools.partial(Handler, directory=Path(__file__).parent)
    )
    threading.Thread(target=page.serve_forever, daemon=True).start()

    with zmq.Context() as context, context.socket(zmq.PUB) as feed, context.socket(zmq.REP) as ask:
        feed.bind(f"ws://127.0.0.1:{FEED}/feed")
        ask.bind(f"ws://127.0.0.1:{ASK}/ask")
        print(f"open http://127.0.0.1:{page.server_port}/index.html?feed={FEED}&ask={ASK}", flush=True)
        while True:
            feed.send_multipart([b"time", time.strftime("%H:%M:%S").encode()])
            if ask.poll(200):
                question = ask.recv_string()
                print(f"asked: {question}", flush=True)
                ask.send_string(f"you said {question!r}")


if __name__ == "__main__":
    main()
