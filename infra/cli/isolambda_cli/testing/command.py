"""The command ``isolambda test``."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from isolambda_cli.command import fail, warn
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.manifest import Project, read_project
from isolambda_cli.testing.isolates import Isolates, open_isolates
from isolambda_cli.testing.reports.json_lines import json_lines
from isolambda_cli.testing.reports.junit import junit
from isolambda_cli.testing.reports.pretty import pretty
from isolambda_cli.testing.reports.tap import tap
from isolambda_cli.testing.results import FileResult
from isolambda_cli.testing.run import Selection, run_tests, selected_files
from isolambda_cli.watching import changes_of
from isolambda_core.domain.errors import IsolambdaError

app = typer.Typer(add_completion=False)


_INTERRUPTED = 130


class Reporter(StrEnum):
    """The form of a report."""

    PRETTY = "pretty"
    TAP = "tap"
    JUNIT = "junit"
    JSON = "json"


_REPORTERS: dict[Reporter, Callable[[Iterable[FileResult]], Iterator[str]]] = {
    Reporter.PRETTY: pretty,
    Reporter.TAP: tap,
    Reporter.JUNIT: junit,
    Reporter.JSON: json_lines,
}


@app.command("test")
def run(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Run the files whose path has one of these words.", show_default=False),
    ] = None,
    *,
    name: Annotated[
        str,
        typer.Option(
            "--filter", "-t", help="Run the tests with this in their name.", show_default=False
        ),
    ] = "",
    reporter: Annotated[Reporter, typer.Option(help="The form of the report.")] = Reporter.PRETTY,
    as_json: Annotated[bool, typer.Option("--json", help="As --reporter json.")] = False,
    update: Annotated[
        bool,
        typer.Option("--update", "-u", help="Take snapshots over, and remove those of no test."),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Run again after each change, until Ctrl-C.")
    ] = False,
) -> None:
    """Run the tests and the saved calls of the project in the executor that serves.

    Tests are in *.test.js and *.test.ts, saved calls in calls/*.json. The exit code is 1 when one
    fails.
    """
    # Which limit ended a worker is in the report.
    logging.getLogger("isolambda_executor").setLevel(logging.ERROR)
    selection = Selection(files or (), name)
    reporter = Reporter.JSON if as_json else reporter
    try:
        project = read_project()
        with open_isolates() as isolates:
            if watch:
                _follow(isolates, project.folder, selection, reporter, update=update)
            passed = _report(isolates, project, selection, reporter, update=update)
    except IsolambdaError as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)  # not all has passed
    sys.exit(0 if passed else 1)


def _report(
    isolates: Isolates, project: Project, selection: Selection, reporter: Reporter, *, update: bool
) -> bool:
    """Run tests, and print the report; return whether all of them passed."""
    if not selected_files(project, selection):
        raise ProjectError(
            "no tests are selected; they are in *.test.js, *.test.ts, and calls/*.json"
        )
    results: list[FileResult] = []

    def noted() -> Iterator[FileResult]:
        for result in run_tests(isolates, project, selection, update=update):
            results.append(result)
            yield result

    for line in _REPORTERS[reporter](noted()):
        typer.echo(line)
    return all(result.passed for result in results)


def _follow(
    isolates: Isolates, folder: Path, selection: Selection, reporter: Reporter, *, update: bool
) -> None:
    """Run tests at first and after each change, until Ctrl-C."""
    for _ in changes_of(folder):  # the first one is none
        try:
            _report(isolates, read_project(folder), selection, reporter, update=update)
        except IsolambdaError as error:
            warn(str(error))
