"""Schedules on one machine: each run once, whatever happens to the machine."""

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.queue.messages import Acknowledge
from isolambda_local.sources.schedule import DueSchedules
from isolambda_local.sqlite.queue import DueSchedule, Waiting
from tests.support.faults import (
    Fault,
    KilledError,
)
from tests.support.local_runtime import START_MS, SteppedRuntime
from tests.support.samples import ACCOUNT, FUNCTION

MINUTE_MS = 60_000


def times(machine: SteppedRuntime) -> list[str]:
    """Return the times of day for which the function was executed."""
    return [call["scheduled_at"].removeprefix("2027-01-15T") for call in machine.calls]


def test_a_schedule_runs_each_time_and_at_no_other(machine: SteppedRuntime) -> None:
    machine.create(type="schedule", schedule="rate(2 minutes)", input={"a": 1})

    machine.perform_until(START_MS + 5 * MINUTE_MS)

    assert times(machine) == ["08:02:00Z", "08:04:00Z"]
    assert machine.calls[0]["input"] == {"a": 1}


def test_a_schedule_that_is_over_leaves_nothing(machine: SteppedRuntime) -> None:
    machine.create(type="schedule", schedule="at(2027-01-15T08:00:05)")

    machine.perform_until(START_MS + 2 * MINUTE_MS)

    assert times(machine) == ["08:00:05Z"]
    assert machine.store.queue.next() is None


