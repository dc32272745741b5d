"""Executions that shadows repeat by messages, as on AWS: bounded by their age."""

from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from isolambda_core.adapters.codecs.shadow_messages import (
    dump_shadow_message,
    read_shadow_message,
)
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.operations import RecordedOperations
from isolambda_core.domain.executions.records import ExecutionPayload, ExecutionRecord, Status
from isolambda_core.domain.executions.wire import MalformedMessageError
from isolambda_core.domain.functions.aliases import Alias, Shadow, Target
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.limits import SHADOW_S, SHADOW_WAITS_S
from isolambda_core.domain.queue.messages import Acknowledge, Retry
from isolambda_core.domain.shadows.messages import QueuedShadow
from isolambda_core.services.shadows.queued import QueuedShadowService, open_queued_shadows
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, Keep
from tests.support.services import Machine

ONE = ExecutionResult("", Outcome.OK, b"1", recorded=RecordedOperations())


@pytest.fixture
def service(machine: Machine, executor: ScriptedExecutor) -> QueuedShadowService:
    executor.ends(ONE)
    return open_queued_shadows(machine.store, machine.dispatch, machine.store.queue)


@pytest.fixture
def alias(machine: Machine, keep: Keep) -> Alias:
    keep(function_js="return 1")
    machine.services.versions.publish(ACCOUNT, FUNCTION, "")
    return machine.services.aliases.create(
        ACCOUNT, FUNCTION, "live", Target(1), "", shadow=Shadow(1.0)
    )


@pytest.fixture
def message(machine: Machine, alias: Alias, clock: SetClock) -> QueuedShadow:
    """Return the message of an execution whose record is there."""
    execution_id = new_execution_id(clock.now_ms())
    record = ExecutionRecord(
        execution_id, ACCOUNT, FUNCTION, "1", "live", 1, "kazoo", "", Status.SUCCEEDED
    )
    payload = ExecutionPayload(b"{}", result=replace(ONE, execution_id=execution_id))
    machine.store.records.add(record, payload)
    return QueuedShadow(ACCOUNT, FUNCTION, execution_id, "live", alias.revision, clock.now_ms())


def counts(machine: Machine, alias: Alias) -> tuple[int, int]:
    report = machine.store.shadows.get(alias)
    return report.equal, report.dropped


def test_the_execution_of_its_record_is_repeated(
    machine: Machine,
    service: QueuedShadowService,
    message: QueuedShadow,
    alias: Alias,
    executor: ScriptedExecutor,
) -> None:
    assert service.perform(message) == Acknowledge()

    assert [request.replay for request in executor.requests] == [RecordedOperations()] * 3
    assert counts(machine, alias) == (1, 0)


def test_a_backlog_is_dropped_without_a_look_at_the_store_and_counted_with_the_next(
    machine: Machine,
    service: QueuedShadowService,
    message: QueuedShadow,
    alias: Alias,
    executor: ScriptedExecutor,
) -> None:
    old = replace(message, sent_at_ms=message.sent_at_ms - SHADOW_WAITS_S * 1000 - 1)
    unreachable: Any = None
    blind = replace(service, repeater=unreachable)

    assert [blind.perform(old) for _ in range(1_000)] == [Acknowledge()] * 1_000
    assert executor.requests == []
    service.perform(message)

    assert counts(machine, alias) == (1, 1_000)


def test_a_record_that_is_not_there_yet_is_waited_for(
    service: QueuedShadowService, message: QueuedShadow, executor: ScriptedExecutor
) -> None:
    early = replace(message, execution_id="0" * 32)

    assert service.perform(early) == Retry(1.0)
    assert executor.requests == []


def test_a_store_that_does_not_answer_is_asked_again(
    service: QueuedShadowService, message: QueuedShadow
) -> None:
    class Away:
        def get(self, *_: object) -> Alias:
            raise StoreUnavailableError

    away: Any = Away()
    without = replace(service, repeater=replace(service.repeater, aliases=away))

    assert without.perform(message) == Retry(1.0)


def test_an_alias_that_has_changed_or_is_gone_has_nothing_repeated(
    machine: Machine,
    service: QueuedShadowService,
    message: QueuedShadow,
    executor: ScriptedExecutor,
) -> None:
    machine.services.aliases.change(ACCOUNT, FUNCTION, "live", Target(1), "moved", "")
    changed = service.perform(message)
    machine.services.aliases.remove(ACCOUNT, FUNCTION, "live")
    removed = service.perform(message)

    assert (changed, removed) == (Acknowledge(), Acknowledge())
    assert executor.requests == []


def test_what_could_not_be_executed_is_dropped_and_not_tried_again(
    machine: Machine,
    service: QueuedShadowService,
    message: QueuedShadow,
    alias: Alias,
    executor: ScriptedExecutor,
) -> None:
    executor.ends(ExecutorBusyError(), ONE)

    assert service.perform(message) == Acknowledge()
    assert service.perform(message) == Acknowledge()

    assert counts(machine, alias) == (1, 1)


def test_no_execution_begins_when_its_time_is_over(
    machine: Machine,
    service: QueuedShadowService,
    message: QueuedShadow,
    alias: Alias,
    clock: SetClock,
) -> None:
    class Slow(ScriptedExecutor):
        @override
        def execute(self, request: Any) -> ExecutionResult:
            clock.time_ms += SHADOW_S * 1000
            return super().execute(request)

    slow = Slow([ONE])
    repeater = service.repeater
    invocations = replace(repeater.comparer.invocations, executor=slow)
    comparer = replace(repeater.comparer, invocations=invocations)

    replace(service, repeater=replace(repeater, comparer=comparer)).perform(message)

    assert len(slow.requests) == 1
    assert counts(machine, alias) == (0, 0)


def test_a_message_is_read_as_it_was_written(message: QueuedShadow) -> None:
    assert read_shadow_message(dump_shadow_message(message)) == message


@pytest.mark.parametrize("body", ["", "{}", "[1]", '{"account_id": 1}', "x" * 3_000, "null"])
def test_a_message_of_others_is_refused(body: str) -> None:
    with pytest.raises(MalformedMessageError):
        read_shadow_message(body)
