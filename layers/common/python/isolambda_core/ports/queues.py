"""Where messages wait, and what is done with those that came."""

from collections.abc import Sequence
from typing import Protocol

from isolambda_core.domain.queue.dead_letters import DeadLetter
from isolambda_core.domain.queue.messages import QueuedMessage


class ExecutionQueue(Protocol):
    """Where asynchronous executions wait, and triggers that may have to be reconciled.

    What was sent comes out at least once.
    """

    def send(self, message: QueuedMessage, after_s: int = 0) -> None:
        """Put a message into the queue, for good once this returns; it waits for ``after_s``.

        Raises:
            StoreUnavailableError: the queue does not answer.
        """
        ...


class Consumer(Protocol):
    """What is done with messages that came from queues; to delete them is left to who brought them.

    Every method raises ``StoreUnavailableError`` when a queue does not answer, or refuses. The
    message then comes again by itself, some time.
    """

    def change_visibility(self, queue_arn: str, receipt_handle: str, after_s: float) -> None:
        """Have a message come again after ``after_s``, in whole seconds, up to half a day."""
        ...

    def send_to_dlq(self, body: str) -> None:
        """Put a message to the dead letters, of whichever source."""
        ...


class DeadLetters(Protocol):
    """Where what failed for good is kept; also raises ``StoreUnavailableError``."""

    def list(self, limit: int) -> Sequence[DeadLetter]:
        """Return dead letters, at most ``limit`` of them, the oldest first."""
        ...

    def remove(self, letter: DeadLetter) -> None:
        """Let go of a letter that was listed; one that is gone stays so."""
        ...
