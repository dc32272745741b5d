"""Wait for what V8 answers, and read it: the value of a script, or why there is none."""

import ctypes
import os
import select
import struct
import time
from collections.abc import Callable
from typing import Final

from isolambda_executor.native import VALUE

STRING: Final = 5
_INTEGER, _DOUBLE = 3, 4
_WORD, _INT64, _FLOAT64 = struct.Struct("=Q"), struct.Struct("=q"), struct.Struct("=d")

_LOOK_MS: Final = 5

Answer = bytes | float | None
"""A string, in UTF-8, or a number; None for all else."""


class EngineError(Exception):
    """V8 gave no answer."""


class JavaScriptError(EngineError):
    """The script threw or does not parse; ``str(error)`` is V8's description."""


class OutOfMemoryError(EngineError):
    """The heap exceeded its limit, or no memory was left to copy the answer."""


class OutOfTimeError(EngineError):
    """No answer came in time; the evaluation is cancelled and the isolate can be used again."""


class TerminatedError(EngineError):
    """The evaluation was cancelled."""


class StuckError(EngineError):
    """No answer came in time, nor did cancelling help; the isolate can only be closed.

    V8 runs a microtask, which no cancellation reaches, or a built-in that cannot be interrupted.
    """


# By value type of py_mini_racer; 200 and above are errors (its ``_objects._ERRORS``).
_ERRORS: Final[dict[int, type[EngineError]]] = {
    200: JavaScriptError,
    201: JavaScriptError,
    202: OutOfMemoryError,
    203: TerminatedError,
    204: TerminatedError,
    205: JavaScriptError,
    206: JavaScriptError,
}


class Event:
    """An event to which V8 reports the answer to one evaluation at a time."""

    def __init__(self) -> None:
        self.descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._waiter = select.poll()
        self._waiter.register(self.descriptor, select.POLLIN)
        self._answer_host_call: Callable[[], None]
        self.task = 0
        """The evaluation, for ``mr_cancel_task``."""
        self.awaited = False
        """Whether an answer has still to be read."""

    def answer_host_calls(self, descriptor: int, answer: Callable[[], None]) -> None:
        """Call ``answer`` whenever ``descriptor`` is readable while the event is awaited."""
        self._answer_host_call = answer
        self._waiter.register(descriptor, select.POLLIN)

    def wait(self, timeout_ms: float) -> bool:
        """Return whether V8 answers in time; host calls do not prolong it."""
        until = time.monotonic() + timeout_ms / 1e3
        while True:
            ready = self._waiter.poll(timeout_ms)
            if not ready or ready[0][0] == self.descriptor:
                return bool(ready)
            self._answer_host_call()
            timeout_ms = max(0.0, (until - time.monotonic()) * 1e3)

    def is_reported(self, cpu_s: float, max_s: float) -> bool:
        """Return whether V8 answers within ``cpu_s`` of processor time and ``max_s`` seconds.

        Processor time counts because V8 waits on a busy machine. Reading it takes a system call, so
        the loop begins after ``cpu_s`` seconds without an answer.
        """
        if self.wait(cpu_s * 1e3):
            return True
        until, worked = time.monotonic() + max_s - cpu_s, time.process_time() + cpu_s
        while time.monotonic() < until and time.process_time() < worked:
            if self.wait(_LOOK_MS):
                return True
        return False


def read_answer(address: int) -> Answer:
    """Return the answer that lies at an address; the caller frees it.

    Raises:
        EngineError: it is an error of V8's.
        OutOfMemoryError: no memory is left to copy it.
    """
    try:
        word, length, kind = VALUE.unpack(ctypes.string_at(address, VALUE.size))
        if kind == STRING:
            return ctypes.string_at(word, length)
        if kind in _ERRORS:
            text = ctypes.string_at(word, length)
            raise _ERRORS[kind](text.decode("utf-8", "replace"))
        if kind == _INTEGER:
            return float(*_INT64.unpack(_WORD.pack(word)))
        if kind == _DOUBLE:
            return float(*_FLOAT64.unpack(_WORD.pack(word)))
    except MemoryError as error:
        raise OutOfMemoryError from error
    return None


def memory_of(buffer: int) -> int:
    """Return the address of a buffer's memory, from its handle."""
    address: int = VALUE.unpack(ctypes.string_at(buffer, VALUE.size))[0]
    return address
