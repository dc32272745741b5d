import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import pytest
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.domain.acting import Actor, acting
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.callflow_result import NOT_A_CALLFLOW
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.functions.functions import (
    LATEST,
    Function,
)
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.limits import (
    BREAKER_S,
    BREAKER_S_MAX,
    BREAKERS_MAX,
    DISABLE_AFTER_FAILURES,
    DISABLE_EXAMINED,
    DISABLE_WITHIN_S,
)
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.executions.records import new_record
from isolambda_core.services.functions.failures import FailureService
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.functions import SqliteFunctionRepository
from tests.support.clocks import SetClock
from tests.support.samples import ACCOUNT, FUNCTION, OTHER_ACCOUNT, OTHER_FUNCTION, Keep

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
            services.records.save(function, record, contents)
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
) -> tuple[ExecutionRecord, ExecutionPayload]:
    """Return the record of an execution of a function that ended just now."""
    error = None if outcome is Outcome.OK else ExecutionError(error_name, "no items")
    result = ExecutionResult(new_execution_id(clock.now_ms()), outcome, error=error)
    order = Invocation(function.account_id, function.id, b"null", version, origin=Origin(trigger))
    asked = new_record(order, Resolved(function, version, version), result.execution_id)
    return asked.ended(result, clock.now_ms()), ExecutionPayload(order.payload, result=result)


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
    assert (disabled.enabled, disabled.draft_enabled) == (True, False)
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

    assert not found(store).draft_enabled


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.INTERNAL_ERROR])
def test_a_success_and_a_fault_of_ours_are_no_failures(
    store: SqliteStore, keep: Keep, fail: Fail, outcome: Outcome
) -> None:
    function = keep(record="all")

    fail(function, DISABLE_AFTER_FAILURES * 2, outcome=outcome)

    assert found(store) == function
    recorded = list(store.records.iterate(ACCOUNT, FUNCTION, at_once=100))
    assert len(recorded) == DISABLE_AFTER_FAILURES * 2
    assert not any(record.has_itself_failed for record in recorded)


@pytest.mark.parametrize("trigger", ["kazoo", "pivot"])
def test_failures_for_kazoo_count(store: SqliteStore, keep: Keep, fail: Fail, trigger: str) -> None:
    function = keep()
    fail(function, DISABLE_AFTER_FAILURES - 1, trigger=trigger)
    fail(function, DISABLE_AFTER_FAILURES, trigger="codemash")
    assert found(store).draft_enabled

    fail(function, trigger=trigger)
    assert not found(store).draft_enabled


def test_a_success_between_does_not_save_it(store: SqliteStore, keep: Keep, fail: Fail) -> None:
    function = keep(record="all")
    for _ in range(DISABLE_AFTER_FAILURES):
        fail(function)
        fail(function, outcome=Outcome.OK)

    assert not found(store).draft_enabled


@pytest.mark.parametrize(("more", "is_enabled"), [(0, False), (1, True)])
def test_so_many_of_the_latest_executions_are_looked_at(
    store: SqliteStore, keep: Keep, fail: Fail, more: int, *, is_enabled: bool
) -> None:
    function = keep(record="all")
    fail(function, DISABLE_AFTER_FAILURES - 1)
    fail(function, DISABLE_EXAMINED - DISABLE_AFTER_FAILURES + more, outcome=Outcome.OK)

    fail(function)

    assert found(store).draft_enabled is is_enabled


def test_failures_count_together_within_a_minute_and_no_longer(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock
) -> None:
    slow, fast = keep(FUNCTION), keep(OTHER_FUNCTION)
    apart_ms = DISABLE_WITHIN_S * 1000 // (DISABLE_AFTER_FAILURES - 1)

    fail(slow, 20, apart_ms=apart_ms + 1)
    clock.time_ms += 3_600_000
    fail(fast, DISABLE_AFTER_FAILURES, apart_ms=apart_ms)

    assert found(store, slow.id).draft_enabled
    assert not found(store, fast.id).draft_enabled


