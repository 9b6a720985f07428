"""Log records as messages: topics, formats, loggers with topics, and the watcher."""

from __future__ import annotations

import logging
import sys

import pytest

import purezmq as zmq
from purezmq.log.__main__ import Watcher, parse
from purezmq.log.handlers import PUBHandler, TopicLogger


@pytest.fixture
def handler(new_socket):
    pub, sub = new_socket(zmq.XPUB), new_socket(zmq.SUB)
    pub.bind("inproc://log")
    sub.subscribe("")
    sub.connect("inproc://log")
    assert pub.recv() == b"\x01"
    handler = PUBHandler(pub, root_topic="app")
    handler.received = lambda: [part.decode() for part in sub.recv_multipart()]
    return handler


@pytest.fixture
def logger(handler):
    logger = logging.Logger("test", logging.DEBUG)
    logger.addHandler(handler)
    return logger


def test_the_topic_is_root_level_and_subtopic(handler, logger):
    logger.info("plain")
    assert handler.received() == ["app.INFO", "plain\n"]
    logger.info("disk.sda::%d %% full", 93)
    assert handler.received() == ["app.INFO.disk.sda", "93 % full\n"]
    handler.root_topic = ""
    logger.info("plain")
    assert handler.received() == ["INFO", "plain\n"]
    handler.setRootTopic(b"other")
    logger.warning("x")
    topic, text = handler.received()
    assert topic == "other.WARNING"
    assert text.startswith("WARNING test_handlers.py:") and text.endswith(" - x\n")


def test_other_handlers_get_the_record_as_it_was(handler, logger):
    seen = []
    other = logging.Handler()
    other.emit = lambda record: seen.append(record.getMessage())
    logger.addHandler(other)
    logger.info("disk::full")
    assert seen == ["disk::full"]


def test_formats_by_level(handler, logger):
    handler.setFormatter(logging.Formatter("%(levelname)s!"), logging.INFO)
    logger.info("x")
    assert handler.received()[1] == "INFO!"
    handler.setFormatter(logging.Formatter("all: %(message)s"))
    logger.error("x")
    assert handler.received()[1] == "all: x"


@pytest.mark.purezmq_only
def test_levels_of_ones_own(handler, logger):
    logger.log(25, "in between")
    assert handler.received() == ["app.Level 25", "in between\n"]
    logger.setLevel(1)
    logger.log(5, "below all")
    assert handler.received()[0] == "app.Level 5"


def test_what_cannot_be_formatted_is_reported_as_logging_does(handler, logger, capsys):
    logger.info("%d", "no number")
    logger.info("next")
    assert handler.received() == ["app.INFO", "next\n"]
    assert "Logging error" in capsys.readouterr().err


@pytest.mark.purezmq_only
def test_a_logger_with_topics(handler):
    logger = TopicLogger("topics", logging.DEBUG)
    logger.addHandler(handler)
    for name in ("debug", "info", "warning", "error", "critical"):
        getattr(logger, name)("a.b", "%s!", name)
        topic, text = handler.received()
        assert topic == f"app.{name.upper()}.a.b"
        assert f"{name}!" in text
        if name != "info":
            assert "test_handlers.py" in text  # the caller's place, not the logger's
    logger.log(logging.INFO, "topic", "text")
    assert handler.received() == ["app.INFO.topic", "text\n"]


def test_a_handler_binds_an_endpoint(context, new_socket):
    handler = PUBHandler("inproc://by-name", context)
    assert handler.ctx is context
    assert handler.socket.type == zmq.PUB
    handler.socket.close()


@pytest.mark.purezmq_only
def test_lines_of_the_watcher():
    watcher = Watcher(parse(["url", "--align"]))
    assert watcher.line("INFO", "text\n") == "INFO | text"
    assert watcher.line("app.WARNING", "text") == "app .WARNING | text"
    assert watcher.line("INFO", "text\n") == "INFO.        | text"
    assert "\033[33m" in Watcher(parse(["url", "--color"])).line("app.WARNING", "text")
    assert Watcher(parse(["url", "--timestamp", "--dateformat", "now"])).line("A", "b") == "now A | b"


@pytest.mark.purezmq_only
def test_the_watcher_shows_records(new_socket, run_purezmq):
    pub = new_socket(zmq.XPUB)
    port = pub.bind_to_random_port("tcp://127.0.0.1")
    command = [sys.executable, "-m", "purezmq.log", "-t", "app", f"tcp://127.0.0.1:{port}"]
    watcher = run_purezmq(command)
    try:
        assert pub.recv() == b"\x01app"
        logger = logging.Logger("test")
        logger.addHandler(PUBHandler(pub, root_topic="app"))
        logger.info("shown")
        assert watcher.read_line() == "app.INFO | shown"
    finally:
        watcher.kill()
