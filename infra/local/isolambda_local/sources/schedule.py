"""Schedules on one machine: each waits in the queue for its next run."""

import logging
from dataclasses import dataclass

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.limits import RECONCILE_AFTER_S
from isolambda_core.domain.queue.messages import Acknowledge, Disposition, Retry
from isolambda_core.domain.triggers.errors import TriggerNotFoundError
from isolambda_core.domain.triggers.schedules.schedule import Schedule
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.ports.clock import Clock
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.sources.schedule import run_at
from isolambda_local.sqlite.queue import DueSchedule, SqliteExecutionQueue, Waiting
from isolambda_local.sqlite.triggers import SqliteTriggerRepository

_SOON_S_MAX = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Schedules:
    """What triggers of type ``schedule`` are bound to: a message in the queue for the next run."""

    queue: SqliteExecutionQueue
    clock: Clock

    def bind(self, trigger: Trigger) -> None:
        """Wait for the next run; one that is due already stays so, if it is still asked for."""
        now_ms = self.clock.now_ms()
        waiting = self.queue.scheduled(trigger.id)
        if waiting is not None and waiting.run_at_ms <= now_ms and _asks_for(trigger, waiting):
            return
        next_ms = trigger.schedule.next_ms(now_ms) if trigger.enabled else None
        if next_ms is None:
            self.unbind(trigger.id)
        else:
            self.queue.schedule(_run_of(trigger, next_ms))

    def unbind(self, trigger_id: str) -> None:
        """Wait for no run any more."""
        self.queue.unschedule(trigger_id)


@dataclass(frozen=True, slots=True)
class DueSchedules:
    """Takes the messages of :class:`Schedules` when they are due.

    One stays until its run is an execution, and then becomes that of the run after; so nothing is
    lost by a kill. Of the runs that came due while nothing ran here the last is made up for, unless
    it is older than ``maximum_age_s``; those before are skipped.
    """

    triggers: SqliteTriggerRepository
    queue: SqliteExecutionQueue
    events: EventService
    clock: Clock

    def take(self, taken: Waiting, due: DueSchedule) -> Disposition:
        """Have a run that is due executed, and wait for the next one.

        Nothing that the store may do makes it raise.
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
        except (TriggerNotFoundError, FunctionNotFoundError, StoreUnavailableError):
            return _soon(taken)
        return Acknowledge()

    def _wait_or_mend(self, taken: Waiting, due: DueSchedule, trigger: Trigger) -> Disposition:
        """Wait for the table to say so; after long enough to reconcile it, go by what it does say.

        It may have other runs by now, since zones and what reads expressions change.
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
            self.events.accept(trigger, run_at(trigger, latest_ms))


def _asks_for(trigger: Trigger, due: DueSchedule) -> bool:
    """Tell whether a trigger is to run then, as far as the table knows.

    It is bound before the table says so; a change that was cut off in between is reconciled.
    """
    return trigger.enabled and trigger.schedule.next_ms(due.run_at_ms - 1) == due.run_at_ms


def _latest_run(schedule: Schedule, run_ms: int, now_ms: int) -> int:
    """Return the last run from ``run_ms``, which is one, until now.

    Found by halving the time in between, for it may have held any number of runs.
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