def test_failures_of_other_functions_do_not_count(
    store: SqliteStore, keep: Keep, fail: Fail
) -> None:
    mine, other = keep(), keep(OTHER_FUNCTION)
    theirs = keep(FUNCTION, OTHER_ACCOUNT)

    for function in (mine, other, theirs):
        fail(function, DISABLE_AFTER_FAILURES - 1)

    assert found(store, mine.id).draft_enabled
    assert found(store, other.id).draft_enabled


def test_each_revision_restarts_the_count(store: SqliteStore, keep: Keep, fail: Fail) -> None:
    first = keep()
    fail(first, DISABLE_AFTER_FAILURES - 1)
    second = first.changed({**first.document, "function_js": "return 2"}, 5)
    store.functions.replace(second, first)

    fail(second, DISABLE_AFTER_FAILURES - 1)
    assert found(store) == second

    fail(second)
    assert not found(store).draft_enabled


@pytest.mark.parametrize("failing", [LATEST, "1", "2", "9999999999"])
def test_what_fails_is_disabled_and_other_versions_are_not(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock, failing: str
) -> None:
    function = keep()
    for version in (LATEST, "1", "2", "9999999999"):
        if version != failing:
            fail(function, DISABLE_AFTER_FAILURES - 1, version=version)

    fail(function, DISABLE_AFTER_FAILURES, version=failing)

    disabled = found(store)
    assert disabled.breakers.keys() == {failing}
    now = clock.now()
    refused = {each for each in (LATEST, "1", "2", "9999999999") if disabled.refuses(each, now)}
    assert refused == {failing}
    assert disabled.document == function.document


def test_it_says_which_versions_are_disabled_and_why(
    store: SqliteStore, keep: Keep, fail: Fail
) -> None:
    keep()
    for version in ("12", LATEST, "3"):
        fail(found(store), DISABLE_AFTER_FAILURES, version=version)

    assert found(store).disable_reason == f"{REASON}; version 12: {REASON}; version 3: {REASON}"


def test_of_many_versions_that_fail_so_many_are_disabled_at_once(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock
) -> None:
    keep()
    for number in range(1, BREAKERS_MAX + 3):
        fail(found(store), DISABLE_AFTER_FAILURES, version=str(number))
        clock.time_ms += 1_000

    latest = {str(number) for number in range(3, BREAKERS_MAX + 3)}
    assert found(store).breakers.keys() == latest


def opened_for(function: Function, clock: SetClock, version: str = LATEST) -> int:
    return function.breakers[version].open_until - clock.now()


@pytest.mark.parametrize("version", [LATEST, "1"])
def test_it_is_tried_again_after_30_s_and_then_each_time_twice_as_late(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock, version: str
) -> None:
    fail(keep(), DISABLE_AFTER_FAILURES, apart_ms=0, version=version)
    times = []
    for _ in range(10):
        times.append(opened_for(found(store), clock, version))
        clock.time_ms += times[-1] * 1_000 - 1
        assert found(store).refuses(version, clock.now())
        clock.time_ms += 1
        assert not found(store).refuses(version, clock.now())
        fail(found(store), apart_ms=0, version=version)

    assert times == [30, 60, 120, 240, 480, 960, 1_920, 3_840, 3_840, 3_840]


@pytest.mark.parametrize("version", [LATEST, "1"])
@pytest.mark.parametrize("trigger", ["kazoo", "pivot", "codemash", "schedule"])
@pytest.mark.parametrize("record", ["all", "failures"])
def test_a_success_enables_it_and_it_fails_as_often_before_it_is_disabled(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock,
    version: str, trigger: str, record: str,
) -> None:  # fmt: skip
    fail(keep(record=record), DISABLE_AFTER_FAILURES, version=version)
    clock.time_ms += BREAKER_S * 1_000

    fail(found(store), outcome=Outcome.OK, version=version, trigger=trigger)
    assert found(store).breakers == {}

    fail(found(store), DISABLE_AFTER_FAILURES - 1, apart_ms=0, version=version)
    assert found(store).breakers == {}
    fail(found(store), apart_ms=0, version=version)
    assert opened_for(found(store), clock, version) == BREAKER_S


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.EXCEPTION])
def test_what_began_before_it_was_disabled_says_nothing(
    store: SqliteStore,
    services: Services,
    keep: Keep,
    fail: Fail,
    clock: SetClock,
    outcome: Outcome,
) -> None:
    early, contents = ended(keep(), clock, outcome)
    fail(found(store), DISABLE_AFTER_FAILURES)
    disabled = found(store)
    clock.time_ms += 2 * BREAKER_S * 1_000

    services.records.save(disabled, early, contents)

    assert found(store) == disabled


