"""The errors of the platform. Each dialect renders them by one table.

IsolambdaError
├── InvalidDocumentError        the document breaks its schema or a limit
├── NotFoundError               no resource has this name
├── ConflictError               the state of the store forbids this write
│   └── RevisionConflictError   another request wrote first
├── PreconditionFailedError     the revision is not the one that the caller named
├── ListTooLongError            a list that was asked for in one piece is over its limit
└── StoreUnavailableError       the store did not answer

``accounts``, ``executions``, ``functions``, ``key_values``, ``secrets``, ``tools`` and ``triggers``
each have a module ``errors``, which draws the branches of its package.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from errno import errorcode
from itertools import islice

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.limits import VIOLATION_KEY_CHARACTERS, VIOLATIONS


class IsolambdaError(Exception):
    """The base of all errors that the platform raises on purpose."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a document breaks.

    ``rule`` is a keyword of JSON Schema (``required``, ``type``, ``maxLength`` …); ``target`` is
    its value in the schema, and ``value`` the client's (for ``required`` the property's name).
    ``message`` is the text of the rule ``error``, which JSON Schema lacks; ``place`` is the line
    and the column of the fault, if the value is a source.
    """

    path: tuple[str, ...]
    rule: str
    target: JsonValue
    value: JsonValue
    message: str | None = None
    place: tuple[int, int] | None = None

    @property
    def demand(self) -> str:
        """The rule with its target, for a person to read; of the rule ``error``, its message."""
        if self.rule == "error" and self.message is not None:
            return self.message
        return self.rule if self.target is None else f"{self.rule} {dump(self.target)}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The path, in which each key that is too long for an answer is cut."""
        return tuple(map(_cut, self.path))


def _cut(key: str) -> str:
    longest = VIOLATION_KEY_CHARACTERS
    return key if len(key) <= longest else f"{key[: longest - 1]}…"


def first_of(violations: Iterable[Violation]) -> Iterator[Violation]:
    """Yield as many violations as an error lists, and one more if there are more.

    A hostile document breaks a rule with each of a million items: look for no more violations.
    """
    return islice(violations, VIOLATIONS + 1)


class InvalidDocumentError(IsolambdaError):
    """The document breaks its schema or a limit.

    ``violations`` has up to ``limits.VIOLATIONS``; ``has_more``: whether there are others.
    """

    def __init__(self, violations: Iterable[Violation]) -> None:
        found = list(first_of(violations))
        self.violations = tuple(found[:VIOLATIONS])
        self.has_more = len(found) > VIOLATIONS
        super().__init__(
            "; ".join(f"{'.'.join(found.keys)}: {found.demand}" for found in self.violations)
        )


class NotFoundError(IsolambdaError):
    """No resource has this name; ``identifier`` is the name."""

    kind = "resource"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"no {self.kind} {identifier!r}")
        self.identifier = identifier


class ConflictError(IsolambdaError):
    """The state of the store forbids this write."""


class RevisionConflictError(ConflictError):
    """The document is not at the revision that this write read."""

    def __init__(self) -> None:
        super().__init__("somebody else wrote first; try again")


class PreconditionFailedError(IsolambdaError):
    """The caller named another revision than the stored one; nothing was written."""

    def __init__(self) -> None:
        super().__init__("the revision is another")


class ListTooLongError(IsolambdaError):
    """A list without pages is longer than an answer may be."""

    def __init__(self) -> None:
        super().__init__("the list is too long for one answer; ask for pages")


class StoreUnavailableError(IsolambdaError):
    """The store did not answer, or refused for a reason of its own."""

    def __init__(self) -> None:
        super().__init__("the store is not available")


def kind_of(error: BaseException) -> str:
    """Return for the log what an error is, and its cause; what they say may be a client's words."""
    kind = type(error).__name__
    if isinstance(error, IsolambdaError):
        kind = kind.removesuffix("Error")
    cause = error.__cause__
    return kind if cause is None else f"{kind} ({_name_of(cause)})"


def _name_of(cause: BaseException) -> str:
    # SQLite and the system have one class for a lock, a full disk and a missing right.
    number = cause.errno if isinstance(cause, OSError) else None
    known = getattr(cause, "sqlite_errorname", None) or errorcode.get(number or 0)
    return known or type(cause).__name__
