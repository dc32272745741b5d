import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from isolambda_api.dependencies import Services
from isolambda_core.domain.callflows import NOT_A_CALLFLOW
from isolambda_core.domain.errors import FunctionNotFoundError, RevisionConflictError
from isolambda_core.domain.execution import ExecutionError, ExecutionResult, Origin, Outcome
from isolambda_core.domain.functions import LATEST, Function
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.limits import (
    DISABLE_AFTER_FAILURES,
    DISABLE_EXAMINED,
    DISABLE_WITHIN_S,
)
from isolambda_core.domain.orders import Order
from isolambda_core.domain.records import Contents, Record
from isolambda_core.services.execution import Resolved
from isolambda_core.services.failures import FailureService
from isolambda_core.services.records import new_record
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.functions import SqliteFunctionRepository
from tests.clocks import SetClock
from tests.unit.core.conftest import ACCOUNT, FUNCTION, OTHER_ACCOUNT, OTHER_FUNCTION, Keep

REASON = "6 failures within 60 s; the last: exception"
FAILURES = [outcome for outcome in Outcome if outcome not in (Outcome.OK, Outcome.INTERNAL_ERROR)]


@pytest.fixture
def failures(services: Services) -> FailureService:
    return services.failures


@pytest.fixture
def fail(services: Services, clock: SetClock) -> Callable[..., None]:
    """Let executions of a function end badly some times, each ``apart_ms`` before the next."""

    def fail(
        function: Function,
        times: int = 1,
        *,
        apart_ms: int = 1,
        outcome: Outcome = Outcome.EXCEPTION,
        version: str = LATEST,
        trigger: str = "kazoo",
        error_name: str = "TypeError",
    ) -> None:
        for _ in range(times):
            record, contents = ended(function, clock, outcome, version, trigger, error_name)
            services.records.keep(function, record, contents)
            clock.time_ms += apart_ms

    return fail


Fail = Callable[..., None]


def ended(
    function: Function,
    clock: SetClock,
    outcome: Outcome = Outcome.EXCEPTION,
    version: str = LATEST,
    trigger: str = "kazoo",
    error_name: str = "TypeError",
) -> tuple[Record, Contents]:
    """Return the record of an execution of a function that ended just now."""
    error = None if outcome is Outcome.OK else ExecutionError(error_name, "no items")
    result = ExecutionResult(new_execution_id(clock.now_ms()), outcome, error=error)
    order = Order(function.account_id, function.id, "null", version, origin=Origin(trigger))
    asked = new_record(order, Resolved(function, version, version), result.execution_id)
    return asked.ended(result, clock.now_ms()), Contents(order.payload, result=result)


def found(store: SqliteStore, function_id: str = FUNCTION) -> Function:
    return store.functions.get(ACCOUNT, function_id)


@pytest.mark.parametrize("outcome", FAILURES)
def test_what_keeps_failing_is_disabled_with_a_reason(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock, outcome: Outcome
) -> None:
    function = keep()

    fail(function, DISABLE_AFTER_FAILURES - 1)
    before = found(store)
    fail(function, outcome=outcome)

    assert before == function
    disabled = found(store)
    assert not disabled.enabled
    assert disabled.disable_reason == f"6 failures within 60 s; the last: {outcome}"
    assert (disabled.revision, disabled.modified_at) == (2, clock.now())


@pytest.mark.parametrize("trigger", ["kazoo", "pivot"])
def test_a_result_that_is_not_what_its_caller_demanded_is_no_failure_of_the_function(
    store: SqliteStore, keep: Keep, fail: Fail, trigger: str
) -> None:
    function = keep()

    fail(
        function,
        DISABLE_AFTER_FAILURES * 2,
        outcome=Outcome.INVALID_RESULT,
        trigger=trigger,
        error_name=NOT_A_CALLFLOW,
    )
    fail(function, DISABLE_AFTER_FAILURES - 1)

    assert found(store) == function


def test_a_function_does_not_hide_its_failures_behind_the_name_of_an_error(
    store: SqliteStore, keep: Keep, fail: Fail
) -> None:
    fail(keep(), DISABLE_AFTER_FAILURES, error_name=NOT_A_CALLFLOW)

    assert not found(store).enabled


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.INTERNAL_ERROR])
def test_a_success_and_a_fault_of_ours_are_no_failures(
    store: SqliteStore, keep: Keep, fail: Fail, outcome: Outcome
) -> None:
    function = keep(record="all")

    fail(function, DISABLE_AFTER_FAILURES * 2, outcome=outcome)

    assert found(store) == function
    recorded = list(store.records.walk(ACCOUNT, FUNCTION, at_once=100))
    assert len(recorded) == DISABLE_AFTER_FAILURES * 2
    assert not any(record.has_itself_failed for record in recorded)


@pytest.mark.parametrize("trigger", ["kazoo", "pivot"])
def test_failures_for_kazoo_count(store: SqliteStore, keep: Keep, fail: Fail, trigger: str) -> None:
    function = keep()
    fail(function, DISABLE_AFTER_FAILURES - 1, trigger=trigger)
    fail(function, DISABLE_AFTER_FAILURES, trigger="codemash")
    assert found(store).enabled

    fail(function, trigger=trigger)
    assert not found(store).enabled


