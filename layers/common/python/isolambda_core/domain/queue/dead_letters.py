"""Dead letters: messages and events that failed for good, until an operator handles them."""

from dataclasses import dataclass
from enum import StrEnum

from isolambda_core.domain.documents import Document
from isolambda_core.domain.queue.messages import QueuedMessage


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter; ``handle`` is its identifier in its queue. Times are Unix milliseconds.

    ``message`` is a message of the execution queue. ``event`` is an event that AWS could not
    deliver to the dispatcher. With neither, the letter is from another sender. ``reason`` says why
    it is here, if its sender says so.
    """

    handle: str
    died_at_ms: int
    message: QueuedMessage | None = None
    event: Document | None = None
    reason: str | None = None


class Redrive(StrEnum):
    """The result of redriving a dead letter.

    ``NEEDLESS``: the execution succeeded before, so the letter is deleted. All others but
    ``REDRIVEN`` leave the letter where it is: ``BUSY``, another process redrives it at this moment;
    ``EXPIRED``, the record of the execution has expired; ``UNWANTED``, its trigger is disabled or
    gone; ``IMPOSSIBLE``, the letter holds nothing to attempt.
    """

    REDRIVEN = "redriven"
    NEEDLESS = "needless"
    BUSY = "busy"
    EXPIRED = "expired"
    UNWANTED = "unwanted"
    IMPOSSIBLE = "impossible"
