"""Find the place and reason of a syntax error in a source, the body of a function.

The exception of the function constructor has no place, but V8 reports one if the exception is not
caught. The constructor only parses, so this evaluates nothing of a source.
"""

import re
import time
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from json.encoder import encode_basestring_ascii as _literal
from typing import Final

from isolambda_core.domain.executions.execution import ExecutionError
from isolambda_executor.answers import EngineError, JavaScriptError
from isolambda_executor.engine import Isolate

_ACCOUNT: Final = re.compile(r"\S*?:(\d+): SyntaxError: (.*)\n.*\n( *)\^")
# Four characters in one set would take 2 ms of a cold start: a table of 65 536 is made for them.
_LINE_END: Final = re.compile("\r\n|[\n\r]|\u2028|\u2029")
_HEAD: Final = 2
"""Lines that the constructor adds above a source."""
_TIMEOUT_S: Final = 1.0
_BRACES: Final = 16
_UNFINISHED: Final = "Unexpected end of input"
_COMMENT: Final = "\u2028/*"
"""Keeps V8 from parsing what the constructor adds below a source as a part of it."""
_AT_THE_END: Final = frozenset({"Invalid or unexpected token", _UNFINISHED})
"""V8's reasons for that comment, which never ends."""
_TRY_ENDS: Final = "Missing catch or finally after try"
_TOO_MANY: Final = "Unexpected token '}'"


@dataclass(frozen=True, slots=True)
class _Fault:
    """V8's reason and its place; ``line`` and ``column`` count from 1."""

    message: str
    line: int
    column: int


def with_place_of_syntax_error(
    isolate: Isolate,
    source: str,
    error: ExecutionError,
    parameters: str = "call",
    generator: str = "",
) -> ExecutionError:
    """Return the error of a source that does not compile, with V8's reason, line and column.

    The source is the body of a function with these ``parameters``, or with ``*`` for ``generator``
    of a generator.
    """
    parser = _Parser(isolate, "await" in source, parameters, generator)
    try:
        fault = _fault_of(parser, _Text(source))
    except EngineError:  # too slow, or out of memory
        return error
    if fault is None:
        return error
    return replace(
        error,
        message=fault.message,
        line=fault.line,
        column=fault.column,
        stack=f"{error.name}: {fault.message}\n    at function.js:{fault.line}:{fault.column}",
    )


def _fault_of(parser: "_Parser", text: "_Text") -> _Fault | None:
    fault = parser.fault_of(text.source + _COMMENT, _HEAD)
    if fault is None:
        return None
    before = text.source
    if fault.line > text.lines:
        message = _UNFINISHED if fault.message in _AT_THE_END else fault.message
        fault = text.place_of(len(before), message)
    elif fault.line < 1:  # the function as a whole is at fault
        fault = text.place_of(0, fault.message)
    else:
        before = text.before(fault)
    return _brace_too_many(parser, text, before) or fault


def _brace_too_many(parser: "_Parser", text: "_Text", before: str) -> _Fault | None:
    """Return the fault of a brace that ends the function too early, if ``before`` has one.

    V8 goes on after that brace, since a function may be part of an expression, and fails later or
    never. A ``try`` block can go on only with ``catch`` or ``finally``, so around ``before`` V8
    names the brace.
    """
    fault = parser.fault_of(f"try{{\n{before}{_COMMENT}", _HEAD + 1)
    if fault is not None and fault.message == _TRY_ENDS and fault.line <= text.lines:
        return replace(fault, message=_TOO_MANY)
    # A block may not declare twice what a function may: then try the last braces one by one.
    for brace in islice(_last_braces(before), _BRACES):
        if parser.fits(before[:brace]) and not parser.fits(f"{before[:brace]})"):
            return text.place_of(brace, _TOO_MANY)
    return None


def _last_braces(text: str) -> Iterator[int]:
    at = len(text)
    while (at := text.rfind("}", 0, at)) >= 0:
        yield at


class _Parser:
    """Has V8 parse bodies of functions, for a second in total."""

    def __init__(self, isolate: Isolate, is_async: bool, parameters: str, generator: str) -> None:
        self._isolate = isolate
        self._parameters = parameters
        self._kind = f"({'async ' * is_async}function{generator}(){{}}).constructor"
        self._until = time.monotonic() + _TIMEOUT_S

    def fault_of(self, body: str, head: int) -> _Fault | None:
        """Return the fault of a body that has ``head`` lines above its line 1, or None.

        Raises:
            EngineError: V8 does not answer.
        """
        try:
            self._parse(body)
        except JavaScriptError as thrown:
            account = _ACCOUNT.match(str(thrown))
            if account is None:
                return None
            return _Fault(account[2], int(account[1]) - head, len(account[3]) + 1)
        return None

    def fits(self, body: str) -> bool:
        """Return whether a body has no fault.

        Raises:
            EngineError: V8 does not answer.
        """
        try:
            self._parse(body)
        except JavaScriptError:
            return False
        return True

    def _parse(self, body: str) -> None:
        left_s = max(0.001, self._until - time.monotonic())
        self._isolate.evaluate(f"void {self._kind}('{self._parameters}',{_literal(body)})", left_s)


class _Text:
    """A source and its lines."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(source))]
        self.lines = len(self._starts)

    def place_of(self, at: int, message: str) -> _Fault:
        """Return the fault at a character of the source."""
        line = bisect(self._starts, at)
        return _Fault(message, line, sum(map(_units, self.source[self._starts[line - 1] : at])) + 1)

    def before(self, fault: _Fault) -> str:
        """Return the source up to a fault."""
        at, column = self._starts[fault.line - 1], 1
        while column < fault.column:
            column += _units(self.source[at])
            at += 1
        return self.source[:at]


def _units(character: str) -> int:
    """Return how many columns V8 counts for a character."""
    return 2 if character > "\uffff" else 1
