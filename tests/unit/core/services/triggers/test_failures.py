"""A trigger that keeps failing is disabled, and the operator gets an alarm."""

from dataclasses import replace

import pytest

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    Outcome,
)
from isolambda_core.domain.limits import QUEUED_S, TRIGGER_FAILURES
from isolambda_core.domain.queue.messages import Acknowledge, Disposition, SendToDlq
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerEvent,
)
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, OK, Keep
from tests.support.services import Machine

LAST = TRIGGER_FAILURES


@pytest.fixture
def trigger(machine: Machine, keep: Keep) -> Trigger:
    keep(attempts=1)
    document: Document = {"name": "n", "type": "event", "pattern": {"source": ["shop"]}}
    return machine.services.triggers.create(ACCOUNT, FUNCTION, document)


def happen(machine: Machine, trigger: Trigger, *event_ids: int) -> Disposition:
    """Let events happen, one after the other, and return what came of the last."""
    disposition: Disposition = Acknowledge()
    for event_id in event_ids:
        trigger_event = TriggerEvent(str(event_id), machine.clock.now_ms(), "{}")
        message = machine.services.events.save(trigger, trigger_event)
        disposition = machine.dispatch.perform(message, 1)
    return disposition


def found(machine: Machine, trigger: Trigger) -> Trigger:
    return machine.store.triggers.get(ACCOUNT, FUNCTION, trigger.id)


@pytest.mark.parametrize(
    "outcome", [Outcome.EXCEPTION, Outcome.EXCEEDED_WALL_TIME, Outcome.INTERNAL_ERROR]
)
def test_ten_failures_in_a_row_disable_a_trigger(
    machine: Machine, trigger: Trigger, outcome: Outcome
) -> None:
    machine.executor.ends(replace(FAILED, outcome=outcome))
    happen(machine, trigger, *range(LAST - 1))
    assert found(machine, trigger).enabled
    assert machine.alarms == []

    assert happen(machine, trigger, LAST) == SendToDlq()

    disabled = found(machine, trigger)
    assert not disabled.enabled
    assert disabled.disable_reason == "10 failures in a row; the last: TypeError"
    assert not machine.sources.bound[trigger.id].enabled
    assert machine.alarms == ["disabled"]


def test_what_a_function_says_of_its_failure_is_in_no_log(
    machine: Machine, trigger: Trigger, caplog: pytest.LogCaptureFixture
) -> None:
    error = ExecutionError("a card number\nINFO: forged", "m")
    machine.executor.ends(replace(FAILED, error=error))
    happen(machine, trigger, *range(LAST))

    assert f"trigger {trigger.id} disabled" in caplog.messages
    assert "card number" not in caplog.text
    assert all("card number" not in str(vars(record)) for record in caplog.records)


def test_what_a_budget_did_not_allow_does_not_count(machine: Machine, trigger: Trigger) -> None:
    account = machine.store.accounts.get(ACCOUNT)
    nothing: Document = {**account.document, "budget": {"executions": {"month": 0}}}
    machine.store.accounts.replace(account.changed(nothing, 1), account)
    events = [TriggerEvent(str(each), machine.clock.now_ms(), "{}") for each in range(LAST)]
    messages = [machine.services.events.save(trigger, event) for event in events]
    machine.clock.time_ms += QUEUED_S * 1000 + 1

    assert {machine.dispatch.perform(message, 1) for message in messages} == {SendToDlq()}

    assert found(machine, trigger).enabled
    assert machine.executor.requests == []


def test_what_was_too_old_to_be_attempted_does_not_count(
    machine: Machine, trigger: Trigger
) -> None:
    call_executor = machine.services.triggers.patch(
        ACCOUNT, FUNCTION, trigger.id, {"maximum_age_s": 60}
    )
    machine.clock.time_ms += 1_000_000

    for event_id in range(LAST):
        old = TriggerEvent(str(event_id), machine.clock.now_ms() - 61_000, "{}")
        message = machine.services.events.save(call_executor, old)
        assert machine.dispatch.perform(message, 1) == SendToDlq()

    assert found(machine, call_executor).failures == 0


