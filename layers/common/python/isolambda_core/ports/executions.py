"""What executes, where that is recorded, and who is told."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
)
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)


class Executor(Protocol):
    """What runs JavaScript."""

    @property
    def confined(self) -> bool | None:
        """Whether the kernel confines what runs user code; None where that is not known here."""
        ...

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute, or only compile, and return soon after the wall time limit.

        User code cannot make it raise.

        Raises:
            ExecutorBusyError: no worker came free in time; nothing was started.
            ExecutorUnavailableError: the executor could not be reached.
        """
        ...


class RecordRepository(Protocol):
    """Where records of executions are kept; every method also raises ``StoreUnavailableError``.

    Each is kept at least until it expires, however long its input and its result are.
    """

    def add(self, record: ExecutionRecord, contents: ExecutionPayload) -> None:
        """Keep a new record; the same one once more does no harm."""
        ...

    def get(self, account_id: str, function_id: str, execution_id: str) -> ExecutionRecord:
        """Return a record, by one strongly consistent read.

        Raises:
            ExecutionNotFoundError: the function has no such record.
        """
        ...

    def get_whole(
        self, account_id: str, function_id: str, execution_id: str
    ) -> tuple[ExecutionRecord, ExecutionPayload]:
        """Return a record and what goes with it.

        Raises:
            ExecutionNotFoundError: the function has no such record.
        """
        ...

    def replace(
        self, record: ExecutionRecord, expected_revision: int, result: ExecutionResult | None = None
    ) -> None:
        """Write the next revision over ``expected_revision``, and over no other.

        With a ``result`` it takes the place of the one before.

        Raises:
            RevisionConflictError: the record is at another revision, or gone.
        """
        ...

    def iterate(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[ExecutionRecord]:
        """Yield records in the order of their ids, by default the newest first, read as taken.

        ``after`` is the id to start behind, and need not exist.
        """
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every record of a function, and what goes with them."""
        ...


class IdempotencyRepository(Protocol):
    """Where idempotency keys are kept; every method also raises ``StoreUnavailableError``."""

    def add(self, claim: IdempotencyRecord, now: int) -> IdempotencyRecord:
        """Keep a claim, unless there is one of the same key that has not expired at ``now``.

        Returns the claim that is there then; of many that come at once, one is kept.
        """
        ...

    def replace(self, claim: IdempotencyRecord, before: IdempotencyRecord) -> None:
        """Write a claim over one for the execution of ``before``, and over no other.

        Raises:
            RevisionConflictError: somebody else has the key now, or nobody.
        """
        ...

    def remove(self, claim: IdempotencyRecord) -> None:
        """Remove a claim; one that is gone, or for another execution by now, stays so."""
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every claim of a function."""
        ...


class Callbacks(Protocol):
    """Who is told of the end of executions."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send a POST, and return when it was taken, within ``limits.CALLBACK_S``.

        Raises:
            CallbackFailedError: it was not taken, or must not be sent there.
        """
        ...
