"""The dead letters of a machine, which its queue keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

from isolambda_core.domain.queue.dead_letters import DeadLetter
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    ReconcileTrigger,
)
from isolambda_core.ports.clock import Clock
from isolambda_local.sqlite.queue import SqliteExecutionQueue, Waiting

# What was sent once more in the meantime is no dead letter any more.
_REMOVE = "DELETE FROM queue WHERE id = ? AND dead = 1"


@dataclass(frozen=True, slots=True)
class SqliteDeadLetters:
    """The port ``DeadLetters``."""

    queue: SqliteExecutionQueue

    def list(self, limit: int) -> Sequence[DeadLetter]:
        """Return dead letters; see ``DeadLetters.list``."""
        return [_letter(waiting) for waiting in self.queue.dead(limit)]

    def remove(self, letter: DeadLetter) -> None:
        """Let go of a letter; see ``DeadLetters.remove``."""
        with self.queue.database.writing() as connection:
            connection.execute(_REMOVE, (letter.handle,))


@dataclass(frozen=True, slots=True)
class SqliteConsumer:
    """The port ``Consumer``, for events that are played; to play them again is left to who does."""

    queue: SqliteExecutionQueue
    clock: Clock

    def change_visibility(self, queue_arn: str, receipt_handle: str, after_s: float) -> None:
        """Do nothing; see ``Consumer.change_visibility``."""

    def send_to_dlq(self, body: str) -> None:
        """Put a message to the dead letters; see ``Consumer.send_to_dlq``."""
        self.queue.add_dead_letter(body, self.clock.now_ms())


def _letter(waiting: Waiting) -> DeadLetter:
    message = waiting.message
    if isinstance(message, (QueuedExecution, ReconcileTrigger)):
        return DeadLetter(waiting.id, waiting.due_at_ms, message)
    return DeadLetter(waiting.id, waiting.due_at_ms)
