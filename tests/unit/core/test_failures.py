import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from typing_extensions import override

from isolambda_core.domain.errors import (
    FunctionNotFoundError,
    RevisionConflictError,
    StoreUnavailableError,
)
from isolambda_core.domain.execution import ExecutionError, ExecutionResult, Outcome
from isolambda_core.domain.functions import Function, accept
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import DISABLE_AFTER_FAILURES, DISABLE_WITHIN_S
from isolambda_core.domain.records import Record
from isolambda_core.services.failures import FailureService
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.functions import SqliteFunctionRepository
from isolambda_local.sqlite.records import SqliteRecordRepository
from tests.clocks import SetClock

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
REASON = "6 failures within 60 s; the last: exception"
FAILURES = [outcome for outcome in Outcome if outcome not in (Outcome.OK, Outcome.INTERNAL_ERROR)]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def failures(store: SqliteStore, clock: SetClock) -> FailureService:
    return FailureService(store.records, store.functions, clock)


@pytest.fixture
def fail(failures: FailureService, clock: SetClock) -> Callable[..., None]:
    """Let a function end badly some times, each ``apart_ms`` before the next."""

    def fail(
        function: Function,
        times: int = 1,
        *,
        apart_ms: int = 1,
        outcome: Outcome = Outcome.EXCEPTION,
    ) -> None:
        for _ in range(times):
            failures.note(function, "$LATEST", ended(outcome))
            clock.time_ms += apart_ms

    return fail


Fail = Callable[..., None]


def ended(outcome: Outcome) -> ExecutionResult:
    error = None if outcome is Outcome.OK else ExecutionError("TypeError", "no items")
    return ExecutionResult(new_id(), outcome, error=error)


def keep(
    store: SqliteStore, function_id: str = FUNCTION, account_id: str = ACCOUNT, **document: Any
) -> Function:
    accepted = accept({"name": "n", "function_js": "return 1", **document})
    function = Function(account_id, function_id, accepted, 1, 1, 1)
    store.functions.add(function)
    return function


def found(store: SqliteStore, function_id: str = FUNCTION) -> Function:
    return store.functions.get(ACCOUNT, function_id)


@pytest.mark.parametrize("outcome", FAILURES)
def test_what_keeps_failing_is_disabled_with_a_reason(
    store: SqliteStore, fail: Fail, clock: SetClock, outcome: Outcome
) -> None:
    function = keep(store)

    fail(function, DISABLE_AFTER_FAILURES - 1)
    before = found(store)
    fail(function, outcome=outcome)

    assert before == function
    disabled = found(store)
    assert not disabled.enabled
    assert disabled.disable_reason == f"6 failures within 60 s; the last: {outcome}"
    assert (disabled.revision, disabled.modified_at) == (2, clock.now())


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.INTERNAL_ERROR])
def test_a_success_and_a_fault_of_ours_are_no_failures(
    store: SqliteStore, failures: FailureService, fail: Fail, outcome: Outcome
) -> None:
    function = keep(store)

    fail(function, DISABLE_AFTER_FAILURES * 2, outcome=outcome)

    assert found(store) == function
    assert list(failures.attempts(ACCOUNT, FUNCTION, 10).items) == []


def test_a_success_between_does_not_save_it(store: SqliteStore, fail: Fail) -> None:
    function = keep(store)
    for _ in range(DISABLE_AFTER_FAILURES):
        fail(function)
        fail(function, outcome=Outcome.OK)

    assert not found(store).enabled


def test_failures_count_together_within_a_minute_and_no_longer(
    store: SqliteStore, fail: Fail, clock: SetClock
) -> None:
    slow, fast = keep(store, FUNCTION), keep(store, OTHER_FUNCTION)
    apart_ms = DISABLE_WITHIN_S * 1000 // (DISABLE_AFTER_FAILURES - 1)

    fail(slow, 20, apart_ms=apart_ms + 1)
    clock.time_ms += 3_600_000
    fail(fast, DISABLE_AFTER_FAILURES, apart_ms=apart_ms)

    assert found(store, slow.id).enabled
    assert not found(store, fast.id).enabled


def test_failures_of_other_functions_do_not_count(store: SqliteStore, fail: Fail) -> None:
    mine, other = keep(store), keep(store, OTHER_FUNCTION)
    theirs = keep(store, FUNCTION, OTHER_ACCOUNT)

    for function in (mine, other, theirs):
        fail(function, DISABLE_AFTER_FAILURES - 1)

    assert found(store, mine.id).enabled
    assert found(store, other.id).enabled