def test_of_runs_that_were_missed_the_last_one_is_made_up_for_and_the_others_are_skipped(
    machine: SteppedRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    trigger = machine.create(type="schedule", schedule="cron(0/10 * * * ? *)")

    machine.clock.time_ms += 65 * MINUTE_MS
    with caplog.at_level(logging.WARNING):
        machine.perform()
    machine.perform_until(START_MS + 71 * MINUTE_MS)

    assert times(machine) == ["09:00:00Z", "09:10:00Z"]
    assert f"trigger {trigger.id} missed runs; the last is made up for: True" in caplog.text


def test_a_run_that_is_only_late_is_not_reported_as_missed(
    machine: SteppedRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    machine.create(type="schedule", schedule="rate(10 minutes)")

    machine.clock.time_ms += 19 * MINUTE_MS
    with caplog.at_level(logging.WARNING):
        machine.perform()

    assert times(machine) == ["08:10:00Z"]
    assert "missed" not in caplog.text


def test_a_run_that_is_older_than_maximum_age_s_is_skipped_as_well(
    machine: SteppedRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    machine.create(type="schedule", schedule="rate(10 minutes)", maximum_age_s=60)

    machine.clock.time_ms += 32 * MINUTE_MS
    with caplog.at_level(logging.WARNING):
        machine.perform()
    machine.perform_until(START_MS + 41 * MINUTE_MS)

    assert times(machine) == ["08:40:00Z"]
    assert "the last is made up for: False" in caplog.text


def test_a_year_of_minutes_is_caught_up_with_at_once(machine: SteppedRuntime) -> None:
    machine.create(type="schedule", schedule="rate(1 minute)")
    reads = Fault()
    schedules = machine.handlers.schedules
    machine.handlers = replace(
        machine.handlers,
        schedules=replace(schedules, queue=reads.on("queue", schedules.queue)),
    )

    machine.clock.time_ms += 365 * 24 * 60 * MINUTE_MS + 1
    machine.perform()

    assert times(machine) == ["2028-01-15T08:00:00Z"]
    assert reads.steps == ["queue.reschedule"]


@pytest.mark.parametrize(
    ("change", "ran"),
    [
        ({"enabled": False}, []),
        ({"schedule": "rate(3 minutes)"}, ["08:03:00Z"]),
        ({"end": "2027-01-15T08:01:00Z"}, []),
    ],
    ids=str,
)
def test_what_is_changed_counts_from_now_on(
    machine: SteppedRuntime, change: dict[str, Any], ran: list[str]
) -> None:
    trigger = machine.create(type="schedule", schedule="rate(2 minutes)")

    machine.local.triggers.patch(ACCOUNT, FUNCTION, trigger.id, change)
    machine.perform_until(START_MS + 3 * MINUTE_MS)

    assert times(machine) == ran


def test_a_trigger_that_is_removed_runs_no_more_and_leaves_nothing(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="schedule", schedule="rate(1 minute)")

    machine.local.triggers.remove(ACCOUNT, FUNCTION, trigger.id)
    machine.perform_until(START_MS + 3 * MINUTE_MS)

    assert machine.calls == []
    assert machine.store.queue.next() is None


def test_a_run_that_is_due_is_not_lost_when_its_trigger_is_settled(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="schedule", schedule="rate(1 minute)")

    machine.clock.time_ms += MINUTE_MS
    machine.local.sources.bind(trigger)
    machine.perform()

    assert times(machine) == ["08:01:00Z"]


def test_a_run_waits_for_the_table_to_say_what_was_bound(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="schedule", schedule="at(2027-01-15T08:00:01)")
    stored = machine.store.triggers.get(ACCOUNT, FUNCTION, trigger.id)
    machine.store.triggers.remove(stored)

    machine.perform_until(START_MS + 5_000)
    none_yet = list(machine.calls)
    machine.store.triggers.add(stored)
    machine.perform_until(START_MS + 10_000)

    assert none_yet == []
    assert times(machine) == ["08:00:01Z"]


def test_a_run_that_the_table_does_not_ask_for_is_none(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="schedule", schedule="rate(2 minutes)")
    changed = {**trigger.document, "schedule": "at(2027-01-15T08:00:01)"}

    # As of a change that was cut off before the table had it.
    machine.local.sources.bind(trigger.changed(changed, None, 1))
    machine.perform_until(START_MS + 3 * MINUTE_MS)

    assert times(machine) == ["08:02:00Z"]


def test_what_was_bound_for_no_trigger_goes_when_it_is_settled(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="schedule", schedule="at(2027-01-15T08:00:01)")
    machine.store.triggers.remove(machine.store.triggers.get(ACCOUNT, FUNCTION, trigger.id))

    machine.perform_until(START_MS + 2 * MINUTE_MS)

    assert machine.store.queue.next() is None
    assert machine.calls == []


STEPS = (
    "triggers.get",
    "records.get",
    "records.require_room",
    "queue.send",
    "records.add",
    "queue.reschedule",
)


def hindered(machine: SteppedRuntime, fault: Fault) -> DueSchedules:
    schedules, store = machine.handlers.schedules, machine.store
    queue = fault.on("queue", store.queue)
    events = schedules.events
    records = replace(events.records, records=fault.on("records", store.records))
    return replace(
        schedules,
        triggers=fault.on("triggers", store.triggers),
        queue=queue,
        events=replace(events, queue=queue, records=records),
    )


def a_due_run(machine: SteppedRuntime) -> tuple[Waiting, DueSchedule]:
    """Have a run come due, and nothing else, and return its message."""
    machine.create(type="schedule", schedule="rate(2 minutes)")
    machine.perform_until(START_MS + 90_000)
    machine.clock.time_ms = START_MS + 2 * MINUTE_MS
    taken = machine.store.queue.next()
    assert taken is not None
    assert isinstance(taken.message, DueSchedule)
    return taken, taken.message


def test_a_run_goes_by_these_steps(machine: SteppedRuntime) -> None:
    uneventful = Fault()

    disposition = hindered(machine, uneventful).take(*a_due_run(machine))

    assert (disposition, tuple(uneventful.steps)) == (Acknowledge(), STEPS)


@pytest.mark.parametrize("at", range(len(STEPS)), ids=STEPS)
@pytest.mark.parametrize("error", [StoreUnavailableError, KilledError])
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_each_run_is_executed_once_whatever_happens_at_a_step(
    machine: SteppedRuntime, at: int, error: type[BaseException], *, late: bool
) -> None:
    fault = Fault(error, at, late)

    with suppress(KilledError):
        hindered(machine, fault).take(*a_due_run(machine))
    machine = machine.restarted()
    machine.perform_until(START_MS + 6 * MINUTE_MS)

    assert len(fault.steps) > at
    assert times(machine) == ["08:02:00Z", "08:04:00Z", "08:06:00Z"]


def test_a_run_that_is_none_any_more_makes_way_for_the_next_one(
    machine: SteppedRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    """As when the clocks of a zone are turned otherwise than they were to be."""
    trigger = machine.create(type="schedule", schedule="cron(0/10 * * * ? *)")
    machine.perform_until(START_MS + 5 * MINUTE_MS)  # it is reconciled by then
    stale = DueSchedule(ACCOUNT, FUNCTION, trigger.id, START_MS + 7 * MINUTE_MS)
    machine.store.queue.schedule(stale)

    with caplog.at_level(logging.WARNING):
        machine.perform_until(START_MS + 21 * MINUTE_MS)

    assert times(machine) == ["08:10:00Z", "08:20:00Z"]
    assert f"trigger {trigger.id} has no such run any more" in caplog.messages
