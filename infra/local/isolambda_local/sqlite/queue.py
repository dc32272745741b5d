"""The queue of asynchronous executions in SQLite: a row stays until its execution is done."""

from collections.abc import Container
from dataclasses import dataclass, field
from threading import Event

from isolambda_core.domain.queued import QueuedExecution
from isolambda_local.sqlite.database import Database

# Sent once more, it comes out once more, be it from the dead.
_SEND = """
INSERT INTO queue (
    execution_id, account_id, function_id, sent_at_ms, due_at_ms, received, dead
) VALUES (?, ?, ?, ?, ?, 0, 0)
ON CONFLICT (execution_id) DO UPDATE SET
    sent_at_ms = excluded.sent_at_ms, due_at_ms = excluded.due_at_ms, received = 0, dead = 0
"""
_DUE = """
SELECT account_id, function_id, execution_id, sent_at_ms, due_at_ms, received FROM queue
WHERE dead = 0 ORDER BY due_at_ms, execution_id LIMIT ?
"""
_PUT_OFF = "UPDATE queue SET due_at_ms = ?, received = received + 1 WHERE execution_id = ?"
_FORGET = "DELETE FROM queue WHERE execution_id = ?"
_BURY = "UPDATE queue SET dead = 1, due_at_ms = ? WHERE execution_id = ?"
_DEAD = """
SELECT account_id, function_id, execution_id, sent_at_ms FROM queue
WHERE dead = 1 ORDER BY due_at_ms, execution_id LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the queue: when it is due, in Unix milliseconds, and how often it came out."""

    message: QueuedExecution
    due_at_ms: int
    received: int


@dataclass(frozen=True, slots=True)
class SqliteExecutionQueue:
    """The port ``ExecutionQueue``, and what takes messages out; ``sent`` is set by each send."""

    database: Database
    sent: Event = field(default_factory=Event)

    def send(self, message: QueuedExecution) -> None:
        """Put a message into the queue; see ``ExecutionQueue.send``."""
        row = (
            message.execution_id,
            message.account_id,
            message.function_id,
            message.sent_at_ms,
            message.sent_at_ms,
        )
        with self.database.writing() as connection:
            connection.execute(_SEND, row)
        self.sent.set()

    def next(self, in_hand: Container[str], count_in_hand: int) -> Waiting | None:
        """Return the message that is due next, now or later, but for those ``in_hand`` by id."""
        with self.database.connection() as connection:
            rows = connection.execute(_DUE, (count_in_hand + 1,)).fetchall()
        for account_id, function_id, execution_id, sent_at_ms, due_at_ms, received in rows:
            if execution_id not in in_hand:
                message = QueuedExecution(account_id, function_id, execution_id, sent_at_ms)
                return Waiting(message, due_at_ms, received)
        return None

    def put_off(self, message: QueuedExecution, due_at_ms: int) -> None:
        """Let a message come out again, not before a time."""
        self._write(_PUT_OFF, due_at_ms, message.execution_id)

    def forget(self, message: QueuedExecution) -> None:
        """Let go of a message, for good."""
        self._write(_FORGET, message.execution_id)

    def bury(self, message: QueuedExecution, now_ms: int) -> None:
        """Put a message to the dead letters, where it stays."""
        self._write(_BURY, now_ms, message.execution_id)

    def dead(self, limit: int) -> list[QueuedExecution]:
        """Return the dead letters, the oldest first."""
        with self.database.connection() as connection:
            rows = connection.execute(_DEAD, (limit,)).fetchall()
        return [QueuedExecution(*row) for row in rows]

    def _write(self, statement: str, *parameters: str | int) -> None:
        with self.database.writing() as connection:
            connection.execute(statement, parameters)
