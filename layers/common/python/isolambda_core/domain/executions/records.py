"""The record of an execution: where it stands, and what is kept of it after it ended.

queued ──► running ──► succeeded        Only asynchronous executions are ever queued or running
  ▲           │                         in a record; of others it is written when they ended.
  ├── again ──┼──────► failed           An operator may have what failed attempted anew.
  └──────── redriven ────┘
"""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Self, cast

from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Origin,
    Outcome,
    Usage,
)
from isolambda_core.domain.ids import asked_at_ms
from isolambda_core.domain.limits import RECORD_S, RECORD_TEXT_CHARACTERS


class Status(StrEnum):
    """Where an execution stands; a closed set, and its words never change."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class CallbackStatus(StrEnum):
    """Whether somebody was told of the end of an execution."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Callback:
    """Who is to be told of the end of an execution.

    ``attempts`` counts those that ended; ``reason`` says why the latest was not taken.
    """

    url: str
    status: CallbackStatus = CallbackStatus.PENDING
    attempts: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    """What is known of an execution, but for its input, result and console lines.

    ``draft_revision`` is that of the draft, whichever version was executed. ``attempts`` counts
    those that ended; ``began_at_ms``, ``outcome``, ``error`` and ``usage`` are of the latest.
    ``trigger_id`` and ``event_id`` say what happened where that is why it is executed;
    ``accepted_at_ms`` is when the event came in, and after ``give_up_at_ms`` nothing is attempted.
    Times are Unix milliseconds. ``revision`` counts the writes of the record itself, from 1.
    """

    execution_id: str
    account_id: str
    function_id: str
    version: str
    qualifier: str
    draft_revision: int
    trigger: str
    request_id: str
    status: Status
    asynchronous: bool = False
    as_callflow: bool = False
    attempts: int = 0
    began_at_ms: int | None = None
    ended_at_ms: int | None = None
    outcome: Outcome | None = None
    error: ExecutionError | None = None
    usage: Usage | None = None
    callback: Callback | None = None
    trigger_id: str | None = None
    event_id: str | None = None
    accepted_at_ms: int | None = None
    give_up_at_ms: int | None = None
    revision: int = 1

    @property
    def id(self) -> str:
        """What records are ordered by: the execution, whose id begins with the time."""
        return self.execution_id

    @property
    def document(self) -> Document:
        """Everything in the record, as JSON has it."""
        return cast("Document", asdict(self))

    @property
    def asked_at_ms(self) -> int:
        """When the execution was asked for, in Unix milliseconds."""
        return asked_at_ms(self.execution_id)

    @property
    def kept_from_ms(self) -> int:
        """When the record was made, in Unix milliseconds; an event may be of any other time."""
        return self.asked_at_ms if self.accepted_at_ms is None else self.accepted_at_ms

    @property
    def expires_at(self) -> int:
        """When the record may go, in Unix seconds."""
        return self.kept_from_ms // 1000 + RECORD_S

    @property
    def has_ended(self) -> bool:
        """Whether nothing will be attempted any more."""
        return self.status in (Status.SUCCEEDED, Status.FAILED)

    @property
    def has_itself_failed(self) -> bool:
        """Whether the execution failed, and the fault is not ours."""
        return self.status is Status.FAILED and self.outcome is not Outcome.INTERNAL_ERROR

    def begun(self, at_ms: int) -> Self:
        """Return the next revision: an attempt has begun."""
        return self._next(status=Status.RUNNING, began_at_ms=at_ms)

    def put_back(self) -> Self:
        """Return the next revision: the attempt that had begun came to nothing, and is none."""
        return self._next(status=Status.QUEUED)

    def to_be_retried(self, result: ExecutionResult) -> Self:
        """Return the next revision: an attempt has failed, and there will be another."""
        return self._next(status=Status.QUEUED, attempts=self.attempts + 1, **_told(result))

    def ended(self, result: ExecutionResult, at_ms: int) -> Self:
        """Return the next revision: this is how the execution ended."""
        succeeded = result.outcome is Outcome.OK
        return self._next(
            status=Status.SUCCEEDED if succeeded else Status.FAILED,
            attempts=self.attempts + 1,
            ended_at_ms=at_ms,
            **_told(result),
        )

    def redriven(self) -> Self:
        """Return the next revision: it is to be attempted anew, however old its event is by now."""
        callback = self.callback
        return self._next(
            status=Status.QUEUED,
            attempts=0,
            ended_at_ms=None,
            give_up_at_ms=None,
            callback=callback and Callback(callback.url),
        )

    def called_back(self, callback: Callback) -> Self:
        """Return the next revision: this is how the callback stands."""
        return self._next(callback=callback)

    def _next(self, **changes: object) -> Self:
        return replace(self, revision=self.revision + 1, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class ExecutionPayload:
    """What of an execution may be too long for a list: JSON text in, and all that came of it.

    ``origin`` says what the function was told besides; the repositories keep of it ``meta`` and
    ``tokens``. ``result`` is that of the latest attempt that ended.
    """

    input: str
    origin: Origin = field(default=Origin())
    result: ExecutionResult | None = None


def _told(result: ExecutionResult) -> dict[str, object]:
    error = result.error
    shortened = error and replace(
        error,
        name=error.name[:RECORD_TEXT_CHARACTERS],
        message=error.message[:RECORD_TEXT_CHARACTERS],
        stack=error.stack[:RECORD_TEXT_CHARACTERS],
        details={},  # the whole error is among what came of it
    )
    return {"outcome": result.outcome, "error": shortened, "usage": result.usage}
