"""The queue in SQLite: a row stays until what it asks for is done.

Tenants take turns, whatever number of messages each has, and executions and callbacks are apart.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from threading import Event
from typing import Any, cast

from isolambda_core.adapters.codecs.messages import (
    dump_message,
    read_message,
)
from isolambda_core.domain.executions.wire import MalformedMessageError
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.json_text import dump, parse
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    QueuedMessage,
)
from isolambda_local.sqlite.database import Database

# Sent once more, it comes out once more, be it from the dead.
_PUT = """
INSERT INTO queue (id, body, due_at_ms, tenant, received, callback, dead)
VALUES (?, ?, ?, ?, 0, 0, 0)
ON CONFLICT (id) DO UPDATE SET
    body = excluded.body, due_at_ms = excluded.due_at_ms, received = 0, callback = 0, dead = 0
"""
# SQLite goes from tenant to tenant in the index, and looks at the first message of each: what the
# statement costs follows the number of tenants that have messages, not that of the messages.
_NEXT = """
WITH RECURSIVE waiting (tenant) AS (
    SELECT min(tenant) FROM queue WHERE dead = 0 AND callback = :callback
    UNION ALL
    SELECT (
        SELECT min(tenant) FROM queue
        WHERE dead = 0 AND callback = :callback AND tenant > waiting.tenant
    ) FROM waiting WHERE waiting.tenant IS NOT NULL
)
SELECT id, body, due_at_ms, queue.tenant, received, callback, dead
FROM waiting JOIN queue ON id = (
    SELECT id FROM queue AS own
    WHERE dead = 0 AND callback = :callback AND own.tenant = waiting.tenant
    AND id NOT IN (SELECT value FROM json_each(:in_hand))
    ORDER BY due_at_ms, id LIMIT 1
)
WHERE waiting.tenant NOT IN (SELECT value FROM json_each(:full))
ORDER BY max(due_at_ms, :now_ms), queue.tenant <= :latest, queue.tenant LIMIT 1
"""
# The first message of each tenant, of both kinds, that is due.
_HEADS = """
WITH RECURSIVE waiting (callback, tenant) AS (
    SELECT 0, (SELECT min(tenant) FROM queue WHERE dead = 0 AND callback = 0)
    UNION ALL
    SELECT 1, (SELECT min(tenant) FROM queue WHERE dead = 0 AND callback = 1)
    UNION ALL
    SELECT waiting.callback, (
        SELECT min(tenant) FROM queue
        WHERE dead = 0 AND callback = waiting.callback AND tenant > waiting.tenant
    ) FROM waiting WHERE waiting.tenant IS NOT NULL
)
SELECT id, due_at_ms, received
FROM waiting JOIN queue ON id = (
    SELECT id FROM queue AS own
    WHERE dead = 0 AND own.callback = waiting.callback AND own.tenant = waiting.tenant
    ORDER BY due_at_ms, id LIMIT 1
)
WHERE due_at_ms <= ? ORDER BY due_at_ms, id
"""
_DEAD = """
SELECT id, body, due_at_ms, tenant, received, callback, dead FROM queue
WHERE dead = 1 ORDER BY due_at_ms, id LIMIT ?
"""
_LAY = """
INSERT INTO queue (id, body, due_at_ms, tenant, received, callback, dead)
VALUES (?, ?, ?, ?, 0, 0, 1)
ON CONFLICT (id) DO UPDATE SET due_at_ms = excluded.due_at_ms, dead = 1
"""
_DUE = "SELECT count(*), min(due_at_ms) FROM queue WHERE dead = 0 AND due_at_ms <= ?"
_SCHEDULED = "SELECT body FROM queue WHERE id = ?"
_UNSCHEDULE = "DELETE FROM queue WHERE id = ?"
_AS_TAKEN = "WHERE id = ? AND due_at_ms = ? AND received = ? AND callback = ? AND dead = ?"
_RETRY_LATER = f"UPDATE queue SET due_at_ms = ?, received = received + 1 {_AS_TAKEN}"  # noqa: S608
_CALL_BACK = f"UPDATE queue SET callback = 1, due_at_ms = ?, received = 0 {_AS_TAKEN}"  # noqa: S608
_SEND_TO_DLQ = f"UPDATE queue SET dead = 1, due_at_ms = ? {_AS_TAKEN}"  # noqa: S608
_RESCHEDULE = f"UPDATE queue SET body = ?, due_at_ms = ?, received = 0 {_AS_TAKEN}"  # noqa: S608
_FORGET = f"DELETE FROM queue {_AS_TAKEN}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class DueSchedule:
    """A run of a trigger of type ``schedule``, for which one machine has only its queue.

    ``run_at_ms`` is the time of the run, in Unix milliseconds, however late it comes out.
    """

    account_id: str
    function_id: str
    trigger_id: str
    run_at_ms: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A message or an event that cannot be read; it goes to the dead letters."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the queue, and how often it came out.

    ``id`` is that of the execution or of the trigger that is due, and else of the message alone.
    ``due_at_ms`` is when it is to come out, in Unix milliseconds; of the dead, when they died.
    ``callback``: the execution has ended, and only its callback is left.
    """

    id: str
    message: QueuedMessage | DueSchedule | Unread
    due_at_ms: int
    tenant: str
    received: int = 0
    callback: bool = False
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The first message of a tenant that is due, and how often it came out before."""

    id: str
    due_at_ms: int
    received: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What decides which tenant is next: the first behind ``latest`` that may have one more.

    ``in_hand`` are ids of messages that were taken and are not done. The tenants in ``full`` have
    as many in hand as they may.
    """

    in_hand: Collection[str] = ()
    full: Collection[str] = ()
    latest: str = ""


