"""What an executor compiles modules to is kept; what it says otherwise refuses the document."""

import json
from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.errors import ExecutorBusyError, ExecutorUnavailableError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Hint,
    Outcome,
    exceeded,
)
from isolambda_core.domain.executions.source_checks import SourceReport
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.limits import COMPILED_BYTES
from isolambda_core.services.functions.source_checks import SourceCheckService
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import Keep

FILES = {"lib/a.ts": "export const a: number = 1;"}
MODULES = {"function_js": "import { a } from './lib/a';", "files": FILES}
COMPILED = {
    "files": [{"name": "function.js", "code": "", "imports": [], "map": [], "module": True}]
}


@pytest.fixture
def checks(executor: ScriptedExecutor) -> SourceCheckService:
    return SourceCheckService(ScriptedExecutor(), executor, lambda _: "the tenant")


def answer(value: Any, outcome: Outcome = Outcome.OK) -> ExecutionResult:
    return ExecutionResult("", outcome, json.dumps(value).encode())


def test_all_files_are_compiled_with_the_source_first(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep
) -> None:
    executor.ends(answer({"compiled": COMPILED}))

    compiled, _ = checks.compiled(keep(**MODULES), "r1")

    (request,) = executor.requests
    assert (request.compile_only, request.modules, request.request_id) == (True, True, "r1")
    assert json.loads(request.source) == [
        ["function.js", MODULES["function_js"]],
        ["lib/a.ts", FILES["lib/a.ts"]],
    ]
    assert json.loads(compiled.compiled or "") == COMPILED


def test_typescript_has_a_name_of_its_own(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep
) -> None:
    executor.ends(answer({"compiled": COMPILED}))

    checks.compiled(keep(function_js="return 1 as number", language_pack="typescript"))

    assert json.loads(executor.requests[0].source) == [["function.ts", "return 1 as number"]]


@pytest.mark.parametrize("source", ["return 1", "importer(); exports.x = 1", "const my_import = 2"])
def test_a_source_without_the_words_is_not_asked_about(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep, source: str
) -> None:
    function = keep(function_js=source)

    assert checks.compiled(function) == (function, None)
    assert executor.requests == []


def test_a_source_that_is_a_body_has_nothing_compiled(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep
) -> None:
    executor.ends(ExecutionResult("", Outcome.OK, b'"no_return"'))

    function, report = checks.compiled(keep(function_js="// import this"))

    assert function.compiled is None
    assert report == SourceReport(hint=Hint.NO_RETURN)


@pytest.mark.parametrize("source", ["// import this", "return 1"])
def test_a_source_that_is_a_body_is_compiled_once_for_a_write(
    executor: ScriptedExecutor, keep: Keep, source: str
) -> None:
    executor.ends(ExecutionResult("", Outcome.OK, b'"no_return"'))
    check = SourceCheckService(executor, executor, str).of_write("r1")

    function = check.compiled(keep(function_js=source))

    assert check.report(function).hint is Hint.NO_RETURN
    assert [request.request_id for request in executor.requests] == ["r1"]


def test_a_strict_write_refuses_a_body_that_does_not_compile(
    executor: ScriptedExecutor, keep: Keep
) -> None:
    executor.ends(
        ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("SyntaxError", "no", "", 2, 3))
    )
    check = SourceCheckService(executor, executor, str).of_write("r1", is_strict=True)

    with pytest.raises(InvalidDocumentError) as caught:
        check.compiled(keep(function_js="return ("))

    [violation] = caught.value.violations
    assert (violation.path, violation.place) == (("function_js",), (2, 3))
    assert len(executor.requests) == 1


@pytest.mark.parametrize("source", ["// import this", "return 1"])
def test_a_strict_write_compiles_a_body_once(
    executor: ScriptedExecutor, keep: Keep, source: str
) -> None:
    executor.ends(ExecutionResult("", Outcome.OK, b'"no_return"'))
    check = SourceCheckService(executor, executor, str).of_write("r1", is_strict=True)

    function = check.compiled(keep(function_js=source))

    assert check.report(function).hint is Hint.NO_RETURN
    assert len(executor.requests) == 1


def test_a_strict_write_of_a_body_needs_an_executor(executor: ScriptedExecutor, keep: Keep) -> None:
    executor.ends(ExecutionResult("", Outcome.INTERNAL_ERROR))
    check = SourceCheckService(executor, executor, str).of_write("r1", is_strict=True)

    with pytest.raises(ExecutorUnavailableError):
        check.compiled(keep(function_js="return 1"))


def test_a_problem_has_the_path_and_the_place_of_its_file(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep
) -> None:
    problems = [
        {"file": "lib/a.ts", "message": "no", "line": 2, "column": 3},
        {"file": "function.js", "message": "neither"},
    ]
    executor.ends(answer({"problems": problems}, Outcome.EXCEPTION))

    with pytest.raises(InvalidDocumentError) as caught:
        checks.compiled(keep(**MODULES))

    first, second = caught.value.violations
    assert (first.path, first.message, first.place) == (
        ("files", "lib/a.ts"), "lib/a.ts:2:3: no", (2, 3),
    )  # fmt: skip
    assert (second.path, second.message, second.place) == (
        ("function_js",), "function.js: neither", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "result",
    [
        answer(None),
        answer("module"),
        answer({}),
        answer({"problems": []}),
        answer({"problems": 1}),
        answer({"problems": [1, {"message": 2}, {"message": "x", "line": True, "column": -1}]}),
        answer({"compiled": "text"}),
        answer({"compiled": {"files": "x" * COMPILED_BYTES}}),
        ExecutionResult("", Outcome.OK, b"{"),
        ExecutionResult("", Outcome.EXCEEDED_MEMORY, error=exceeded("memory_mb", 1, 2)),
    ],
)
def test_what_is_no_answer_refuses_the_document(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep, result: ExecutionResult
) -> None:
    executor.ends(result)

    with pytest.raises(InvalidDocumentError):
        checks.compiled(keep(**MODULES))


def test_a_worker_that_dies_is_no_fault_of_the_document(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep
) -> None:
    died = ExecutionError("WorkerDied", "it did")
    executor.ends(ExecutionResult("", Outcome.INTERNAL_ERROR, error=died))

    with pytest.raises(ExecutorUnavailableError):
        checks.compiled(keep(**MODULES))


def test_compiling_takes_its_turn_among_the_executions_of_the_tenant(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep
) -> None:
    executor.ends(answer({"compiled": {}}))

    checks.compiled(keep(**MODULES))

    assert [request.tenant for request in executor.requests] == ["the tenant"]


@pytest.mark.parametrize("error", [ExecutorBusyError(), ExecutorUnavailableError()])
def test_without_an_executor_nothing_can_be_written(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep, error: Exception
) -> None:
    executor.ends(error)

    with pytest.raises(type(error)):
        checks.compiled(keep(**MODULES))


def test_modules_that_are_compiled_are_not_checked_again(
    checks: SourceCheckService, executor: ScriptedExecutor, keep: Keep
) -> None:
    function: Function = replace(keep(**MODULES), compiled="{}")

    assert checks.check(function).warnings == ()
    assert executor.requests == []
