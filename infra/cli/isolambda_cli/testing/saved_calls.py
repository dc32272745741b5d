"""Saved calls of a project, ``calls/*.json``: the input of a function, and the expected result."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from isolambda_cli.project.files import read_text
from isolambda_cli.project.manifest import Project
from isolambda_cli.testing.expectations import KEYS, OK, SavedCallError, expect_of
from isolambda_cli.testing.failures import failure_of, failures_in, uncaught_in
from isolambda_cli.testing.isolates import Isolates, is_ok
from isolambda_cli.testing.results import CaseResult, Failure, FileResult, Verdict
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.contracts.outcomes import difference_of
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, IsolambdaError
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump, parse
from isolambda_core.domain.limits import PAYLOAD_BYTES

FOLDER = "calls"
"""The folder of the project with its saved calls."""


@dataclass(frozen=True, slots=True)
class SavedCall:
    """A saved call; ``expect`` is as in the account. ``file`` is below the project."""

    file: str
    function: str
    input: JsonValue
    expect: Document


def read_saved_call(project: Project, file: str) -> SavedCall:
    """Return the saved call in a file, a path below the project.

    Raises:
        BundleError: the file cannot be read.
        SavedCallError: it is no saved call of the project.
    """
    try:
        value = parse(read_text(project.folder, file, PAYLOAD_BYTES).encode())
    except InvalidJsonError as error:
        raise SavedCallError(f"{file}: {error}") from error
    if not isinstance(value, Mapping) or "function" not in value or value.keys() - KEYS:
        raise SavedCallError(f'{file}: a saved call has "function", "input" and "expect"')
    function = value["function"]
    if not isinstance(function, str) or function not in project.functions:
        raise SavedCallError(f"{file}: the project has no function {json.dumps(function)}")
    return SavedCall(file, function, value.get("input"), expect_of(file, value))


def run_saved_call(isolates: Isolates, project: Project, file: str) -> FileResult:
    """Execute the saved call in a file, with an empty key-value store."""
    try:
        call = read_saved_call(project, file)
        spec = project.functions[call.function]
        document = spec.document()
    except IsolambdaError as error:
        return FileResult(file, failures=[Failure(type(error).__name__, str(error))])
    try:
        function = isolates.function_of(spec.id, document)
    except InvalidDocumentError as error:
        found = failures_in(project.folder, error, main=spec.main)
        return FileResult(file, failures=list(found))
    with isolates.with_store():
        case = _case(isolates, project, function, call, spec.main)
    return FileResult(file, [case], ms=case.ms)


def _case(
    isolates: Isolates, project: Project, function: Function, call: SavedCall, main: str
) -> CaseResult:
    result = isolates.execute(function, call.input)
    failure = uncaught_in(project.folder, result, main=main) or _difference(call, result)
    if failure is not None and not is_ok(result) and call.expect.get("outcome", OK) == OK:
        assert result.error is not None  # noqa: S101 - every outcome but ok has one
        failure = failure_of(project.folder, result.error, main=main)
    verdict = Verdict.PASSED if failure is None else Verdict.FAILED
    return CaseResult(call.function, verdict, result.usage.wall_ms, failure, result.logs)


def _difference(call: SavedCall, result: ExecutionResult) -> Failure | None:
    found = difference_of(call.expect, result, JsonSchemaChecker().first_fault)
    if found is None:
        return None
    if "equal" not in call.expect or not is_ok(result):
        place = f" at {found.path}" if found.path else ""
        compared = f"expected {dump(found.expected)}, got {dump(found.got)}"
        return Failure("AssertionError", f"{found.message}{place}: {compared}")
    got = None if result.result is None else parse(result.result)
    expected = _lines(call.expect["equal"])
    lines = [line for line in difflib.ndiff(expected, _lines(got)) if line[0] != "?"]
    shown = "\n".join(["expected another result", "", "- Expected", "+ Received", "", *lines])
    return Failure("AssertionError", shown)


def _lines(value: JsonValue) -> list[str]:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).splitlines()