_FIRST_TURN = Turn()


@dataclass(frozen=True, slots=True)
class SqliteExecutionQueue:
    """The port ``ExecutionQueue``, and what takes messages out.

    ``tenant_of`` returns the tenant of an account. ``sent`` and ``sent_to_callbacks`` are set
    whenever a message is. Whatever is done with a message is done to it as it was taken: one that
    was sent or scheduled once more in the meantime stays as it is.
    """

    database: Database
    tenant_of: Callable[[str], str]
    sent: Event = field(default_factory=Event)
    sent_to_callbacks: Event = field(default_factory=Event)

    def send(self, message: QueuedMessage, after_s: int = 0) -> None:
        """Put a message into the queue; see ``ExecutionQueue.send``."""
        due_at_ms = message.sent_at_ms + after_s * 1000
        self._put(_id_of(message), dump_message(message), due_at_ms, message.account_id)

    def schedule(self, message: DueSchedule) -> None:
        """Let a trigger be due at the time of its run, and at no other."""
        self._put(message.trigger_id, _dump_due(message), message.run_at_ms, message.account_id)

    def reschedule(self, taken: Waiting, message: DueSchedule) -> None:
        """Let a trigger that was due be due at the time of a later run."""
        row = (_dump_due(message), message.run_at_ms)
        self._write(_RESCHEDULE, *row, *_as_taken(taken))
        self.sent.set()

    def scheduled(self, trigger_id: str) -> DueSchedule | None:
        """Return the run that a trigger waits for."""
        with self.database.connection() as connection:
            rows = connection.execute(_SCHEDULED, (trigger_id,)).fetchall()
        return cast("DueSchedule", _message(rows[0][0])) if rows else None

    def unschedule(self, trigger_id: str) -> None:
        """Let a trigger never be due; one that is not scheduled stays so."""
        self._write(_UNSCHEDULE, trigger_id)

    def next(
        self, turn: Turn = _FIRST_TURN, now_ms: int = 0, *, callbacks: bool = False
    ) -> Waiting | None:
        """Return a message that is due, of the tenant whose turn it is; else the next to be due.

        It is one whose execution is left, or one whose callback is.
        """
        parameters: dict[str, str | int] = {
            "in_hand": dump(list(turn.in_hand)),
            "full": dump(list(turn.full)),
            "latest": turn.latest,
            "now_ms": now_ms,
            "callback": callbacks,
        }
        found = self._read(_NEXT, parameters)
        return found[0] if found else None

    def heads(self, now_ms: int) -> list[Head]:
        """Return the first message of each tenant that is due, also in hand; the oldest first.

        What it costs follows the number of tenants that have messages.
        """
        with self.database.connection() as connection:
            return [Head(*row) for row in connection.execute(_HEADS, (now_ms,)).fetchall()]

    def oldest_ms(self, now_ms: int) -> int:
        """Return for how long the oldest message that is due has been so; 0 if none is.

        One that is in hand is due until it is done; see :meth:`heads`.
        """
        heads = self.heads(now_ms)
        return now_ms - heads[0].due_at_ms if heads else 0

    def retry_later(self, taken: Waiting, due_at_ms: int) -> None:
        """Let a message come out again, not before a time."""
        self._write(_RETRY_LATER, due_at_ms, *_as_taken(taken))

    def send_to_callbacks(self, taken: Waiting, now_ms: int) -> None:
        """Let a message wait for its callback, which is all that is left."""
        self._write(_CALL_BACK, now_ms, *_as_taken(taken))
        self.sent_to_callbacks.set()

    def forget(self, taken: Waiting) -> None:
        """Let go of a message, waiting or dead, for good."""
        self._write(_FORGET, *_as_taken(taken))

    def send_to_dlq(self, taken: Waiting, now_ms: int) -> None:
        """Put a message to the dead letters, where it stays until it is sent once more."""
        self._write(_SEND_TO_DLQ, now_ms, *_as_taken(taken))

    def add_dead_letter(self, body: str, now_ms: int) -> None:
        """Put what did not wait here to the dead letters: a message of ours, or anything else."""
        try:
            message = read_message(body)
        except MalformedMessageError:
            self._write(_LAY, new_id(), dump({"came": body}), now_ms, "")
        else:
            self._write(_LAY, _id_of(message), body, now_ms, self.tenant_of(message.account_id))

    def due(self, now_ms: int) -> tuple[int, int]:
        """Return how many messages are due, and for how many milliseconds the oldest one has been.

        Callbacks are among them, and dead letters are not.
        """
        with self.database.connection() as connection:
            [(count, oldest_ms)] = connection.execute(_DUE, (now_ms,)).fetchall()
        return count, 0 if oldest_ms is None else now_ms - oldest_ms

    def dead(self, limit: int) -> list[Waiting]:
        """Return the dead letters, the oldest first."""
        return self._read(_DEAD, (limit,))

    def _read(
        self, statement: str, parameters: Mapping[str, str | int] | Sequence[int]
    ) -> list[Waiting]:
        with self.database.connection() as connection:
            rows = connection.execute(statement, parameters).fetchall()
        return [
            Waiting(id_, _message(body), due_at_ms, tenant, received, bool(callback), bool(dead))
            for id_, body, due_at_ms, tenant, received, callback, dead in rows
        ]

    def _put(self, message_id: str, body: str, due_at_ms: int, account_id: str) -> None:
        self._write(_PUT, message_id, body, due_at_ms, self.tenant_of(account_id))
        self.sent.set()

    def _write(self, statement: str, *parameters: str | int) -> None:
        with self.database.writing() as connection:
            connection.execute(statement, parameters)


def _dump_due(message: DueSchedule) -> str:
    return dump({"due": asdict(message)})


def _id_of(message: QueuedMessage) -> str:
    return message.execution_id if isinstance(message, QueuedExecution) else new_id()


def _message(body: str) -> QueuedMessage | DueSchedule | Unread:
    match parse(body):
        case {"came": str()}:
            return Unread()
        case {"due": fields}:
            return DueSchedule(**cast("dict[str, Any]", fields))
    try:
        return read_message(body)
    except MalformedMessageError:  # written by a newer Isolambda, or damaged
        return Unread()


def _as_taken(taken: Waiting) -> tuple[str, int, int, bool, bool]:
    return taken.id, taken.due_at_ms, taken.received, taken.callback, taken.dead
