"""A report for people: a line for each file, and everything about what failed."""

from collections.abc import Iterable, Iterator, Sequence

import typer

from isolambda_cli.report import source_lines
from isolambda_cli.terminal import printable
from isolambda_cli.testing.results import CaseResult, Failure, FileResult, Verdict
from isolambda_core.domain.executions.execution import LogLine

_MARKS = {
    Verdict.PASSED: ("✓", typer.colors.GREEN),
    Verdict.FAILED: ("✗", typer.colors.RED),
    Verdict.SKIPPED: ("-", typer.colors.YELLOW),
    Verdict.TODO: ("-", typer.colors.YELLOW),
}
_DIFFERENCES = {"- ": typer.colors.GREEN, "+ ": typer.colors.RED}


def pretty(results: Iterable[FileResult]) -> Iterator[str]:
    """Yield the lines of a report; the last one counts all cases."""
    seen: list[FileResult] = []
    for result in results:
        seen.append(result)
        yield from _of_file(result)
    yield ""
    yield _sum(seen)


def _of_file(result: FileResult) -> Iterator[str]:
    verdict = Verdict.PASSED if result.passed else Verdict.FAILED
    counts = f"{len(result.cases)} {'test' if len(result.cases) == 1 else 'tests'}"
    file = typer.style(printable(result.file), bold=True)
    yield f"{_mark(verdict)} {file} ({counts}, {result.ms:.0f} ms)"
    yield from _console(result.lines, "  ")
    for failure in result.failures:
        yield from _failure(failure, "  ")
    for case in result.cases:
        yield from _case(case)
    if result.written:
        yield f"  {result.written} {'snapshot' if result.written == 1 else 'snapshots'} written"
    if result.obsolete:
        yield f"  {result.obsolete} of no test any more; --update removes snapshots of no test"


def _case(case: CaseResult) -> Iterator[str]:
    # A test that passes and prints nothing is in the count of its file.
    if case.verdict is Verdict.PASSED and not case.lines:
        return
    name = printable(case.name) + (" (todo)" if case.verdict is Verdict.TODO else "")
    yield f"  {_mark(case.verdict)} {name}"
    if case.failure is not None:
        yield from _failure(case.failure, "    ")
    yield from _console(case.lines, "    ")


def _failure(failure: Failure, margin: str) -> Iterator[str]:
    first, *others = map(printable, failure.message.split("\n"))
    headline = f"{printable(failure.name)}: {first}"
    yield margin + typer.style(headline, fg=typer.colors.RED)
    for line in others:
        yield margin + typer.style(line, fg=_DIFFERENCES.get(line[:2]))
    if failure.place is not None:
        yield f"{margin}at {typer.style(printable(str(failure.place)), fg=typer.colors.CYAN)}"
        if failure.source is not None:
            for line in source_lines(failure.source, failure.place.line, failure.place.column):
                yield margin + line


def _console(lines: Sequence[LogLine], margin: str) -> Iterator[str]:
    for line in lines:
        for text in line.text.split("\n"):
            yield margin + typer.style(f"{line.level:<5} {printable(text)}", dim=True)


def _mark(verdict: Verdict) -> str:
    mark, colour = _MARKS[verdict]
    return typer.style(mark, fg=colour)


def _sum(results: Sequence[FileResult]) -> str:
    words = []
    for verdict in Verdict:
        count = sum(result.count(verdict) for result in results)
        if count or verdict is Verdict.PASSED:
            words.append(f"{count} {verdict}")
    broken = sum(len(result.failures) for result in results)
    if broken:
        words.append(f"{broken} {'file' if broken == 1 else 'files'} failed")
    return f"{', '.join(words)} ({sum(result.ms for result in results):.0f} ms)"
