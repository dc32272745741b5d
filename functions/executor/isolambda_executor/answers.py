"""Read what V8 answers: the value of a script, or why there is none."""

import ctypes
import struct
from typing import Final

from isolambda_executor.native import VALUE

STRING: Final = 5
_INTEGER, _DOUBLE = 3, 4
_WORD, _INT64, _FLOAT64 = struct.Struct("=Q"), struct.Struct("=q"), struct.Struct("=d")

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
