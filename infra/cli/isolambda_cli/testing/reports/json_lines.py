"""JSON, a line for each file, for scripts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from isolambda_cli.testing.results import CaseResult, Failure, FileResult


def json_lines(results: Iterable[FileResult]) -> Iterator[str]:
    """Yield a line of ASCII for each file, as soon as its results are there."""
    for result in results:
        yield json.dumps(
            {
                "file": result.file,
                "passed": result.passed,
                "ms": round(result.ms, 1),
                "failures": [_failure(each) for each in result.failures],
                "cases": [_case(each) for each in result.cases],
            }
        )


def _case(case: CaseResult) -> Mapping[str, Any]:
    return {
        "name": case.name,
        "verdict": case.verdict,
        "ms": round(case.ms, 1),
        "failure": None if case.failure is None else _failure(case.failure),
        "logs": [{"level": line.level, "text": line.text} for line in case.lines],
    }


def _failure(failure: Failure) -> Mapping[str, Any]:
    place = failure.place
    return {
        "name": failure.name,
        "message": failure.message,
        "file": None if place is None else place.file,
        "line": None if place is None else place.line,
        "column": None if place is None else place.column,
        "source": failure.source,
    }
