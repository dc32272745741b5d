"""Why executions and writes failed, with the place and the line of the author's source."""

import re
from collections.abc import Iterator
from pathlib import Path

from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.files import read_text
from isolambda_cli.testing.results import Failure, Place
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.execution import ExecutionError, ExecutionResult
from isolambda_core.domain.limits import SOURCE_BYTES

_ENTRIES = ("function.js", "function.ts")
_FRAME = re.compile(r"^[ \t]+at (?:.*\()?([^()\s]+):(\d{1,9}):(\d{1,9})\)?$", re.MULTILINE)
_UNCAUGHT = "Uncaught "


def failure_of(
    folder: Path, error: ExecutionError, *, main: str, otherwise: Place | None = None
) -> Failure:
    """Return why an execution failed.

    ``main`` is the file that the server calls by the name of an entry; ``otherwise`` is the place
    where the error has none of its own, as a limit.
    """
    place = _place(error, main) or otherwise
    return Failure(error.name, error.message, place, _line(folder, place), error.stack)


def uncaught_in(folder: Path, result: ExecutionResult, *, main: str) -> Failure | None:
    """Return why a promise was rejected that nothing handled, or None."""
    for line in result.logs:
        if line.level == "error" and line.text.startswith(_UNCAUGHT):
            message, _, stack = line.text.partition("\n    at ")
            found = ExecutionError("UnhandledRejection", message, f"\n    at {stack}")
            return failure_of(folder, found, main=main)
    return None


def failures_in(folder: Path, error: InvalidDocumentError, *, main: str) -> Iterator[Failure]:
    """Yield why sources do not compile."""
    for violation in error.violations:
        message, place = violation.message or str(violation), None
        if violation.place is not None:
            file = violation.path[-1] if violation.path[0] == "files" else main
            place = Place(f"{file}", *violation.place)
            message = message.partition(f":{place.line}:{place.column}: ")[2] or message
        yield Failure("SyntaxError", message, place, _line(folder, place))


def _place(error: ExecutionError, main: str) -> Place | None:
    if error.line is not None and error.column is not None:
        return _in_project(error.file or main, error.line, error.column, main)
    # What is thrown later, in the place of an earlier error, has its place in the text alone.
    frame = _FRAME.search(error.stack)
    return None if frame is None else _in_project(frame[1], int(frame[2]), int(frame[3]), main)


def _in_project(file: str, line: int, column: int, main: str) -> Place:
    return Place(main if file in _ENTRIES else file, line, column)


def _line(folder: Path, place: Place | None) -> str | None:
    """Return the line at a place, if it can be read and shown."""
    if place is None:
        return None
    try:
        # Code under test writes its own stack: the place may be any file of the machine.
        lines = read_text(folder, place.file, SOURCE_BYTES).split("\n")
    except BundleError:
        return None
    if not 0 < place.line <= len(lines):
        return None
    return lines[place.line - 1].rstrip("\r")
