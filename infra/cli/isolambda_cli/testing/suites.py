"""Run the tests of a file, each in an execution of its own: in one isolate while that lasts."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from isolambda_cli.testing.failures import failure_of, failures_in, uncaught_in
from isolambda_cli.testing.harness import entry_of, with_harness, with_stub
from isolambda_cli.testing.isolates import Isolates, is_ok
from isolambda_cli.testing.results import CaseResult, Failure, FileResult, Place, Verdict
from isolambda_cli.testing.snapshots import SnapshotError, Snapshots, open_snapshots
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import JsonValue, parse

_VERDICTS = {"skip": Verdict.SKIPPED, "todo": Verdict.TODO}

Wanted = Callable[[str], bool]
"""Says whether a case of this name is to run."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A file with tests, its modules by name, and the settings of the function that it tests."""

    folder: Path
    name: str
    modules: Mapping[str, str]
    settings: Document

    @property
    def document(self) -> Document:
        """The document of a function that runs the tests: the settings are those of the function.

        One isolate serves all tests, whatever ``isolation`` says.
        """
        return {
            "name": self.name,
            "enabled": True,
            **self.settings,
            "isolation": "version",
            "language_pack": "javascript",
            "function_js": entry_of(self.name),
            "files": with_stub(dict(self.modules)),
        }


def run_suite(isolates: Isolates, suite: Suite, wanted: Wanted, *, update: bool) -> FileResult:
    """Run the tests of a file whose names are wanted."""
    begun = time.monotonic()
    with isolates.with_store():
        try:
            snapshots = open_snapshots(suite.folder / suite.name, update=update)
            function = isolates.function_of("0" * 32, suite.document)
        except SnapshotError as error:
            return FileResult(suite.name, failures=[Failure("SnapshotError", str(error))])
        except InvalidDocumentError as error:
            found = failures_in(suite.folder, error, main=suite.name)
            return FileResult(suite.name, failures=list(found))
        function = replace(function, compiled=with_harness(f"{function.compiled}"))
        running = _Running(isolates, suite, function, snapshots)
        listed = running.call({"do": "list"})
        if not is_ok(listed):
            return FileResult(suite.name, failures=[running.failure(listed)], lines=listed.logs)
        cases = list(running.cases(listed, wanted))
        ended = running.call({"do": "end"})
    failures = [] if is_ok(ended) else [running.failure(ended)]
    written, obsolete = snapshots.save()
    ms = (time.monotonic() - begun) * 1e3
    lines = (*listed.logs, *ended.logs)
    return FileResult(suite.name, cases, failures, lines, ms, written, obsolete)


@dataclass(frozen=True, slots=True)
class _Running:
    isolates: Isolates
    suite: Suite
    function: Function
    snapshots: Snapshots

    def call(self, call: JsonValue) -> ExecutionResult:
        return self.isolates.execute(self.function, call)

    def failure(self, result: ExecutionResult, otherwise: Place | None = None) -> Failure:
        error = result.error
        assert error is not None  # noqa: S101 - every outcome but ok has one
        return failure_of(self.suite.folder, error, main=self.suite.name, otherwise=otherwise)

    def cases(self, listed: ExecutionResult, wanted: Wanted) -> Iterator[CaseResult]:
        for index, case in enumerate(
            cast("list[dict[str, JsonValue]]", parse(listed.result or b""))
        ):
            name, mode = f"{case['name']}", f"{case['mode']}"
            if mode == "run" and wanted(name):
                yield self.run(index, name, _place(case["place"]))
                continue
            self.snapshots.keep(name)
            yield CaseResult(name, _VERDICTS.get(mode, Verdict.SKIPPED))

    def run(self, index: int, name: str, place: Place | None) -> CaseResult:
        stored = dict(self.snapshots.of(name))
        result = self.call(
            {"do": "test", "id": index, "snapshots": stored, "update": self.snapshots.update}
        )
        if is_ok(result):
            failure = uncaught_in(self.suite.folder, result, main=self.suite.name)
            self.snapshots.taken.update(cast("dict[str, str]", parse(result.result or b"{}")))
        else:
            failure = self.failure(result, place)
            self.snapshots.keep(name)
        verdict = Verdict.PASSED if failure is None else Verdict.FAILED
        return CaseResult(name, verdict, result.usage.wall_ms, failure, result.logs)


def _place(value: JsonValue) -> Place | None:
    if not isinstance(value, Mapping):
        return None
    return Place(f"{value['file']}", cast("int", value["line"]), cast("int", value["column"]))
