"""What failed for good, and is kept until an operator has looked at it."""

from dataclasses import dataclass
from enum import StrEnum

from isolambda_core.domain.documents import Document
from isolambda_core.domain.queue.messages import QueuedMessage


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter; ``handle`` is what its queue knows it by. Times are Unix milliseconds.

    ``message`` is what was queued. ``event`` is what the dispatcher was to be invoked with, and
    could not be. With neither it is something else that came to lie there. ``reason`` is why it
    does, where whoever put it there says so.
    """

    handle: str
    died_at_ms: int
    message: QueuedMessage | None = None
    event: Document | None = None
    reason: str | None = None


class Redrive(StrEnum):
    """What came of a dead letter that was to be redriven.

    ``NEEDLESS``: it succeeded before, so the letter goes. The others leave it where it is:
    ``BUSY``, somebody else redrives it at this moment; ``EXPIRED``, there is no record of the
    execution any more; ``UNWANTED``, its trigger is disabled or gone; ``IMPOSSIBLE``, nothing in it
    can be attempted.
    """

    REDRIVEN = "redriven"
    NEEDLESS = "needless"
    BUSY = "busy"
    EXPIRED = "expired"
    UNWANTED = "unwanted"
    IMPOSSIBLE = "impossible"