def test_a_success_between_does_not_save_it(store: SqliteStore, keep: Keep, fail: Fail) -> None:
    function = keep(record="all")
    for _ in range(DISABLE_AFTER_FAILURES):
        fail(function)
        fail(function, outcome=Outcome.OK)

    assert not found(store).enabled


@pytest.mark.parametrize(("more", "is_enabled"), [(0, False), (1, True)])
def test_so_many_of_the_latest_executions_are_looked_at(
    store: SqliteStore, keep: Keep, fail: Fail, more: int, *, is_enabled: bool
) -> None:
    function = keep(record="all")
    fail(function, DISABLE_AFTER_FAILURES - 1)
    fail(function, DISABLE_EXAMINED - DISABLE_AFTER_FAILURES + more, outcome=Outcome.OK)

    fail(function)

    assert found(store).enabled is is_enabled


def test_failures_count_together_within_a_minute_and_no_longer(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock
) -> None:
    slow, fast = keep(FUNCTION), keep(OTHER_FUNCTION)
    apart_ms = DISABLE_WITHIN_S * 1000 // (DISABLE_AFTER_FAILURES - 1)

    fail(slow, 20, apart_ms=apart_ms + 1)
    clock.time_ms += 3_600_000
    fail(fast, DISABLE_AFTER_FAILURES, apart_ms=apart_ms)

    assert found(store, slow.id).enabled
    assert not found(store, fast.id).enabled


def test_failures_of_other_functions_do_not_count(
    store: SqliteStore, keep: Keep, fail: Fail
) -> None:
    mine, other = keep(), keep(OTHER_FUNCTION)
    theirs = keep(FUNCTION, OTHER_ACCOUNT)

    for function in (mine, other, theirs):
        fail(function, DISABLE_AFTER_FAILURES - 1)

    assert found(store, mine.id).enabled
    assert found(store, other.id).enabled


def test_each_revision_begins_anew(store: SqliteStore, keep: Keep, fail: Fail) -> None:
    first = keep()
    fail(first, DISABLE_AFTER_FAILURES - 1)
    second = first.changed({**first.document, "function_js": "return 2"}, 5)
    store.functions.replace(second, first.revision)

    fail(second, DISABLE_AFTER_FAILURES - 1)
    assert found(store) == second

    fail(second)
    assert not found(store).enabled


def test_what_a_version_does_is_recorded_and_disables_nothing(
    store: SqliteStore, keep: Keep, fail: Fail
) -> None:
    function = keep()
    fail(function, DISABLE_AFTER_FAILURES, version="1")

    fail(function)

    assert found(store) == function
    recorded = store.records.walk(ACCOUNT, FUNCTION, at_once=50)
    versions = sorted(record.version for record in recorded)
    assert versions == ["$LATEST"] + ["1"] * DISABLE_AFTER_FAILURES


def test_a_version_that_fails_amid_failures_of_the_draft_takes_no_draft_s_place(
    store: SqliteStore, keep: Keep, clock: SetClock, fail: Fail
) -> None:
    draft = keep()
    for _ in range(DISABLE_AFTER_FAILURES):
        store.records.add(*ended(draft, clock))
    version = replace(draft, document={**draft.document, "function_js": "return 'version 1'"})

    fail(version, version="1")

    assert found(store) == draft


def test_failures_of_an_older_revision_leave_the_newer_one_alone(
    store: SqliteStore, keep: Keep, fail: Fail
) -> None:
    first = keep()
    second = first.changed({**first.document, "function_js": "return 2"}, 5)
    store.functions.replace(second, first.revision)

    fail(first, DISABLE_AFTER_FAILURES * 2)

    assert found(store) == second


def test_a_function_that_was_deleted_meanwhile_stays_so(
    store: SqliteStore, keep: Keep, fail: Fail
) -> None:
    function = keep()
    store.functions.remove(ACCOUNT, FUNCTION, 1)

    fail(function, DISABLE_AFTER_FAILURES)

    with pytest.raises(FunctionNotFoundError):
        found(store)


def test_disabling_says_so_in_the_log_and_gives_no_text_of_the_user_away(
    keep: Keep, fail: Fail, caplog: pytest.LogCaptureFixture
) -> None:
    fail(keep(function_js="return 'hunter2'"), DISABLE_AFTER_FAILURES)

    [line] = caplog.records
    assert line.levelno == logging.WARNING
    assert line.getMessage() == f"{ACCOUNT} {FUNCTION} disabled: {REASON}"
    assert "hunter2" not in caplog.text
    assert "no items" not in caplog.text


def test_all_that_the_platform_disabled_is_enabled_and_nothing_else(
    store: SqliteStore, failures: FailureService, keep: Keep, fail: Fail, clock: SetClock
) -> None:
    failing = [keep(f"{number:032x}") for number in range(3)]
    theirs = keep(account_id=OTHER_ACCOUNT)
    off, healthy = keep(FUNCTION, enabled=False), keep(OTHER_FUNCTION)
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
    store: SqliteStore, failures: FailureService, keep: Keep, fail: Fail
) -> None:
    fail(keep(), DISABLE_AFTER_FAILURES)
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
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock
) -> Callable[..., Sequence[Function]]:
    """Enable a function that failed while somebody else writes what the rivals say."""

    def enable_all(*rivals: Callable[[Function], Function | None]) -> Sequence[Function]:
        fail(keep(), DISABLE_AFTER_FAILURES)
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
