"""Asks one library about all its options and prints the answers as JSON.

``python -I answers.py`` asks libzmq through pyzmq; the questions come on stdin. The same functions ask purezmq.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def encode(value: Any) -> Any:
    return (
        {"hex": value.hex()} if isinstance(value, bytes) else value if isinstance(value, str) else int(value)
    )


def decode(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


def asked(call: Any, *args: Any) -> Any:
    """["value", what it returned], or ["errno", n], or ["type", text of the TypeError]."""
    try:
        result = call(*args)
    except TypeError as error:
        return ["type", str(error)]
    except Exception as error:
        return ["errno", getattr(error, "errno", None) or repr(error)]
    return ["value", None if result is None else encode(result)]


def about_sockets(zmq: Any, types: list[int], questions: dict[str, list[Any]]) -> dict[str, Any]:
    """For each type and option: the default, and for each value how set answers and what get says then."""
    answers: dict[str, Any] = {}
    context = zmq.Context()
    for socket_type in types:
        for name, (number, values) in questions.items():
            with context.socket(socket_type) as socket:
                default = asked(socket.get, number)
                found = []
                for value in map(decode, values):
                    outcome = asked(socket.set, number, value)
                    found.append([outcome, asked(socket.get, number) if outcome[0] == "value" else None])
                answers[f"{socket_type} {name}"] = [default, found]
                socket.close(linger=0)
    context.term()
    return answers


def about_contexts(zmq: Any, questions: dict[str, list[Any]]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for name, (number, values) in questions.items():
        context = zmq.Context()
        default = asked(context.get, number)
        found = []
        for value in map(decode, values):
            outcome = asked(context.set, number, value)
            found.append([outcome, asked(context.get, number) if outcome[0] == "value" else None])
        answers[name] = [default, found]
        context.term()
    return answers


if __name__ == "__main__":
    import zmq

    asked_for = json.load(sys.stdin)
    json.dump(
        {
            "sockets": about_sockets(zmq, asked_for["types"], asked_for["sockets"]),
            "contexts": about_contexts(zmq, asked_for["contexts"]),
        },
        sys.stdout,
    )
