"""An event is taken once, however often it comes, and becomes one execution."""

import json
from dataclasses import replace

import pytest

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.records import Status
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.limits import RECORD_S
from isolambda_core.domain.queue.messages import Acknowledge, QueuedExecution, Retry, SendToDlq
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerEvent,
)
from isolambda_core.services.triggers.events import EventService
from tests.support.faults import (
    Fault,
    KilledError,
)
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, OK, Keep
from tests.support.services import Machine

NOW_MS = 1_800_000_000_000
EVENT = TriggerEvent("the id of an event", NOW_MS - 5_000, '{"order":7}')


@pytest.fixture
def trigger(machine: Machine, keep: Keep) -> Trigger:
    keep()
    document: Document = {"name": "n", "type": "event", "pattern": {"source": ["shop"]}}
    trigger = machine.services.triggers.create(ACCOUNT, FUNCTION, document)
    waiting = machine.store.queue.next()
    assert waiting is not None
    machine.store.queue.forget(waiting)
    return trigger


@pytest.fixture
def events(machine: Machine) -> EventService:
    return machine.services.events


def queued(machine: Machine) -> QueuedExecution | None:
    waiting = machine.store.queue.next()
    if waiting is None:
        return None
    assert isinstance(waiting.message, QueuedExecution)
    return waiting.message