def test_each_revision_begins_anew(store: SqliteStore, fail: Fail) -> None:
    first = keep(store)
    fail(first, DISABLE_AFTER_FAILURES - 1)
    second = first.changed({**first.document, "function_js": "return 2"}, 5)
    store.functions.replace(second, first.revision)

    fail(second, DISABLE_AFTER_FAILURES - 1)
    assert found(store) == second

    fail(second)
    assert not found(store).enabled


def test_what_a_version_does_is_recorded_and_disables_nothing(
    store: SqliteStore, failures: FailureService, fail: Fail
) -> None:
    function = keep(store)
    for _ in range(DISABLE_AFTER_FAILURES):
        failures.note(function, "1", ended(Outcome.EXCEPTION))

    fail(function)

    assert found(store) == function
    attempts = failures.attempts(ACCOUNT, FUNCTION, 50).items
    versions = sorted(record.version for record in attempts)
    assert versions == ["$LATEST"] + ["1"] * DISABLE_AFTER_FAILURES


def test_a_version_that_fails_amid_failures_of_the_draft_takes_no_draft_s_place(
    store: SqliteStore, failures: FailureService, clock: SetClock
) -> None:
    draft = keep(store)
    for _ in range(DISABLE_AFTER_FAILURES):
        failed = Record.of(draft, "$LATEST", ended(Outcome.EXCEPTION), clock.now_ms() + 1)
        store.records.add(failed)
    version = replace(draft, document={**draft.document, "function_js": "return 'version 1'"})

    failures.note(version, "1", ended(Outcome.EXCEPTION))

    assert found(store) == draft


def test_failures_of_an_older_revision_leave_the_newer_one_alone(
    store: SqliteStore, fail: Fail
) -> None:
    first = keep(store)
    second = first.changed({**first.document, "function_js": "return 2"}, 5)
    store.functions.replace(second, first.revision)

    fail(first, DISABLE_AFTER_FAILURES * 2)

    assert found(store) == second


def test_a_function_that_was_deleted_meanwhile_stays_so(store: SqliteStore, fail: Fail) -> None:
    function = keep(store)
    store.functions.remove(ACCOUNT, FUNCTION, 1)

    fail(function, DISABLE_AFTER_FAILURES)

    with pytest.raises(FunctionNotFoundError):
        found(store)


def test_disabling_says_so_in_the_log_and_gives_no_text_of_the_user_away(
    store: SqliteStore, fail: Fail, caplog: pytest.LogCaptureFixture
) -> None:
    fail(keep(store, function_js="return 'hunter2'"), DISABLE_AFTER_FAILURES)

    [line] = caplog.records
    assert line.levelno == logging.WARNING
    assert line.getMessage() == f"{ACCOUNT} {FUNCTION} disabled: {REASON}"
    assert "hunter2" not in caplog.text
    assert "no items" not in caplog.text


@dataclass(frozen=True, slots=True)
class UnavailableRecords(SqliteRecordRepository):
    @override
    def add(self, record: Record) -> None:
        raise StoreUnavailableError


