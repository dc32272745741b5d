"""Messages of the queue, and what becomes of a received one."""

from dataclasses import dataclass
from typing import ClassVar

from isolambda_core.domain.accounts.budgets import Measure, Meter
from isolambda_core.domain.triggers.triggers import TriggerRef


@dataclass(frozen=True, slots=True)
class QueuedExecution:
    """An execution to attempt; its record has all else. Times are Unix milliseconds."""

    account_id: str
    function_id: str
    execution_id: str
    sent_at_ms: int


@dataclass(frozen=True, slots=True)
class ReconcileTrigger:
    """A trigger whose change a killed process may have left half done. Unix milliseconds."""

    trigger: TriggerRef
    sent_at_ms: int

    @property
    def account_id(self) -> str:
        """The account of the trigger."""
        return self.trigger.account_id


@dataclass(frozen=True, slots=True)
class QueuedBudgetCallback:
    """A percentage of a budget that was reached, for its callback. Unix milliseconds."""

    account_id: str
    meter: Meter
    measure: Measure
    percent: int
    sent_at_ms: int


QueuedMessage = QueuedExecution | ReconcileTrigger | QueuedBudgetCallback


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The message is done: its queue deletes it."""

    name: ClassVar[str] = "done"


@dataclass(frozen=True, slots=True)
class Retry:
    """The queue delivers the message again, after ``after_s`` seconds."""

    after_s: float = 0.0
    name: ClassVar[str] = "again"


@dataclass(frozen=True, slots=True)
class SendToCallbacks:
    """The execution has ended, and its callback is left: the message goes to the callback queue."""

    name: ClassVar[str] = "callback"


@dataclass(frozen=True, slots=True)
class SendToDlq:
    """The message failed for good: it goes to the dead-letter queue."""

    name: ClassVar[str] = "dead"


Disposition = Acknowledge | Retry | SendToCallbacks | SendToDlq
"""What a queue does with a message that was received; ``name`` is what logs and metrics say."""