def test_an_event_becomes_a_record_that_waits_in_the_queue(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    accepted = events.accept(trigger, EVENT, "the id of a request")

    message = queued(machine)
    assert message == QueuedExecution(ACCOUNT, FUNCTION, accepted.execution_id, NOW_MS)
    record, contents = machine.whole(message)
    assert (record.trigger, record.trigger_id, record.event_id, record.request_id) == (
        "event",
        trigger.id,
        EVENT.event_id,
        "the id of a request",
    )
    assert (record.status, record.asynchronous) == (Status.QUEUED, True)
    assert (record.asked_at_ms, contents.input) == (EVENT.at_ms, EVENT.payload.encode())


def test_the_function_gets_the_event_and_its_source(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    events.accept(trigger, EVENT)
    message = queued(machine)
    assert message is not None

    assert machine.dispatch.perform(message, 1) == Acknowledge()

    (request,) = machine.executor.requests
    context = json.loads(request.context)
    assert request.input == EVENT.payload.encode()
    assert (context["trigger"], context["trigger_id"], context["event_id"]) == (
        "event",
        trigger.id,
        EVENT.event_id,
    )


def test_an_event_that_comes_again_is_the_same_execution(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    first = events.accept(trigger, EVENT)
    second = events.accept(trigger, EVENT)

    assert (first.replayed, second.replayed) == (False, True)
    assert first.execution_id == second.execution_id
    assert len(list(machine.store.records.iterate(ACCOUNT, FUNCTION, at_once=9))) == 1


def test_an_event_that_comes_again_after_it_ended_is_left_alone(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    assert machine.dispatch.perform(events.save(trigger, EVENT), 1) == Acknowledge()
    ended = machine.found(events.save(trigger, EVENT))

    assert machine.dispatch.perform(events.save(trigger, EVENT), 2) == Acknowledge()
    assert machine.found(events.save(trigger, EVENT)) == ended
    assert len(machine.executor.requests) == 1


def test_what_is_performed_in_place_is_not_queued(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    message = events.save(trigger, EVENT)

    assert machine.found(message).status is Status.QUEUED
    assert queued(machine) is None


def test_what_is_performed_in_place_is_tried_as_often_as_its_function_says(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    machine.executor.ends(FAILED)

    names = [
        machine.dispatch.perform(events.save(trigger, EVENT), received).name
        for received in range(1, 4)
    ]

    assert names == [Retry.name, Retry.name, SendToDlq.name]


def test_one_event_of_two_triggers_is_two_executions(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    other = machine.services.triggers.create(ACCOUNT, FUNCTION, trigger.document)

    assert events.save(trigger, EVENT) != events.save(other, EVENT)


def test_an_event_that_is_too_old_is_not_attempted(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    call_executor = replace(trigger, document={**trigger.document, "maximum_age_s": 60})
    message = events.save(call_executor, EVENT)
    machine.clock.time_ms = EVENT.at_ms + 60_001

    assert machine.dispatch.perform(message, 1) == SendToDlq()

    record = machine.found(message)
    assert record.error is not None
    assert (record.status, record.error.name) == (Status.FAILED, "ExecutionExpired")
    assert machine.executor.requests == []


def test_an_event_that_is_just_young_enough_is_attempted(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    call_executor = replace(trigger, document={**trigger.document, "maximum_age_s": 60})
    message = events.save(call_executor, EVENT)
    machine.clock.time_ms = EVENT.at_ms + 60_000

    assert machine.dispatch.perform(message, 1) == Acknowledge()


def test_an_old_event_is_kept_for_as_long_as_any_other(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    """A message may have waited in its queue for two weeks."""
    old = replace(EVENT, at_ms=NOW_MS - 14 * 24 * 3_600_000)

    record = machine.found(events.save(trigger, old))

    assert record.expires_at == NOW_MS // 1000 + RECORD_S


def test_an_event_for_a_version_that_is_gone_fails_where_it_is_seen(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    elsewhere = replace(trigger, document={**trigger.document, "qualifier": "live"})
    message = events.save(elsewhere, EVENT)

    assert machine.dispatch.perform(message, 1) == SendToDlq()

    record = machine.found(message)
    assert record.error is not None
    assert (record.qualifier, record.error.name) == ("live", "QualifierNotFound")


def test_an_event_for_a_function_that_is_gone_is_not_taken(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    machine.services.functions.remove(ACCOUNT, FUNCTION)

    with pytest.raises(FunctionNotFoundError):
        events.accept(trigger, EVENT)
    assert list(machine.store.records.iterate(ACCOUNT, FUNCTION, at_once=9)) == []


@pytest.mark.parametrize("error", [StoreUnavailableError, KilledError])
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("in_place", [False, True], ids=["queued", "in place"])
def test_an_event_is_executed_and_ends_once_whatever_happens_at_a_step(
    machine: Machine,
    trigger: Trigger,
    error: type[BaseException],
    late: bool,
    at: int,
    in_place: bool,
) -> None:
    fault = Fault(error, at, late)
    records = replace(machine.services.records, records=fault.on("records", machine.store.records))
    events = replace(
        machine.services.events,
        records=records,
        idempotency_records=fault.on("claims", machine.store.idempotency_records),
        queue=fault.on("queue", machine.store.queue),
    )
    dispatch = replace(machine.dispatch, records=records)

    def deliver() -> bool:
        """Let the source deliver the event, and return whether it is rid of it."""
        try:
            if in_place:
                return dispatch.perform(events.save(trigger, EVENT), 1) == Acknowledge()
            events.accept(trigger, EVENT)
        except (StoreUnavailableError, KilledError):
            return False
        return True

    for _ in range(3):  # a source brings it again, and sometimes once too often
        deliver()
    assert deliver()
    while (waiting := machine.store.queue.next()) is not None:
        assert isinstance(waiting.message, QueuedExecution)
        assert machine.dispatch.perform(waiting.message, 1) == Acknowledge()
        machine.store.queue.forget(waiting)

    (record,) = machine.store.records.iterate(ACCOUNT, FUNCTION, at_once=9)
    assert (record.status, record.attempts) == (Status.SUCCEEDED, 1)
    assert 1 <= len(machine.executor.requests) <= 2


def test_an_event_without_a_time_has_that_of_its_first_coming(
    machine: Machine, events: EventService, trigger: Trigger
) -> None:
    first = events.first_seen_ms(trigger, "e")
    machine.clock.time_ms += (RECORD_S - 1) * 1000

    assert (first, events.first_seen_ms(trigger, "e")) == (NOW_MS, NOW_MS)
    assert events.first_seen_ms(trigger, "another") == machine.clock.now_ms()
    machine.clock.time_ms += 1_000
    assert events.first_seen_ms(trigger, "e") == machine.clock.now_ms()


def test_an_execution_of_no_trigger_has_neither_trigger_nor_event(
    machine: Machine, keep: Keep
) -> None:
    keep()
    machine.executor.ends(OK)
    message = machine.submit()
    machine.dispatch.perform(message, 1)

    record = machine.found(message)
    context = json.loads(machine.executor.requests[0].context)
    assert (record.trigger_id, record.event_id) == (None, None)
    assert (context["trigger_id"], context["event_id"]) == (None, None)
