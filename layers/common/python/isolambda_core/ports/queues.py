"""The execution queue, its consumer, and its dead letters."""

from collections.abc import Sequence
from typing import Protocol

from isolambda_core.domain.queue.dead_letters import DeadLetter
from isolambda_core.domain.queue.messages import QueuedMessage


class ExecutionQueue(Protocol):
    """Holds asynchronous executions, and triggers to reconcile.

    It delivers each message at least once.
    """

    def send(self, message: QueuedMessage, after_s: int = 0) -> None:
        """Store a message in the queue, which delivers it after ``after_s`` seconds.

        Raises:
            StoreUnavailableError: the queue does not answer.
        """
        ...


class Consumer(Protocol):
    """Handles received messages of any queue. The caller deletes them.

    Every method raises ``StoreUnavailableError`` when a queue does not answer, or refuses. The
    queue then delivers the message again later.
    """

    def change_visibility(self, queue_arn: str, receipt_handle: str, after_s: float) -> None:
        """Let the queue deliver a message again after ``after_s`` seconds, up to half a day."""
        ...

    def send_to_dlq(self, body: str) -> None:
        """Send a message of any source to the dead-letter queue."""
        ...


class DeadLetters(Protocol):
    """The dead-letter queue, as operators read it; also raises ``StoreUnavailableError``."""

    def list(self, limit: int) -> Sequence[DeadLetter]:
        """Return dead letters, at most ``limit`` of them, the oldest first."""
        ...

    def remove(self, letter: DeadLetter) -> None:
        """Delete a letter that was listed; does nothing if it is gone already."""
        ...
