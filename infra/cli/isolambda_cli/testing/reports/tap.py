"""The Test Anything Protocol, version 14 (https://testanything.org)."""

import json
from collections.abc import Iterable, Iterator

from isolambda_cli.terminal import printable
from isolambda_cli.testing.results import CaseResult, Failure, FileResult, Verdict

_DIRECTIVES = {Verdict.SKIPPED: " # SKIP", Verdict.TODO: " # TODO"}


def tap(results: Iterable[FileResult]) -> Iterator[str]:
    """Yield the lines of a report: a test point for each case, and for each failure of a file."""
    yield "TAP version 14"
    number = 0
    for result in results:
        for failure in result.failures:
            number += 1
            yield f"not ok {number} - {_escaped(result.file)}"
            yield from _diagnosis(failure, result.ms)
        for case in result.cases:
            number += 1
            yield from _point(number, result.file, case)
    yield f"1..{number}"


def _point(number: int, file: str, case: CaseResult) -> Iterator[str]:
    verdict = "not ok" if case.verdict is Verdict.FAILED else "ok"
    name = _escaped(f"{file} > {case.name}")
    yield f"{verdict} {number} - {name}{_DIRECTIVES.get(case.verdict, '')}"
    if case.failure is not None:
        yield from _diagnosis(case.failure, case.ms)
    for line in case.lines:
        for text in line.text.split("\n"):
            yield f"# {line.level}: {printable(text)}"


def _diagnosis(failure: Failure, ms: float) -> Iterator[str]:
    """Yield a block of YAML, whose scalars are written as JSON."""
    yield "  ---"
    yield f"  message: {json.dumps(f'{failure.name}: {failure.message}')}"
    if failure.place is not None:
        yield "  at:"
        yield f"    file: {json.dumps(failure.place.file)}"
        yield f"    line: {failure.place.line}"
        yield f"    column: {failure.place.column}"
    if failure.source is not None:
        yield f"  source: {json.dumps(failure.source)}"
    yield f"  duration_ms: {ms:.1f}"
    yield "  ..."


def _escaped(text: str) -> str:
    return printable(" ".join(text.split())).replace("\\", "\\\\").replace("#", "\\#")
