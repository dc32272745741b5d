"""Triggers of type ``schedule`` on one machine: each waits in the queue for its next run."""

import logging
from dataclasses import dataclass

from typing_extensions import override

from isolambda_core.adapters.sources_by_type import EventSource
from isolambda_core.domain.errors import StoreUnavailableError, kind_of
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.limits import RECONCILE_AFTER_S
from isolambda_core.domain.queue.messages import Acknowledge, Disposition, Retry
from isolambda_core.domain.triggers.errors import TriggerNotFoundError
from isolambda_core.domain.triggers.schedules.schedule import Schedule
from isolambda_core.domain.triggers.triggers import Trigger, TriggerRef
from isolambda_core.ports.clock import Clock
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.sources.schedule import run_at
from isolambda_local.sqlite.queue import DueSchedule, SqliteExecutionQueue, Waiting
from isolambda_local.sqlite.triggers import SqliteTriggerRepository

_SOON_S_MAX = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Schedules(EventSource):
    """What triggers of type ``schedule`` are bound to: a message in the queue for the next run."""

    queue: SqliteExecutionQueue
    clock: Clock

    @override
    def bind(self, trigger: Trigger) -> None:
        """Queue the next run; keep one that is due already, if the trigger still has it."""
        now_ms = self.clock.now_ms()
        waiting = self.queue.scheduled(trigger.id)
        if waiting is not None and waiting.run_at_ms <= now_ms and _asks_for(trigger, waiting):
            return
        next_ms = trigger.schedule.next_ms(now_ms) if trigger.enabled else None
        if next_ms is None:
            self.unbind(trigger.ref)
        else:
            self.queue.schedule(_run_of(trigger, next_ms))

    @override
    def unbind(self, trigger: TriggerRef) -> None:
        """Take the next run out of the queue."""
        self.queue.unschedule(trigger.trigger_id)


@dataclass(frozen=True, slots=True)
class DueSchedules:
    """Handles the messages of :class:`Schedules` when they are due.

    A message stays until its run is an execution, and then becomes that of the next run; so a kill
    loses nothing. Of the runs that came due while nothing ran here it makes up for the last, unless
    that is older than ``maximum_age_s``, and skips those before.
    """

    triggers: SqliteTriggerRepository
    queue: SqliteExecutionQueue
    events: EventService
    clock: Clock

    def take(self, taken: Waiting, due: DueSchedule) -> Disposition:
        """Queue the execution of a run that is due, and the next run.

        It raises no error of the store.
        """
        try:
            trigger = self.triggers.get(due.account_id, due.function_id, due.trigger_id)
            now_ms = self.clock.now_ms()
            if not _asks_for(trigger, due):
                return self._wait_or_mend(taken, due, trigger)
            latest_ms = _latest_run(trigger.schedule, due.run_at_ms, now_ms)
            self._run(trigger, due.run_at_ms, latest_ms, now_ms)
            next_ms = trigger.schedule.next_ms(latest_ms)
            if next_ms is not None:
                self.queue.reschedule(taken, _run_of(trigger, next_ms))
        except (TriggerNotFoundError, FunctionNotFoundError, StoreUnavailableError) as error:
            line = {"trigger_id": due.trigger_id, "reason": kind_of(error)}
            _log.info("trigger %(trigger_id)s is put off: %(reason)s", line, extra=line)
            return _soon(taken)
        return Acknowledge()

    def _wait_or_mend(self, taken: Waiting, due: DueSchedule, trigger: Trigger) -> Disposition:
        """Retry until the table has such a run; when reconciling has had the time, go by the table.

        The trigger may have other runs by now: time zones change, and so does the reader of
        expressions.
        """
        now_ms = self.clock.now_ms()
        if now_ms - due.run_at_ms <= 2 * RECONCILE_AFTER_S * 1000:
            return _soon(taken)
        line = {"trigger_id": trigger.id, "run_at_ms": due.run_at_ms}
        _log.warning("trigger %(trigger_id)s has no such run any more", line, extra=line)
        next_ms = trigger.schedule.next_ms(now_ms) if trigger.enabled else None
        if next_ms is not None:
            self.queue.reschedule(taken, _run_of(trigger, next_ms))
        return Acknowledge()

    def _run(self, trigger: Trigger, first_ms: int, latest_ms: int, now_ms: int) -> None:
        age_ms = trigger.maximum_age_ms
        is_in_time = age_ms is None or now_ms - latest_ms <= age_ms
        if latest_ms != first_ms or not is_in_time:
            line = {
                "trigger_id": trigger.id,
                "first_ms": first_ms,
                "last_ms": latest_ms,
                "made_up_for": is_in_time,
            }
            _log.warning(
                "trigger %(trigger_id)s missed runs; the last is made up for: %(made_up_for)s",
                line,
                extra=line,
            )
        if is_in_time:
            accepted = self.events.accept(trigger, run_at(trigger, latest_ms))
            line = {"trigger_id": trigger.id, "execution_id": accepted.execution_id}
            _log.info("%(execution_id)s accepted", line, extra=line)


def _asks_for(trigger: Trigger, due: DueSchedule) -> bool:
    """Return whether a trigger has that run, by the table.

    A trigger is bound before it is in the table; reconciling mends a change that was cut off in
    between.
    """
    return trigger.enabled and trigger.schedule.next_ms(due.run_at_ms - 1) == due.run_at_ms


def _latest_run(schedule: Schedule, run_ms: int, now_ms: int) -> int:
    """Return the last run from ``run_ms``, which is a run, until now.

    It halves the time in between again and again, for that may hold any number of runs.
    """
    until_ms = now_ms
    while run_ms < until_ms:
        middle_ms = (run_ms + until_ms) // 2
        later_ms = schedule.next_ms(middle_ms)
        if later_ms is None or later_ms > now_ms:
            until_ms = middle_ms
        else:
            run_ms = later_ms
    return run_ms


def _run_of(trigger: Trigger, run_at_ms: int) -> DueSchedule:
    return DueSchedule(trigger.account_id, trigger.function_id, trigger.id, run_at_ms)


def _soon(taken: Waiting) -> Disposition:
    return Retry(min(2.0 ** min(taken.received, 16), _SOON_S_MAX))
