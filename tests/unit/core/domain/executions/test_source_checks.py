"""What is known of a source when it comes, whatever an executor answers."""

import pytest

from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Hint,
    Outcome,
    exceeded,
)
from isolambda_core.domain.executions.source_checks import SourceReport
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.limits import COMPILE_MS, RECORD_TEXT_CHARACTERS
from isolambda_core.services.functions.source_checks import SourceCheckService
from isolambda_core.services.functions.versions import VersionService
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, Keep

FAULT = ExecutionError("SyntaxError", "Unexpected token ';'", line=2, column=11)
NOT_COMPILED = ExecutionResult("", Outcome.EXCEPTION, error=FAULT)
NOTHING_KNOWN = [
    ExecutorBusyError(),
    ExecutorUnavailableError(),
    ExecutionResult("", Outcome.EXCEEDED_WALL_TIME, error=exceeded("wall_time_ms", 1, 2)),
    ExecutionResult("", Outcome.EXCEEDED_MEMORY, error=exceeded("memory_mb", 1, 2)),
    ExecutionResult("", Outcome.INTERNAL_ERROR, error=ExecutionError("WorkerDied", "it did")),
]


@pytest.fixture
def function(keep: Keep) -> Function:
    return keep(limits={"wall_time_ms": 25_000}, features=["webassembly"], isolation="version")


@pytest.fixture
def checks(executor: ScriptedExecutor) -> SourceCheckService:
    return SourceCheckService(executor, executor, str)


@pytest.fixture
def versions(store: SqliteStore, checks: SourceCheckService) -> VersionService:
    return VersionService(store.functions, store.versions, checks, SetClock())


def test_the_executor_compiles_for_the_account_in_a_time_of_its_own(
    checks: SourceCheckService, executor: ScriptedExecutor, function: Function
) -> None:
    checks.check(function, "r1")

    [request] = executor.requests
    assert request.compile_only
    assert (request.account_id, request.function_id) == (ACCOUNT, FUNCTION)
    assert (request.source, request.request_id) == (function.source, "r1")
    assert request.limits.wall_time_ms == COMPILE_MS


def test_a_source_that_does_not_compile_is_reported_with_its_place(
    checks: SourceCheckService, executor: ScriptedExecutor, function: Function
) -> None:
    executor.ends(NOT_COMPILED)

    [warning] = checks.check(function).warnings

    assert (warning.field, warning.code) == ("function_js", "compile_error")
    assert warning.message == "SyntaxError: Unexpected token ';'"
    assert (warning.line, warning.column) == (2, 11)


@pytest.mark.parametrize("hint", Hint)
def test_a_hint_says_what_a_source_is_to_be(
    hint: Hint, checks: SourceCheckService, executor: ScriptedExecutor, function: Function
) -> None:
    executor.returns(f'"{hint}"'.encode())

    [warning] = checks.check(function).warnings

    assert (warning.field, warning.code) == ("function_js", hint.value)
    assert "the body of `function (call, context) { … }`" in warning.message


@pytest.mark.parametrize("ending", NOTHING_KNOWN, ids=str)
def test_of_an_executor_that_has_not_compiled_nothing_is_known(
    ending: ExecutionResult | Exception,
    checks: SourceCheckService,
    executor: ScriptedExecutor,
    function: Function,
) -> None:
    executor.ends(ending)

    assert checks.check(function) == SourceReport()


@pytest.mark.parametrize("result", ['"x"', "1", "null", "{", "[" * 100_000, '{"a":1}', ""])
def test_a_hint_that_is_none_counts_for_nothing(
    result: str, checks: SourceCheckService, executor: ScriptedExecutor, function: Function
) -> None:
    executor.returns(result.encode())

    assert checks.check(function) == SourceReport()


def test_a_message_repeats_no_more_of_a_source_than_it_may(
    checks: SourceCheckService, executor: ScriptedExecutor, function: Function
) -> None:
    error = ExecutionError("SyntaxError", f"Identifier '{'x' * 100_000}' has already been declared")
    executor.ends(ExecutionResult("", Outcome.EXCEPTION, error=error))

    [warning] = checks.check(function).warnings

    assert len(warning.message) == RECORD_TEXT_CHARACTERS


@pytest.mark.usefixtures("function")
def test_a_draft_that_does_not_compile_is_not_published(
    versions: VersionService, executor: ScriptedExecutor
) -> None:
    executor.ends(NOT_COMPILED)

    with pytest.raises(InvalidDocumentError) as refused:
        versions.publish(ACCOUNT, FUNCTION, "")

    [violation] = refused.value.violations
    assert violation.path == ("function_js",)
    assert violation.message == "SyntaxError: Unexpected token ';', at line 2, column 11"
    assert violation.place == (2, 11)
    assert versions.list(ACCOUNT, FUNCTION, 10, None, descending=True).items == []


@pytest.mark.usefixtures("function")
@pytest.mark.parametrize("ending", NOTHING_KNOWN, ids=str)
def test_a_draft_that_could_not_be_compiled_is_published(
    ending: ExecutionResult | Exception, versions: VersionService, executor: ScriptedExecutor
) -> None:
    executor.ends(ending)

    assert versions.publish(ACCOUNT, FUNCTION, "")[1]


@pytest.mark.usefixtures("function")
def test_a_draft_is_compiled_once_for_each_version(
    versions: VersionService, executor: ScriptedExecutor
) -> None:
    for _ in range(3):
        versions.publish(ACCOUNT, FUNCTION, "")

    assert len(executor.requests) == 1