def test_a_store_that_is_away_costs_no_result(
    store: SqliteStore, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    records = UnavailableRecords(store.database)
    result = ended(Outcome.EXCEPTION)

    FailureService(records, store.functions, clock).note(keep(store), "$LATEST", result)

    assert caplog.messages == [f"{result.execution_id}: its failure could not be recorded"]


def test_attempts_come_in_pages_the_newest_first(
    store: SqliteStore, failures: FailureService, fail: Fail
) -> None:
    function = keep(store)
    fail(function, 5, apart_ms=1_000)

    first = failures.attempts(ACCOUNT, FUNCTION, 3)
    second = failures.attempts(ACCOUNT, FUNCTION, 3, first.next_after)

    times = [record.ended_at_ms for record in [*first.items, *second.items]]
    assert times == sorted(times, reverse=True)
    assert (len(first.items), len(second.items), second.next_after) == (3, 2, None)
    assert first.items[0].revision == function.revision
    assert first.items[0].error == ExecutionError("TypeError", "no items")


def test_a_page_that_all_attempts_fit_into_is_the_last(
    store: SqliteStore, failures: FailureService, fail: Fail
) -> None:
    fail(keep(store), 3)

    assert failures.attempts(ACCOUNT, FUNCTION, 3).next_after is None


def test_a_function_that_is_not_there_has_no_attempts(
    store: SqliteStore, failures: FailureService, fail: Fail
) -> None:
    function = keep(store)
    fail(function)
    store.functions.replace(function.removed(2), 1)

    with pytest.raises(FunctionNotFoundError):
        failures.attempts(ACCOUNT, FUNCTION, 10)


def test_all_that_the_platform_disabled_is_enabled_and_nothing_else(
    store: SqliteStore, failures: FailureService, fail: Fail, clock: SetClock
) -> None:
    failing = [keep(store, f"{number:032x}") for number in range(3)]
    theirs = keep(store, FUNCTION, OTHER_ACCOUNT)
    off, healthy = keep(store, FUNCTION, enabled=False), keep(store, OTHER_FUNCTION)
    for function in (*failing, theirs):
        fail(function, DISABLE_AFTER_FAILURES)
    clock.time_ms += 5_000

    enabled = failures.enable_all(ACCOUNT)

    assert {function.id for function in enabled} == {function.id for function in failing}
    for function in enabled:
        assert function.enabled
        assert function.disable_reason is None
        assert (function.revision, function.modified_at) == (3, clock.now())
        assert found(store, function.id) == function
    assert (found(store, off.id), found(store, healthy.id)) == (off, healthy)
    assert not store.functions.get(OTHER_ACCOUNT, theirs.id).enabled
    assert failures.enable_all(ACCOUNT) == []


def test_what_was_enabled_fails_anew_before_it_is_disabled(
    store: SqliteStore, failures: FailureService, fail: Fail
) -> None:
    fail(keep(store), DISABLE_AFTER_FAILURES)
    [enabled] = failures.enable_all(ACCOUNT)

    fail(enabled, DISABLE_AFTER_FAILURES - 1)
    assert found(store).enabled

    fail(enabled)
    assert not found(store).enabled


@dataclass(frozen=True, slots=True)
class RacedRepository(SqliteFunctionRepository):
    """Somebody else does what ``rivals`` say, one before each write of ours."""

    rivals: list[Callable[[Function], Function | None]] = field(default_factory=list)

    @override
    def replace(self, function: Function, expected_revision: int) -> None:
        if self.rivals:
            current = SqliteFunctionRepository.get(self, function.account_id, function.id)
            written = self.rivals.pop(0)(current)
            if written is None:
                self.remove(function.account_id, function.id, current.revision)
            else:
                SqliteFunctionRepository.replace(self, written, current.revision)
        SqliteFunctionRepository.replace(self, function, expected_revision)


def renamed(function: Function) -> Function:
    return function.changed({**function.document, "name": "theirs"}, 99)


def enabled(function: Function) -> Function:
    return function.changed({**function.document, "enabled": True}, 99)


def deleted(_: Function) -> None:
    return None


@pytest.fixture
def enable_all(
    store: SqliteStore, fail: Fail, clock: SetClock
) -> Callable[..., Sequence[Function]]:
    """Enable a function that failed while somebody else writes what the rivals say."""

    def enable_all(*rivals: Callable[[Function], Function | None]) -> Sequence[Function]:
        fail(keep(store), DISABLE_AFTER_FAILURES)
        raced = RacedRepository(store.database, list(rivals))
        return FailureService(store.records, raced, clock).enable_all(ACCOUNT)

    return enable_all


EnableAll = Callable[..., Sequence[Function]]


def test_a_function_that_changes_meanwhile_is_enabled_as_it_is_then(
    store: SqliteStore, enable_all: EnableAll
) -> None:
    [function] = enable_all(renamed, renamed)

    assert found(store) == function
    assert function.enabled
    assert function.document["name"] == "theirs"


def test_a_function_that_somebody_else_enables_is_left_alone(
    store: SqliteStore, enable_all: EnableAll
) -> None:
    [function] = enable_all(enabled)

    assert found(store) == function
    assert function.modified_at == 99


def test_a_function_that_is_deleted_meanwhile_is_passed_over(enable_all: EnableAll) -> None:
    assert enable_all(deleted) == []


def test_a_function_that_never_rests_is_told(enable_all: EnableAll) -> None:
    with pytest.raises(RevisionConflictError):
        enable_all(*[renamed] * 100)
