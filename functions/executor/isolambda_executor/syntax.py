"""Where a source stops being JavaScript, as V8 sees it."""

import re
from dataclasses import replace
from typing import Final

from isolambda_core.domain.execution import ExecutionError
from isolambda_executor.engine import EngineError, Isolate, JavaScriptError

_PLACE: Final = re.compile(r"<anonymous>:(\d+): SyntaxError: .*\n.*\n( *)\^")
_FRAME: Final = re.compile(r"function\.js:(\d+):(\d+)")
_HEAD_LINES: Final = 2
_TIMEOUT_S: Final = 1.0


def place_of_throw(error: ExecutionError) -> ExecutionError:
    """Return an error with the line and column of the topmost frame of its stack, if it has one."""
    frame = _FRAME.search(error.stack)
    if frame is None:
        return error
    return replace(error, line=int(frame[1]), column=int(frame[2]))


def place_of_syntax_error(isolate: Isolate, source: str, error: ExecutionError) -> ExecutionError:
    """Return a compile error with its line and column in the source.

    The constructor that compiles a function tells no place, so the source is parsed once more as
    part of a script, behind a ``throw`` that keeps its statements from running. Its declarations
    take effect before that: the isolate is to be closed.
    """
    kind = "async function" if "await" in source else "function"
    try:
        isolate.evaluate(f"throw 0;({kind} anonymous(call\n) {{\n{source}\n}})", _TIMEOUT_S)
    except JavaScriptError as account:
        place = _PLACE.match(str(account))
    except EngineError:
        place = None
    else:
        place = None
    if place is None:
        return error
    line, column = int(place[1]) - _HEAD_LINES, len(place[2]) + 1
    lines = source.split("\n")
    message = error.message
    if line > len(lines):  # V8 stumbled over what we put behind the source
        line, column, message = len(lines), len(lines[-1]) + 1, "Unexpected end of input"
    return replace(
        error,
        message=message,
        line=line,
        column=column,
        stack=f"{error.name}: {message}\n    at function.js:{line}:{column}",
    )
