"""Disable triggers that keep failing."""

from collections.abc import Callable
from dataclasses import dataclass

from isolambda_core.domain.executions.records import (
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.limits import TRIGGER_FAILURES
from isolambda_core.domain.triggers.errors import TriggerNotFoundError
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.triggers.triggers import TriggerService


@dataclass(frozen=True, slots=True)
class TriggerFailureService:
    """Counts the failed executions of triggers; ``alarm`` is called for each disabled one."""

    repository: TriggerRepository
    triggers: TriggerService
    alarm: Callable[[], None]

    def note(self, record: ExecutionRecord) -> None:
        """Disable the trigger of an execution if ``limits.TRIGGER_FAILURES`` in a row failed.

        Only those count that ended since the trigger was last changed. Whatever the outcome: a
        function that is gone or disabled fails as well.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        if record.trigger_id is None:
            return
        try:
            trigger = self.repository.get(record.account_id, record.function_id, record.trigger_id)
        except TriggerNotFoundError:
            return
        if record.status is Status.SUCCEEDED:
            if trigger.failures:
                self.repository.forget_failures(trigger)
        elif self.repository.count_failure(trigger) >= TRIGGER_FAILURES and trigger.enabled:
            last = record.outcome if record.error is None else record.error.name
            reason = f"{TRIGGER_FAILURES} failures in a row; the last: {last}"
            if self.triggers.disable(trigger, reason):
                self.alarm()