def test_what_was_under_way_when_it_was_disabled_disables_it_no_more(
    machine: Machine, trigger: Trigger
) -> None:
    machine.executor.ends(FAILED)
    happen(machine, trigger, *range(LAST))
    disabled = found(machine, trigger)

    happen(machine, trigger, *range(100, 100 + LAST))

    assert found(machine, trigger).revision == disabled.revision
    assert machine.alarms == ["disabled"]


def test_a_success_in_between_restarts_the_count(machine: Machine, trigger: Trigger) -> None:
    machine.executor.ends(FAILED)
    happen(machine, trigger, *range(LAST - 1))
    machine.executor.ends(OK)
    happen(machine, trigger, 100)
    machine.executor.ends(FAILED)
    happen(machine, trigger, *range(200, 200 + LAST - 1))
    assert found(machine, trigger).enabled

    happen(machine, trigger, 300)
    assert not found(machine, trigger).enabled


def test_a_change_restarts_the_count(machine: Machine, trigger: Trigger) -> None:
    machine.executor.ends(FAILED)
    happen(machine, trigger, *range(LAST - 1))
    mended = machine.services.triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"name": "m"})

    happen(machine, mended, 100)

    assert found(machine, mended).enabled


def test_failures_of_another_trigger_do_not_count(machine: Machine, trigger: Trigger) -> None:
    other = machine.services.triggers.create(ACCOUNT, FUNCTION, trigger.document)
    machine.executor.ends(FAILED)

    happen(machine, trigger, *range(LAST - 1))
    happen(machine, other, 100)

    assert found(machine, trigger).enabled
    assert found(machine, other).enabled


def test_an_attempt_that_is_followed_by_another_does_not_count(
    machine: Machine, trigger: Trigger
) -> None:
    function = machine.store.functions.get(ACCOUNT, FUNCTION)
    patient = function.changed({**function.document, "attempts": 3}, 1)
    machine.store.functions.replace(patient, function)
    machine.executor.ends(FAILED)

    happen(machine, trigger, *range(LAST))

    assert found(machine, trigger).failures == 0


def test_a_trigger_of_a_function_that_is_disabled_is_disabled_in_the_end(
    machine: Machine, trigger: Trigger
) -> None:
    function = machine.store.functions.get(ACCOUNT, FUNCTION)
    disabled = function.changed({**function.document, "enabled": False}, 1)
    machine.store.functions.replace(disabled, function)

    happen(machine, trigger, *range(LAST))

    reason = found(machine, trigger).disable_reason
    assert reason == "10 failures in a row; the last: FunctionDisabled"


def test_a_trigger_that_is_gone_counts_no_failure(machine: Machine, trigger: Trigger) -> None:
    machine.executor.ends(FAILED)
    machine.services.triggers.remove(ACCOUNT, FUNCTION, trigger.id)

    assert happen(machine, trigger, 1) == SendToDlq()


def test_the_failure_that_comes_after_a_change_disables_nothing(
    machine: Machine, trigger: Trigger
) -> None:
    class Overtaken:
        def __getattr__(self, name: str) -> object:
            return getattr(machine.store.triggers, name)

        def replace(self, *_: object) -> None:
            raise RevisionConflictError

    failures = machine.dispatch.trigger_failures
    overtaken = replace(failures.triggers, triggers=Overtaken())  # type: ignore[arg-type]
    dispatch = replace(machine.dispatch, trigger_failures=replace(failures, triggers=overtaken))
    machine.executor.ends(FAILED)

    happen(replace(machine, dispatch=dispatch), trigger, *range(LAST + 1))

    assert found(machine, trigger).enabled
    assert machine.alarms == []
