"""What a source is instead of the body of a function.

V8 decides, by compiling variants of the source: none of them, and nothing else, is executed.
"""

import os
import re
from collections import deque
from collections.abc import Callable
from typing import Final

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    Hint,
)

Compiles = Callable[[str], bool]
"""Tells whether V8 takes a text for the body of a function."""

# Patterns are made where they are used: no worker's start waits for them.

_STATEMENTS: Final = 16
"""As many places are looked at, the last ones first; with more than that nothing is found out."""
_RETURN: Final = r"\breturn(?![\w$\\])"
_EXPORTS: Final = r"\b(?:module\s*\.\s*)?exports\b"
_FUNCTION: Final = (
    r"(?:\s|//.*|/\*[\s\S]*?\*/)*+"
    r"(?:(?:async\s+)?(?P<named>function\b)|async\b|\(|[\w$]+\s*=>)"
)
"""How a function begins, behind comments; an arrow function may begin like a call, too."""
_MODULES_ONLY: Final = frozenset(
    {
        "Unexpected token 'export'",
        "Cannot use import statement outside a module",
        "Cannot use 'import.meta' outside a module",
    }
)


def hint_of(source: str, error: ExecutionError | None, compiles: Compiles) -> Hint | None:
    """Return what a source is that does not return, or does not compile for the reason ``error``.

    None where it is the body of a function, and where that cannot be found out.
    """
    if error is not None and error.message in _MODULES_ONLY:
        return Hint.MODULE
    statements = _Statements(source, compiles)
    if error is None and statements.begin_at_one_of(_RETURN) is not False:
        return None
    if _is_function(source, compiles):
        return Hint.FUNCTION
    if error is not None:
        return None
    return Hint.MODULE if statements.begin_at_one_of(_EXPORTS) else Hint.NO_RETURN


def _is_function(source: str, compiles: Compiles) -> bool:
    """Tell whether the whole source is one function: declared, or an expression."""
    begins = re.match(_FUNCTION, source)
    if begins is None:
        return False
    # A statement may end with a semicolon, what stands in parentheses may not.
    alone = source.rstrip(" \t\r\n;")
    if not compiles(f"(\n{alone}\n)"):
        return False
    # Of what begins like one, only an arrow function cannot stand behind an operator.
    return begins["named"] is not None or not compiles(f"(0||\n{alone}\n)")


class _Statements:
    """The statements of a source that belong to no function in it."""

    def __init__(self, source: str, compiles: Compiles) -> None:
        self._source = source
        self._compiles = compiles
        self._label, self._unknown = (f"label_{os.urandom(16).hex()}" for _ in range(2))

    def begin_at_one_of(self, words: str) -> bool | None:
        """Tell whether a statement begins with one of ``words``; None where that is not known."""
        places = deque((word.start() for word in re.finditer(words, self._source)), _STATEMENTS + 1)
        if any(self._begins_at(place) for place in list(places)[::-1][:_STATEMENTS]):
            return True
        is_known = not places or (len(places) <= _STATEMENTS and self._compiles(self._labelled()))
        return False if is_known else None

    def _begins_at(self, place: int) -> bool:
        # A statement may be put before another one, and a label is known outside of functions in
        # the source alone. In a text or a comment, a label that is not known does no harm either.
        return self._compiles(self._labelled(place, self._label)) and not self._compiles(
            self._labelled(place, self._unknown)
        )

    def _labelled(self, place: int = 0, target: str = "") -> str:
        """Return the source with a label, and a statement before a place that breaks to another."""
        before, behind = self._source[:place], self._source[place:]
        statement = f"if(0)break {target};else " if target else ""
        return f"{self._label}:{{\n{before}{statement}{behind}\n}}"
