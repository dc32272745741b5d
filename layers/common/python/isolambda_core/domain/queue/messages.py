"""What goes through the queue, and what becomes of it."""

from dataclasses import dataclass
from enum import StrEnum

from isolambda_core.domain.triggers.triggers import TriggerRef


@dataclass(frozen=True, slots=True)
class QueuedExecution:
    """Which execution is to be attempted; all else is in its record. Unix milliseconds."""

    account_id: str
    function_id: str
    execution_id: str
    sent_at_ms: int


@dataclass(frozen=True, slots=True)
class ReconcileTrigger:
    """A trigger that somebody may have left half made, changed or removed. Unix milliseconds."""

    trigger: TriggerRef
    sent_at_ms: int


QueuedMessage = QueuedExecution | ReconcileTrigger


class Fate(StrEnum):
    """What becomes of a message that was taken from the queue."""

    DONE = "done"
    AGAIN = "again"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a queue is to do with a message: forget it, bring it again, or put it to the dead.

    ``after_s`` is how long it waits before it comes again.
    """

    fate: Fate
    after_s: float = 0.0


DONE = Verdict(Fate.DONE)
DEAD = Verdict(Fate.DEAD)