@pytest.mark.parametrize(
    ("trigger", "outcome", "error_name"),
    [
        ("codemash", Outcome.EXCEPTION, "TypeError"),
        ("pivot", Outcome.INVALID_RESULT, NOT_A_CALLFLOW),
        ("kazoo", Outcome.INTERNAL_ERROR, "EngineError"),
    ],
)
def test_what_is_no_failure_of_its_own_keeps_nothing_disabled(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock,
    trigger: str, outcome: Outcome, error_name: str,
) -> None:  # fmt: skip
    fail(keep(), DISABLE_AFTER_FAILURES)
    disabled = found(store)
    clock.time_ms += BREAKER_S * 1_000

    fail(disabled, 9, outcome=outcome, trigger=trigger, error_name=error_name)

    assert found(store) == disabled


def test_a_version_that_succeeds_says_nothing_of_another(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock
) -> None:
    fail(keep(), DISABLE_AFTER_FAILURES, version="1")
    disabled = found(store)
    clock.time_ms += BREAKER_S * 1_000

    for version in (LATEST, "2", "11"):
        fail(disabled, outcome=Outcome.OK, version=version)

    assert found(store) == disabled


def test_what_its_owner_disables_is_not_tried_again(
    store: SqliteStore, services: Services, keep: Keep, fail: Fail, clock: SetClock
) -> None:
    for version in (LATEST, "1"):
        fail(found(store) if version == "1" else keep(), DISABLE_AFTER_FAILURES, version=version)

    off, _ = services.functions.patch(ACCOUNT, FUNCTION, {"enabled": False})

    clock.time_ms += 2 * BREAKER_S_MAX * 1_000
    assert off.breakers.keys() == {"1"}
    assert off.refuses(LATEST, clock.now())
    assert off.refuses("1", clock.now())
    [enabled] = services.failures.enable_all(ACCOUNT)
    assert not enabled.enabled


@pytest.mark.parametrize("patch", [{"name": "x"}, {"function_js": "return 2"}, {"limits": None}])
def test_a_patch_that_does_not_say_so_enables_nothing(
    store: SqliteStore, services: Services, keep: Keep, fail: Fail, patch: Document
) -> None:
    fail(keep(), DISABLE_AFTER_FAILURES)
    disabled = found(store)

    patched, _ = services.functions.patch(ACCOUNT, FUNCTION, patch)

    assert patched.breakers == disabled.breakers


def test_a_write_that_says_enabled_enables_the_draft_and_all_versions(
    store: SqliteStore, services: Services, keep: Keep, fail: Fail
) -> None:
    document = keep().document
    for enable in (
        lambda: services.functions.patch(ACCOUNT, FUNCTION, {"enabled": True}),
        lambda: services.functions.change(ACCOUNT, FUNCTION, document),
        lambda: services.failures.enable_all(ACCOUNT),
    ):
        for version in (LATEST, "1", "2"):
            fail(found(store), DISABLE_AFTER_FAILURES, version=version)
        assert len(found(store).breakers) == 3

        enable()

        assert found(store).breakers == {}


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
    store.functions.replace(second, first)

    fail(first, DISABLE_AFTER_FAILURES * 2)

    assert found(store) == second


def test_a_function_that_was_deleted_meanwhile_stays_so(
    store: SqliteStore, keep: Keep, fail: Fail
) -> None:
    function = keep()
    store.functions.remove(function)

    fail(function, DISABLE_AFTER_FAILURES)

    with pytest.raises(FunctionNotFoundError):
        found(store)


