"""Write the records of executions, and look them up."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.daily_counts import DailyCount
from isolambda_core.domain.executions.errors import ExecutionNotFoundError
from isolambda_core.domain.executions.execution import ExecutionResult, Origin, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import (
    Callback,
    ExecutionPayload,
    ExecutionRecord,
    Status,
    ending_of,
)
from isolambda_core.domain.functions.functions import (
    RECORDS,
    Function,
)
from isolambda_core.domain.ids import MS_MAX, first_execution_id
from isolambda_core.domain.limits import PAGE_SIZE_MAX
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import RecordRepository
from isolambda_core.ports.functions import FunctionRepository
from isolambda_core.ports.store import Store
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.functions.failures import FailureService
from isolambda_core.services.paging import (
    Page,
    fill_page,
)

_ALL, _FAILURES, _REPLAYABLE, _ = RECORDS

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Selects the records of a time range that ``predicate`` accepts.

    From ``since_ms`` up to, but without, ``until_ms``, in Unix milliseconds.
    """

    since_ms: int = 0
    until_ms: int = MS_MAX
    predicate: Callable[[ExecutionRecord], bool] | None = None


ANY = RecordFilter()


@dataclass(frozen=True, slots=True)
class RecordService:
    """Writes the records of executions, as the only service, and looks them up."""

    records: RecordRepository
    functions: FunctionRepository
    failures: FailureService

    def has_to_save(
        self, resolved: Resolved, result: ExecutionResult, *, always: bool = False
    ) -> bool:
        """Return whether :meth:`save` has anything to write of an ended execution.

        It reads and writes nothing, and needs no record: most executions have none.
        """
        has_failed = result.outcome is not Outcome.OK
        if not has_failed and resolved.version in resolved.function.breakers:
            return True
        return _is_recorded(resolved.record, has_failed=has_failed, always=always)

    def is_recorded(
        self, resolved: Resolved, result: ExecutionResult, *, always: bool = False
    ) -> bool:
        """Return whether :meth:`save` writes a record of an ended execution."""
        has_failed = result.outcome is not Outcome.OK
        return _is_recorded(resolved.record, has_failed=has_failed, always=always)

    def is_counted(
        self, resolved: Resolved, result: ExecutionResult, *, always: bool = False
    ) -> bool:
        """Return whether :meth:`save` adds a count in the transaction that writes a record."""
        return self.records.adds_counts and self.is_recorded(resolved, result, always=always)

    def save_for_shadow(self, record: ExecutionRecord, contents: ExecutionPayload) -> None:
        """Save the record of an execution that the document wants none of, for a shadow to read.

        One that cannot be kept now is not, and nothing else is counted by it.
        """
        try:
            self.records.add(record, contents)
        except StoreUnavailableError:
            line = {"execution_id": record.execution_id}
            _log.warning("%(execution_id)s: its record could not be kept", line, extra=line)

    def save(
        self,
        function: Function,
        record: ExecutionRecord,
        contents: ExecutionPayload,
        *,
        always: bool = False,
        count: DailyCount | None = None,
    ) -> bool:
        """Save the record of an ended execution, if the function's document says so.

        One that cannot be kept now is not: the caller has waited for the result, and gets it.
        Returns whether the record was written, and the ``count`` with it.
        """
        is_written = False
        has_failed = record.status is Status.FAILED
        is_recorded = _is_recorded(function.record, has_failed=has_failed, always=always)
        try:
            if is_recorded:
                self.records.add(record, contents, count)
                is_written = True
            if is_recorded or not has_failed:
                self.failures.note(function, record)
        except StoreUnavailableError:
            line = {"execution_id": record.execution_id}
            _log.warning("%(execution_id)s: its record could not be kept", line, extra=line)
        return is_written

    def require_room(self, record: ExecutionRecord) -> None:
        """Let pass an execution that will wait; see ``RecordRepository.require_room``.

        Raises:
            QuotaExceededError: the tenant may have no more.
            StoreUnavailableError: the store does not answer.
        """
        self.records.require_room(record.account_id, record.kept_from_ms // 1000)

    def add(self, record: ExecutionRecord, contents: ExecutionPayload) -> None:
        """Write the first record of an execution that will be attempted.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        self.records.add(record, contents)

    def update(
        self,
        record: ExecutionRecord,
        result: ExecutionResult | None = None,
        count: DailyCount | None = None,
    ) -> ExecutionRecord:
        """Write the next revision of a record over the one before, and return it.

        With a ``result`` it takes the place of the one before; ``count`` is added with it.

        Raises:
            RevisionConflictError: the stored record is at another revision, or gone.
            StoreUnavailableError: the store does not answer.
        """
        self.records.replace(record, record.revision - 1, result, count)
        return record

    def find(self, account_id: str, function_id: str, execution_id: str) -> ExecutionRecord | None:
        """Return a record, or None if it does not exist.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        try:
            return self.records.get(account_id, function_id, execution_id)
        except ExecutionNotFoundError:
            return None

    def get_whole(
        self, account_id: str, function_id: str, execution_id: str
    ) -> tuple[ExecutionRecord, ExecutionPayload]:
        """Return a record and its payload, also of a removed function.

        Raises:
            ExecutionNotFoundError: there is no such record.
            StoreUnavailableError: the store does not answer.
        """
        return self.records.get_whole(account_id, function_id, execution_id)

    def list(
        self,
        account_id: str,
        function_id: str,
        limit: int,
        after: str | None,
        *,
        descending: bool = True,
        record_filter: RecordFilter = ANY,
    ) -> Page[ExecutionRecord]:
        """Return a page of records, in the order of the requests for the executions.

        ``after`` is the id to start behind; see :func:`fill_page`.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        self.functions.get(account_id, function_id)
        first, last = (
            first_execution_id(record_filter.since_ms),
            first_execution_id(record_filter.until_ms),
        )
        bound = last if descending else first
        nearer = min if descending else max
        found = self.records.iterate(
            account_id,
            function_id,
            bound if after is None else nearer(after, bound),
            descending=descending,
            at_once=limit + 1 if record_filter.predicate is None else PAGE_SIZE_MAX,
        )
        inside = takewhile(lambda record: first <= record.id < last, found)
        return fill_page(inside, limit, record_filter.predicate)

    def fetch(
        self, account_id: str, function_id: str, execution_id: str
    ) -> tuple[ExecutionRecord, ExecutionPayload]:
        """Return a record and its payload.

        Raises:
            FunctionNotFoundError: the account has no such function.
            ExecutionNotFoundError: the function has no such record.
        """
        self.functions.get(account_id, function_id)
        return self.records.get_whole(account_id, function_id, execution_id)


def new_record(
    invocation: Invocation,
    resolved: Resolved,
    execution_id: str,
    callback: Callback | None = None,
    **more: Any,
) -> ExecutionRecord:
    """Return the record of a new execution; ``more`` are further fields of it."""
    function = resolved.function
    fields = {"status": Status.QUEUED, **more}
    return ExecutionRecord(
        execution_id=execution_id,
        account_id=function.account_id,
        function_id=function.id,
        version=resolved.version,
        qualifier=resolved.qualifier,
        draft_revision=function.revision,
        trigger=invocation.origin.trigger,
        request_id=invocation.origin.request_id,
        trigger_id=invocation.origin.trigger_id,
        event_id=invocation.origin.event_id,
        as_callflow=invocation.as_callflow,
        callback=callback,
        parent_id=invocation.parent_id,
        **fields,
    )


def ended_record(
    invocation: Invocation,
    resolved: Resolved,
    execution_id: str,
    result: ExecutionResult,
    at_ms: int,
) -> ExecutionRecord:
    """Return the record of an execution that ended as soon as it was asked for."""
    ending = ending_of(result, at_ms)
    return new_record(invocation, resolved, execution_id, attempts=1, revision=2, **ending)


def ended_payload(
    invocation: Invocation, resolved: Resolved, result: ExecutionResult
) -> ExecutionPayload:
    """Return the payload of :func:`ended_record`, whose result says which source ran.

    Where operations are recorded, it has ``meta``, which the function got, and without which it
    might ask for others. It has no ``tokens``, which are the client's credentials.
    """
    result = replace(result, source_sha256=resolved.source_sha256)
    if result.recorded is None:
        return ExecutionPayload(invocation.payload, result=result)
    return ExecutionPayload(invocation.payload, Origin(meta=invocation.origin.meta), result)


def _is_recorded(recorded: str, *, has_failed: bool, always: bool) -> bool:
    return always or recorded in {_ALL, _REPLAYABLE} or (has_failed and recorded == _FAILURES)


def open_records(store: Store, clock: Clock) -> RecordService:
    """Return the service on a store; see :class:`RecordService`."""
    failures = FailureService(store.records, store.functions, clock)
    return RecordService(store.records, store.functions, failures)
