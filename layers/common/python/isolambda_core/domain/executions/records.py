"""The record of an execution: its status, and how it ended.

queued ──► running ──► succeeded        A record of a synchronous execution is written when the
  ▲           │                         execution has ended, so it is never queued or running.
  ├── again ──┼──────► failed           An operator may redrive a failed execution.
  └──────── redriven ────┘
"""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self, cast

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

CANCELLED = "Cancelled"
"""The name of the error of an execution that its client has ended."""


class Status(StrEnum):
    """The status of an execution; a closed set whose words never change."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class CallbackStatus(StrEnum):
    """The status of the callback of an execution."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Callback:
    """The URL that gets a callback when an execution has ended, and what came of it.

    ``attempts`` counts ended attempts; ``reason`` says why the latest attempt failed.
    """

    url: str
    status: CallbackStatus = CallbackStatus.PENDING
    attempts: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    """All of an execution but its input, its result and its console lines.

    ``draft_revision`` is the revision of the draft, whichever version was executed. ``attempts``
    counts ended attempts; ``began_at_ms``, ``outcome``, ``error`` and ``usage`` are the latest's.
    ``parent_id`` is the execution whose code called this one as a tool, and ``task_key_id`` the API
    key whose task it is.
    ``trigger_id`` and ``event_id`` name the event that caused the execution; ``accepted_at_ms`` is
    when Isolambda accepted it, and after ``give_up_at_ms`` there is no attempt. Times are Unix
    milliseconds. ``revision`` counts the writes of the record itself, from 1.
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
    parent_id: str | None = None
    task_key_id: str | None = None

    @property
    def id(self) -> str:
        """The id by which records are ordered: the execution's, which begins with the time."""
        return self.execution_id

    @property
    def document(self) -> Document:
        """The record as a JSON object."""
        return cast("Document", asdict(self))

    @property
    def asked_at_ms(self) -> int:
        """When the caller asked for the execution, in Unix milliseconds."""
        return asked_at_ms(self.execution_id)

    @property
    def kept_from_ms(self) -> int:
        """When the record was made, in Unix milliseconds; its event may be of any other time."""
        return self.asked_at_ms if self.accepted_at_ms is None else self.accepted_at_ms

    @property
    def expires_at(self) -> int:
        """When the record expires, in Unix seconds."""
        return self.kept_from_ms // 1000 + RECORD_S

    @property
    def has_ended(self) -> bool:
        """Whether there will be no further attempt."""
        return self.status in (Status.SUCCEEDED, Status.FAILED)

    @property
    def is_cancelled(self) -> bool:
        """Whether its client has ended it."""
        if self.status is not Status.FAILED or self.error is None:
            return False
        # Code may throw an error of this name, but that has another outcome.
        return self.outcome is Outcome.INTERNAL_ERROR and self.error.name == CANCELLED

    @property
    def has_itself_failed(self) -> bool:
        """Whether the execution failed by its own fault, not Isolambda's."""
        return self.status is Status.FAILED and self.outcome is not Outcome.INTERNAL_ERROR

    def begun(self, at_ms: int) -> Self:
        """Return the next revision: an attempt has begun."""
        return self._next(status=Status.RUNNING, began_at_ms=at_ms)

    def put_back(self) -> Self:
        """Return the next revision: the attempt that had begun did not run, and does not count."""
        return self._next(status=Status.QUEUED)

    def to_be_retried(self, result: ExecutionResult) -> Self:
        """Return the next revision: an attempt has failed, and another one will follow."""
        return self._next(status=Status.QUEUED, attempts=self.attempts + 1, **_summary_of(result))

    def ended(self, result: ExecutionResult, at_ms: int) -> Self:
        """Return the next revision: the execution has ended with a result."""
        return self._next(attempts=self.attempts + 1, **ending_of(result, at_ms))

    def redriven(self) -> Self:
        """Return the next revision: the execution gets all its attempts again, at any age."""
        callback = self.callback
        return self._next(
            status=Status.QUEUED,
            attempts=0,
            ended_at_ms=None,
            give_up_at_ms=None,
            callback=callback and Callback(callback.url),
        )

    def called_back(self, callback: Callback) -> Self:
        """Return the next revision: the callback has a new status."""
        return self._next(callback=callback)

    def _next(self, **changes: object) -> Self:
        return replace(self, revision=self.revision + 1, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class ExecutionPayload:
    """The parts of an execution that may be too long for a list: its input and its result.

    Of ``origin``, the repositories store ``meta``, ``tokens`` and ``key_id``, which the function
    gets in its context, ``hops`` and ``trace_parent``. ``result`` is the latest ended attempt's.
    ``input`` is JSON in UTF-8.
    """

    input: bytes
    origin: Origin = field(default=Origin())
    result: ExecutionResult | None = None


def ending_of(result: ExecutionResult, at_ms: int) -> dict[str, Any]:
    """Return the fields of a record whose execution ended with a result."""
    succeeded = result.outcome is Outcome.OK
    return {
        "status": Status.SUCCEEDED if succeeded else Status.FAILED,
        "ended_at_ms": at_ms,
        **_summary_of(result),
    }


def _summary_of(result: ExecutionResult) -> dict[str, object]:
    error = result.error
    shortened = error and replace(
        error,
        name=error.name[:RECORD_TEXT_CHARACTERS],
        message=error.message[:RECORD_TEXT_CHARACTERS],
        stack=error.stack[:RECORD_TEXT_CHARACTERS],
        details={},  # the payload has the whole error
    )
    return {"outcome": result.outcome, "error": shortened, "usage": result.usage}
