"""Run tests in the product's own workers, each variant of a file as one execution."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import MEMORY_MB_MAX, MIB, Limits
from isolambda_executor.broker import Broker
from isolambda_executor.supervisor import Supervisor
from tests.wpt.checkout import TestFile, area_of, read_test
from tests.wpt.sources import input_of, source_of, timeout_ms

WORKERS: Final = 2
THE_FILE: Final = "(the file)"
"""The name of a result that is the whole file's: it threw, hung or crashed."""

_PASSED: Final = "Pass"
_COMPUTING_MS: Final = 20_000
"""How long a file may compute beyond the time that it may wait."""
_WAIT_S: Final = 3_600.0
_SHARED_MEMORY: Final = ("webassembly", "shared_array_buffer")
# These tests make shared memory, by WebAssembly.
_FEATURES: Final = dict.fromkeys(("compression", "encoding", "streams", "wasm"), _SHARED_MEMORY)


@dataclass
class FileResult:
    """The results of a file: the subtests that pass, and those that do not with the reason."""

    path: str
    passed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def run(self) -> int:
        """How many subtests there are."""
        return len(self.passed) + len(self.failed)

    def add(self, name: str, failure: str | None) -> None:
        """Add a result; what has several, as in variants, passes if all do."""
        if failure is not None:
            self.passed.discard(name)
            self.failed.setdefault(name, failure)
        elif name not in self.failed:
            self.passed.add(name)


def run_files(checkout: Path, paths: list[str]) -> Iterator[FileResult]:
    """Run tests, two at a time, and yield their results in order."""
    with (
        closing(Broker({})) as broker,
        Supervisor(WORKERS, _WAIT_S, operations=broker) as supervisor,
        ThreadPoolExecutor(WORKERS) as threads,
    ):
        tests = (read_test(checkout, path) for path in paths)
        yield from threads.map(
            lambda test: _run_file(supervisor, checkout, test), filter(None, tests)
        )


def _run_file(supervisor: Supervisor, checkout: Path, test: TestFile) -> FileResult:
    file = FileResult(test.path)
    source = source_of(checkout, test)
    for variant in test.variants:
        request = ExecutionRequest(
            new_id(),
            "a" * 32,
            "f" * 32,
            "$LATEST",
            source,
            input_of(checkout, test, variant).encode(),
            isolation="fresh",
            features=_FEATURES.get(area_of(test.path), ()),
            limits=Limits(timeout_ms(test) + _COMPUTING_MS, MEMORY_MB_MAX, 8 * MIB, 0),
        )
        _read(supervisor.execute(request), file)
    return file


def _read(result: ExecutionResult, file: FileResult) -> None:
    if result.outcome is not Outcome.OK:
        error = result.error
        file.add(THE_FILE, f"{result.outcome}: {error.message if error else ''}")
        return
    answer = json.loads(result.result or "")
    if answer["error"] or not answer["tests"]:
        file.add(THE_FILE, answer["error"] or "it has no subtests")
    for name, status, message in answer["tests"]:
        file.add(name, None if status == _PASSED else f"{status}: {message}")
