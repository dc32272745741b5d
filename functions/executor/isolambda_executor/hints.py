"""Find out what a source is if it is not the body of a function.

V8 decides, by compiling variants of the source. Nothing is executed.
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
"""Returns whether V8 compiles a text as the body of a function."""

# Patterns are compiled where they are used, so that they do not delay a worker's start.

_STATEMENTS: Final = 16
"""The number of places that are tried, the last first; in a longer source the rest is unknown."""
_RETURN: Final = r"\breturn(?![\w$\\])"
_EXPORTS: Final = r"\b(?:module\s*\.\s*)?exports\b"
_FUNCTION: Final = (
    r"(?:\s|//.*|/\*[\s\S]*?\*/)*+"
    r"(?:(?:async\s+)?(?P<named>function\b)|async\b|\(|[\w$]+\s*=>)"
)
"""The start of a function, after comments; also of calls, which arrow functions resemble."""
MODULES_ONLY: Final = frozenset(
    {
        "Unexpected token 'export'",
        "Cannot use import statement outside a module",
        "Cannot use 'import.meta' outside a module",
    }
)
"""What V8 says of a body that has what only modules may have."""


def hint_of(source: str, error: ExecutionError | None, compiles: Compiles) -> Hint | None:
    """Return a hint about a source that returns nothing, or does not compile because of ``error``.

    None: the source is the body of a function, or V8 cannot decide.
    """
    if error is not None and error.message in MODULES_ONLY:
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
    """Return whether the whole source is one function: a declaration or an expression."""
    begins = re.match(_FUNCTION, source)
    if begins is None:
        return False
    # A statement may end with a semicolon, an expression in parentheses may not.
    alone = source.rstrip(" \t\r\n;")
    if not compiles(f"(\n{alone}\n)"):
        return False
    # Of all that begins like a function, only an arrow function cannot follow an operator.
    return begins["named"] is not None or not compiles(f"(0||\n{alone}\n)")


class _Statements:
    """The statements of a source outside all functions in it."""

    def __init__(self, source: str, compiles: Compiles) -> None:
        self._source = source
        self._compiles = compiles
        self._label, self._unknown = (f"label_{os.urandom(16).hex()}" for _ in range(2))

    def begin_at_one_of(self, words: str) -> bool | None:
        """Return whether a statement begins with one of ``words``; None: unknown."""
        places = deque((word.start() for word in re.finditer(words, self._source)), _STATEMENTS + 1)
        if any(self._begins_at(place) for place in list(places)[::-1][:_STATEMENTS]):
            return True
        is_known = not places or (len(places) <= _STATEMENTS and self._compiles(self._labelled()))
        return False if is_known else None

    def _begins_at(self, place: int) -> bool:
        # At a statement outside functions, a jump to the label compiles, and one to an unknown
        # label does not. In a string or a comment, both compile.
        return self._compiles(self._labelled(place, self._label)) and not self._compiles(
            self._labelled(place, self._unknown)
        )

    def _labelled(self, place: int = 0, target: str = "") -> str:
        """Return the source in a labelled block, with a jump to ``target`` at ``place``."""
        before, behind = self._source[:place], self._source[place:]
        statement = f"if(0)break {target};else " if target else ""
        return f"{self._label}:{{\n{before}{statement}{behind}\n}}"
