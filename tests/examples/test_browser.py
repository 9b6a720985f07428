"""examples/browser: a headless browser shows the feed and asks. Skipped where there is no Chromium."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import free_tcp_port

pytest.importorskip("wsproto")

SERVER = Path(__file__).parents[2] / "examples" / "browser" / "server.py"
STARTING_S = 50  # a browser takes its time on a loaded machine


def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium is installed")


@pytest.mark.slow
def test_the_page_receives_the_feed_and_asks(start_python, tmp_path):
    browser = chromium()
    server = start_python(SERVER, free_tcp_port(), free_tcp_port(), free_tcp_port())
    address = server.read_line("its address").removeprefix("open ")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    process = subprocess.Popen(
        [browser, *options, f"--user-data-dir={tmp_path}", "--remote-debugging-port=0", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        asked = server.read_line("a question of the browser", STARTING_S)
    finally:
        process.kill()
        process.wait()
    assert asked.startswith("asked: the browser sees ")