def test_disabling_says_so_in_the_log_and_gives_no_text_of_the_user_away(
    keep: Keep, fail: Fail, caplog: pytest.LogCaptureFixture
) -> None:
    fail(keep(function_js="return 'hunter2'"), DISABLE_AFTER_FAILURES)

    [line] = caplog.records
    assert line.levelno == logging.WARNING
    assert line.getMessage() == f"{ACCOUNT} {FUNCTION} $LATEST disabled: {REASON}"
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
        assert function.draft_enabled
        assert function.disable_reason is None
        assert (function.revision, function.modified_at) == (3, clock.now())
        assert found(store, function.id) == function
    assert (found(store, off.id), found(store, healthy.id)) == (off, healthy)
    assert not store.functions.get(OTHER_ACCOUNT, theirs.id).draft_enabled
    assert failures.enable_all(ACCOUNT) == []


def test_what_was_enabled_fails_as_often_before_it_is_disabled(
    store: SqliteStore, failures: FailureService, keep: Keep, fail: Fail
) -> None:
    fail(keep(), DISABLE_AFTER_FAILURES)
    [enabled] = failures.enable_all(ACCOUNT)

    fail(enabled, DISABLE_AFTER_FAILURES - 1)
    assert found(store).draft_enabled

    fail(enabled)
    assert not found(store).draft_enabled


@dataclass(frozen=True, slots=True)
class RacedRepository(SqliteFunctionRepository):
    """Other clients do what ``rivals`` say, one before each write of ours."""

    rivals: list[Callable[[Function], Function | None]] = field(default_factory=list)

    @override
    def replace(self, function: Function, before: Function) -> None:
        if self.rivals:
            current = SqliteFunctionRepository.get(self, function.account_id, function.id)
            written = self.rivals.pop(0)(current)
            if written is None:
                self.remove(current)
            else:
                SqliteFunctionRepository.replace(self, written, current)
        SqliteFunctionRepository.replace(self, function, before)


def renamed(function: Function) -> Function:
    return function.changed({**function.document, "name": "theirs"}, 99)


def enabled(function: Function) -> Function:
    return function.with_breakers({}, 99)


def deleted(_: Function) -> None:
    return None


@pytest.fixture
def enable_all(
    store: SqliteStore, keep: Keep, fail: Fail, clock: SetClock
) -> Callable[..., Sequence[Function]]:
    """Enable a function that failed while other clients write what the rivals say."""

    def enable_all(*rivals: Callable[[Function], Function | None]) -> Sequence[Function]:
        fail(keep(), DISABLE_AFTER_FAILURES)
        raced = RacedRepository(store.database, store.audit, list(rivals))
        return FailureService(store.records, raced, clock).enable_all(ACCOUNT)

    return enable_all


EnableAll = Callable[..., Sequence[Function]]


def test_a_function_that_changes_meanwhile_is_enabled_as_it_is_then(
    store: SqliteStore, enable_all: EnableAll
) -> None:
    [function] = enable_all(renamed, renamed)

    assert found(store) == function
    assert function.draft_enabled
    assert function.document["name"] == "theirs"


def test_a_function_that_another_client_enables_is_left_alone(
    store: SqliteStore, enable_all: EnableAll
) -> None:
    [function] = enable_all(enabled)

    assert found(store) == function
    assert function.modified_at == 99


def test_a_function_that_is_deleted_meanwhile_is_passed_over(enable_all: EnableAll) -> None:
    assert enable_all(deleted) == []


def test_a_function_that_never_rests_is_reported(enable_all: EnableAll) -> None:
    with pytest.raises(RevisionConflictError):
        enable_all(*[renamed] * 100)


def test_what_the_platform_disables_no_caller_has_disabled(
    store: SqliteStore, keep: Keep, fail: Fail
) -> None:
    with acting(lambda: Actor("1" * 32, ACCOUNT, address="192.0.2.7")):
        fail(keep(), DISABLE_AFTER_FAILURES)

    kept, disabled = store.audit.iterate(ACCOUNT, 0, descending=False, at_once=10)
    assert (kept.what, kept.who["key_id"]) == ("function.created", "1" * 32)
    assert (disabled.what, disabled.who) == ("function.updated", {"platform": True})
    assert disabled.after is not None
    assert list(cast("Document", disabled.after["disabled_versions"])) == [LATEST]
