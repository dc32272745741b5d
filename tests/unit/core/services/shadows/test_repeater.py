"""What becomes of an execution that the shadow of its alias repeats."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.operations import RecordedOperation, RecordedOperations
from isolambda_core.domain.executions.records import ExecutionPayload, ExecutionRecord, Status
from isolambda_core.domain.functions.aliases import Alias, Shadow, Target
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.shadows.report import ShadowReport
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_core.services.replays.comparer import OutOfTimeError
from isolambda_core.services.shadows.repeater import ShadowRepeater, open_repeater
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, Keep

OPERATIONS = RecordedOperations((RecordedOperation("kv", '{"op":"get"}'),))
ONE, TWO = (
    ExecutionResult("", Outcome.OK, text, recorded=RecordedOperations()) for text in (b"1", b"2")
)


@pytest.fixture
def repeater(store: SqliteStore, services: Services) -> ShadowRepeater:
    store.accounts.add(Account(ACCOUNT, {"name": "mine", "enabled": True}, 1, 1))
    return open_repeater(store, services.invocations)


@pytest.fixture
def alias(services: Services, keep: Keep) -> Alias:
    """Return an alias of version 1 with the draft as its shadow."""
    keep(function_js="return 1", record="all", kv=["things"])
    services.versions.publish(ACCOUNT, FUNCTION, "")
    services.functions.patch(ACCOUNT, FUNCTION, {"function_js": "return 2"})
    return services.aliases.create(ACCOUNT, FUNCTION, "live", Target(1), "", shadow=Shadow(1.0))


@pytest.fixture
def shadowed(alias: Alias, clock: SetClock) -> Shadowed:
    execution_id = new_execution_id(clock.now_ms())
    record = ExecutionRecord(
        execution_id, ACCOUNT, FUNCTION, "1", "live", 1, "kazoo", "", Status.SUCCEEDED
    )
    result = replace(ONE, execution_id=execution_id, recorded=OPERATIONS)
    payload = ExecutionPayload(b'{"To":"1"}', result=result)
    return Shadowed(alias, record, payload, is_recorded=True)


def report(store: SqliteStore, alias: Alias) -> ShadowReport:
    return store.shadows.get(alias)


def test_it_is_executed_on_both_versions_answered_from_what_was_recorded(
    repeater: ShadowRepeater, shadowed: Shadowed, executor: ScriptedExecutor, store: SqliteStore
) -> None:
    executor.ends(replace(ONE, recorded=OPERATIONS))

    complete(repeater.repeat(shadowed, dropped=2))

    sources = [request.source for request in executor.requests]
    assert sources == ["return 1", "return 1", "return 2"]
    for request in executor.requests:
        assert (request.replay, request.kv, request.tools) == (OPERATIONS, None, None)
        assert request.input == b'{"To":"1"}'
        assert request.version not in {"1", "$LATEST"}  # isolates of live executions
    found = report(store, shadowed.alias)
    assert (found.equal, found.different, found.dropped) == (1, 0, 2)


def test_a_difference_that_stays_is_added_to_the_report(
    repeater: ShadowRepeater, shadowed: Shadowed, executor: ScriptedExecutor, store: SqliteStore
) -> None:
    executor.ends(ONE, ONE, TWO, ONE, TWO)

    complete(repeater.repeat(replace(shadowed, payload=ExecutionPayload(b"{}", result=ONE))))

    found = report(store, shadowed.alias)
    assert (found.equal, found.different) == (0, 1)
    [execution] = found.found
    assert execution.execution_id == shadowed.record.execution_id
    assert [(each.path, each.old, each.new) for each in execution.found] == [("/result", 1, 2)]


def test_it_leaves_no_record_but_its_own(
    repeater: ShadowRepeater, shadowed: Shadowed, executor: ScriptedExecutor, store: SqliteStore
) -> None:
    executor.ends(ONE)

    complete(repeater.repeat(replace(shadowed, is_recorded=False)))

    records = list(store.records.iterate(ACCOUNT, FUNCTION, at_once=9))
    assert [record.id for record in records] == [shadowed.record.execution_id]


def gone(_store: SqliteStore, services: Services, _alias: Alias) -> None:
    services.functions.remove(ACCOUNT, FUNCTION)


def moved(_store: SqliteStore, services: Services, _alias: Alias) -> None:
    services.aliases.change(ACCOUNT, FUNCTION, "live", Target(1), "moved", "")


def removed(_store: SqliteStore, services: Services, _alias: Alias) -> None:
    services.aliases.remove(ACCOUNT, FUNCTION, "live")


def disabled(store: SqliteStore, _services: Services, _alias: Alias) -> None:
    account = store.accounts.get(ACCOUNT)
    store.accounts.replace(
        replace(account, document={**account.document, "enabled": False}, revision=2), account
    )


@pytest.mark.parametrize("happens", [gone, moved, removed, disabled])
def test_what_has_changed_in_the_meantime_is_executed_no_more(
    repeater: ShadowRepeater,
    shadowed: Shadowed,
    executor: ScriptedExecutor,
    store: SqliteStore,
    services: Services,
    happens: Callable[..., None],
) -> None:
    happens(store, services, shadowed.alias)
    executor.requests.clear()

    complete(repeater.repeat(replace(shadowed, is_recorded=False)))

    assert executor.requests == []
    assert report(store, shadowed.alias) == ShadowReport()
    assert list(store.records.iterate(ACCOUNT, FUNCTION, at_once=9)) == []


def test_a_report_of_an_alias_that_changed_meanwhile_is_forgotten(
    repeater: ShadowRepeater,
    shadowed: Shadowed,
    executor: ScriptedExecutor,
    store: SqliteStore,
    services: Services,
) -> None:
    def has_time() -> bool:
        if len(executor.requests) == 2:  # before the third, and last, execution
            moved(store, services, shadowed.alias)
        return True

    executor.ends(ONE)

    complete(repeater.repeat(shadowed, has_time=has_time))

    assert len(executor.requests) == 3
    assert report(store, services.aliases.fetch(ACCOUNT, FUNCTION, "live")) == ShadowReport()


def test_what_another_process_added_first_is_kept(
    repeater: ShadowRepeater, shadowed: Shadowed, executor: ScriptedExecutor, store: SqliteStore
) -> None:
    executor.ends(ONE)
    saves: list[int] = []

    class Rival:
        def get(self, alias: Alias) -> ShadowReport:
            return store.shadows.get(alias)

        def save(self, alias: Alias, found: ShadowReport) -> None:
            saves.append(found.revision)
            if len(saves) == 1:
                raise RevisionConflictError
            store.shadows.save(alias, found)

    reports: Any = Rival()
    complete(replace(repeater, reports=reports).repeat(shadowed))

    assert saves == [1, 1]
    assert report(store, shadowed.alias).revision == 1


def test_a_function_that_is_disabled_is_skipped_with_the_reason(
    repeater: ShadowRepeater, shadowed: Shadowed, services: Services, store: SqliteStore
) -> None:
    services.functions.patch(ACCOUNT, FUNCTION, {"enabled": False})

    complete(repeater.repeat(shadowed))

    found = report(store, shadowed.alias)
    assert (found.skipped, found.equal, found.different) == (1, 0, 0)
    assert "disabled" in str(found.reason)


def test_one_for_which_no_worker_came_free_changes_no_report(
    repeater: ShadowRepeater, shadowed: Shadowed, executor: ScriptedExecutor, store: SqliteStore
) -> None:
    executor.ends(ExecutorBusyError())

    with pytest.raises(ExecutorBusyError):
        complete(repeater.repeat(shadowed))

    assert report(store, shadowed.alias) == ShadowReport()


def test_no_execution_begins_after_the_end(
    repeater: ShadowRepeater, shadowed: Shadowed, executor: ScriptedExecutor
) -> None:
    executor.ends(ONE)
    times = iter([True, False])

    with pytest.raises(OutOfTimeError):
        complete(repeater.repeat(shadowed, has_time=times.__next__))

    assert len(executor.requests) == 1
