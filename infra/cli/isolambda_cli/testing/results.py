"""The results of tests: of each case, of each file, and of all together."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override

from isolambda_core.domain.executions.execution import LogLine


class Verdict(StrEnum):
    """How a case ended; a closed set."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    TODO = "todo"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file of the project; line and column count from 1."""

    file: str
    line: int
    column: int

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a case failed; ``message`` may have several lines, and ``source`` is the author's."""

    name: str
    message: str
    place: Place | None = None
    source: str | None = None
    stack: str = ""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of one test or one saved call; ``lines`` are its console lines."""

    name: str
    verdict: Verdict
    ms: float = 0.0
    failure: Failure | None = None
    lines: Sequence[LogLine] = ()


@dataclass(frozen=True, slots=True)
class FileResult:
    """The results of a file, a path below the project.

    ``failures`` are of the file as a whole: it does not compile, or cannot be evaluated.
    ``written`` counts snapshots that are new or taken over, ``obsolete`` those that no test has
    any more.
    """

    file: str
    cases: Sequence[CaseResult] = ()
    failures: Sequence[Failure] = ()
    lines: Sequence[LogLine] = ()
    ms: float = 0.0
    written: int = 0
    obsolete: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing in it failed."""
        return not self.failures and not self.count(Verdict.FAILED)

    def count(self, verdict: Verdict) -> int:
        """Return how many cases ended so."""
        return sum(case.verdict is verdict for case in self.cases)
