"""The executor, the repositories of executions, and the sender of callbacks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.daily_counts import DailyCount
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
)
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.positions import PositionedRecord
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)


class Executor(Protocol):
    """Runs JavaScript."""

    @property
    def confinement(self) -> Confinement | None:
        """What the kernel keeps the workers from; None where this process does not know it."""
        ...

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute a source, or only compile it, and return soon after the wall time limit.

        User code never makes it raise an error.

        Raises:
            TooManyExecutionsError: the tenant has its share already; no execution was started.
            ExecutorBusyError: no worker came free in time; no execution was started.
            ExecutorUnavailableError: the executor was not reached.
        """
        ...

    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute as :meth:`execute`; an executor that can, leaves the event loop to others."""
        return self.execute(request)


class RecordRepository(Protocol):
    """Stores records of executions. Every method also raises ``StoreUnavailableError``.

    It keeps each record at least until it expires, however long its input and its result are.
    Where ``adds_counts``, a ``count`` is added to the counts of days in the transaction that writes
    the record; elsewhere there is none.
    """

    @property
    def adds_counts(self) -> bool:
        """Whether it adds counts; what else counts an execution must leave out these then."""
        ...

    def require_room(self, account_id: str, now: int) -> None:
        """Let pass an execution that will wait, before anything of it is stored.

        Simultaneous requests may pass together; :meth:`add` then decides between them.

        Raises:
            QuotaExceededError: the tenant has as many that wait, or as many bytes, as it may have.
        """
        ...

    def add(
        self,
        record: ExecutionRecord,
        contents: ExecutionPayload,
        count: DailyCount | None = None,
    ) -> None:
        """Store a new record; to repeat it changes nothing.

        Raises:
            QuotaExceededError: the tenant may have no more executions that wait.
            StorageFullError: it may have no more bytes, or the disk has too little left.
        """
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
        """Return a record and its payload.

        Raises:
            ExecutionNotFoundError: the function has no such record.
        """
        ...

    def replace(
        self,
        record: ExecutionRecord,
        expected_revision: int,
        result: ExecutionResult | None = None,
        count: DailyCount | None = None,
    ) -> None:
        """Replace a record that is at ``expected_revision`` by its next revision.

        A ``result`` replaces the result in the record's payload: an attempt has ended, and the
        record gets a new position. Without it, it keeps its position.

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
        """Yield records by their ids, by default the newest first.

        ``after`` is the id to start behind, and need not exist. The store reads them in requests of
        ``at_once``, as the caller consumes them.
        """
        ...

    def iterate_account(
        self, account_id: str, after: str, *, descending: bool, at_once: int
    ) -> Iterator[PositionedRecord]:
        """Yield the records of all functions of an account by their positions.

        ``after`` is the text to start behind, which need not be a position; ``at_once`` is as in
        :meth:`iterate`.
        """
        ...

    def settled_position(self, account_id: str, after: str | None) -> str | None:
        """Return the position up to which no record will appear any more.

        It may be before ``after``, where another process was ahead of this one; ``after`` is then
        returned. Returns None if ``after`` is no position, or ahead of all of the store.
        """
        ...

    def get_result(self, found: PositionedRecord) -> ExecutionResult | None:
        """Return the result in the payload of a record.

        Raises:
            ExecutionNotFoundError: the record is at another position by now, or gone.
        """
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every record of a function, with its payload."""
        ...


class DailyCountRepository(Protocol):
    """Stores what functions executed on a day, until it expires."""

    def add(self, counts: Sequence[DailyCount]) -> int:
        """Add to what is stored, and return how many of the counts, from the first, were added.

        It raises no ``StoreUnavailableError``. Each of ``counts`` has a function.
        """
        ...

    def find(self, account_id: str, ids: Sequence[str]) -> Sequence[DailyCount]:
        """Return those counts of an account that have one of some ids, in the order of ``ids``.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        ...

    def iterate(
        self, account_id: str, after: str, *, descending: bool = True, at_once: int
    ) -> Iterator[DailyCount]:
        """Yield the counts of an account, in the order of their ids, as the caller consumes them.

        The store reads them in requests of ``at_once``; no count needs to have the id ``after``.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        ...


class IdempotencyRepository(Protocol):
    """Stores idempotency records. Every method also raises ``StoreUnavailableError``."""

    def add(self, claim: IdempotencyRecord, now: int) -> IdempotencyRecord:
        """Store a record, unless the key has one that has not expired at ``now``.

        Returns the record that the key has then. Of several callers at a time, one stores its own.

        Raises:
            QuotaExceededError: the key is new, and the tenant may have no more valid ones.
        """
        ...

    def replace(self, claim: IdempotencyRecord, before: IdempotencyRecord) -> None:
        """Replace the record of the key, if it names the execution of ``before``.

        Raises:
            RevisionConflictError: the key has a record of another execution, or none.
        """
        ...

    def remove(self, claim: IdempotencyRecord) -> None:
        """Remove the record of a key, if it names the same execution."""
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every idempotency record of a function."""
        ...


class Callbacks(Protocol):
    """Sends callbacks, which report the end of an execution."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send a POST, and return when the receiver accepted it, within ``limits.CALLBACK_S``.

        Raises:
            CallbackFailedError: the receiver did not accept it, or callbacks must not go there.
        """
        ...
