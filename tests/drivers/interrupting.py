"""Raise at the n-th place in the library's code where CPython would run a signal handler.

CPython runs signal handlers at the beginning of a function, after a call of something written in C (before its result
is stored), and at every jump backwards. Nowhere else: a few instructions without a call cannot be torn apart.
"""

from __future__ import annotations

import dis
import gc
import os
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import purezmq

_PACKAGE = os.path.dirname(purezmq.__file__) + os.sep
_CALLS = {"CALL", "CALL_FUNCTION_EX", "CALL_KW"}
_points: dict[CodeType, tuple[set[int], set[int]]] = {}


class Stop(BaseException):
    """What the signal handler raises."""


def _points_of(code: CodeType) -> tuple[set[int], set[int]]:
    """Offsets behind calls (and below the same exception handler as the call), and of jumps backwards."""
    found = _points.get(code)
    if found is None:
        table = dis._parse_exception_table(code)  # type: ignore[attr-defined]

        def handlers(offset: int) -> list[Any]:
            return [entry.target for entry in table if entry.start <= offset < entry.end]

        behind_calls, back = set(), set()
        before = None
        for instruction in dis.get_instructions(code):
            is_behind_call = before is not None and before.opname in _CALLS
            if is_behind_call and handlers(before.offset) == handlers(instruction.offset):
                behind_calls.add(instruction.offset)
            if "JUMP_BACKWARD" in instruction.opname and "NO_INTERRUPT" not in instruction.opname:
                back.add(instruction.offset)
            before = instruction
        found = _points[code] = behind_calls, back
    return found


class Interrupter:
    """Calls functions, and raises Stop in one of them at the n-th place."""

    def __init__(self, n: int) -> None:
        self._left = n
        self.where = ""
        self._called_python: set[FrameType] = set()
        self._entered: set[FrameType] = set()

    def run(self, function: Callable[[], Any]) -> bool:
        """Call it. False: it came to its end before the n-th place."""
        gc.disable()  # what the collector finds is none of this call's work
        sys.settrace(self._enter)
        try:
            function()
        except Stop:
            return True
        finally:
            sys.settrace(None)
            gc.enable()
        return False

    def _hit(self, frame: FrameType) -> None:
        self._left -= 1
        if not self._left:
            sys.settrace(None)
            code = frame.f_code
            self.where = f"{code.co_filename.removeprefix(_PACKAGE)}:{frame.f_lineno} {code.co_name}"
            raise Stop(self.where)

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        caller = frame.f_back
        if caller is not None and frame.f_code.co_name != "__init__":
            self._called_python.add(caller)
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        self._entered.add(frame)
        return self._stepped

    def _stepped(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode":
            behind_calls, back = _points_of(frame.f_code)
            offset = frame.f_lasti
            if frame in self._entered:
                self._entered.discard(frame)
                self._hit(frame)
            elif offset in behind_calls:
                if frame not in self._called_python:
                    self._hit(frame)
                self._called_python.discard(frame)
            elif offset in back:
                self._hit(frame)
        return self._stepped
