"""Where and why a source stops being JavaScript, as V8 tells it for the body of a function.

The constructor that compiles a function tells no place, but V8 does when nobody catches what the
constructor throws. It only parses, so nothing of a source is ever evaluated here.
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
from isolambda_executor.engine import EngineError, Isolate, JavaScriptError

_ACCOUNT: Final = re.compile(r"\S*?:(\d+): SyntaxError: (.*)\n.*\n( *)\^")
_LINE_END: Final = re.compile("\r\n|[\n\r\u2028\u2029]")
_HEAD: Final = 2
"""Lines that the constructor puts above a source."""
_TIMEOUT_S: Final = 1.0
_BRACES: Final = 16
_UNFINISHED: Final = "Unexpected end of input"
_COMMENT: Final = "\u2028/*"
"""Keeps V8 from taking what the constructor puts below a source for a part of it."""
_AT_THE_END: Final = frozenset({"Invalid or unexpected token", _UNFINISHED})
"""What V8 says of that comment."""
_TRY_ENDS: Final = "Missing catch or finally after try"
_TOO_MANY: Final = "Unexpected token '}'"


@dataclass(frozen=True, slots=True)
class _Fault:
    """V8's reason and its place; ``line`` and ``column`` count from 1."""

    message: str
    line: int
    column: int


def with_place_of_syntax_error(
    isolate: Isolate, source: str, error: ExecutionError
) -> ExecutionError:
    """Return the error of a source that does not compile with V8's reason, line and column."""
    parser = _Parser(isolate, "await" in source)
    try:
        fault = _fault_of(parser, _Text(source))
    except EngineError:  # it took too long, or there is no memory
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
    elif fault.line < 1:  # of the function as a whole
        fault = text.place_of(0, fault.message)
    else:
        before = text.before(fault)
    return _brace_too_many(parser, text, before) or fault


def _brace_too_many(parser: "_Parser", text: "_Text", before: str) -> _Fault | None:
    """Return the fault of the brace that ends the function, if one does so ``before`` a fault.

    V8 goes on behind it, since a function may stand in an expression, and stumbles later or never.
    Behind a block of ``try`` nothing but ``catch`` and ``finally`` goes on, which cannot be in
    ``before``, and V8 names the brace.
    """
    fault = parser.fault_of(f"try{{\n{before}{_COMMENT}", _HEAD + 1)
    if fault is not None and fault.message == _TRY_ENDS and fault.line <= text.lines:
        return replace(fault, message=_TOO_MANY)
    # What a function may declare twice, a block may not: so the last braces are tried one by one.
    for brace in islice(_last_braces(before), _BRACES):
        if parser.fits(before[:brace]) and not parser.fits(f"{before[:brace]})"):
            return text.place_of(brace, _TOO_MANY)
    return None


def _last_braces(text: str) -> Iterator[int]:
    at = len(text)
    while (at := text.rfind("}", 0, at)) >= 0:
        yield at


class _Parser:
    """Has V8 parse bodies of functions, for a second altogether."""

    def __init__(self, isolate: Isolate, is_async: bool) -> None:
        self._isolate = isolate
        self._kind = "(async()=>{}).constructor" if is_async else "Function"
        self._until = time.monotonic() + _TIMEOUT_S

    def fault_of(self, body: str, head: int) -> _Fault | None:
        """Return V8's fault of a body that has one, with ``head`` lines above its line 1.

        Raises:
            EngineError: V8 tells nothing of it.
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
            EngineError: V8 tells nothing of it.
        """
        try:
            self._parse(body)
        except JavaScriptError:
            return False
        return True

    def _parse(self, body: str) -> None:
        left_s = max(0.001, self._until - time.monotonic())
        self._isolate.evaluate(f"void {self._kind}('call',{_literal(body)})", left_s)


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
