"""Execute once for each idempotency key, and give each later request the same answer.

The header is that of draft-ietf-httpapi-idempotency-key-header.
"""

from asyncio import sleep
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final, TypeVar

from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    IsolambdaError,
    RevisionConflictError,
    StoreUnavailableError,
    Violation,
)
from isolambda_core.domain.executions.errors import (
    ExecutionInProgressError,
    IdempotencyKeyReusedError,
)
from isolambda_core.domain.executions.idempotency import (
    IdempotencyRecord,
    hash_idempotency_key,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.limits import (
    IDEMPOTENCY_KEY_CHARACTERS,
    IDEMPOTENCY_S,
    IDEMPOTENCY_WAITS,
)
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.counts import Counts, MemoryCounts
from isolambda_core.ports.executions import IdempotencyRepository
from isolambda_core.services.executions.records import RecordService

_LEASE_MS = 60_000
"""Longer than the longest request: when the lease expires, the process that had it has died."""
_TIMEOUT_S = 26.0
"""How long to wait for the request that has the key; API Gateway gives up after 30 s."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 0.8

_T = TypeVar("_T")


class _Wait(Enum):
    WAIT = auto()


_WAIT: Final = _Wait.WAIT


@dataclass(frozen=True, slots=True)
class IdempotencyService:
    """Maps idempotency keys to executions; ``wait`` waits for seconds.

    ``tenant_of`` returns the tenant of an account. A tenant has up to ``limits.IDEMPOTENCY_WAITS``
    requests that wait, which ``waiting`` counts; none of them holds a thread while it waits.

    It finds an execution by its record. If the process was killed during the execution, or the
    store did not answer at its end, there is no record, and the next request executes again.
    """

    idempotency_records: IdempotencyRepository
    records: RecordService
    tenant_of: Callable[[str], str]
    blocking: Blocking
    clock: Clock
    wait: Callable[[float], Awaitable[None]] = sleep
    waiting: Counts = field(default_factory=MemoryCounts)

    async def run_idempotent(
        self, invocation: Invocation, key: str, kind: str, begin: Callable[[str], Awaitable[_T]]
    ) -> _T | ExecutionRecord:
        """Return the result of ``begin`` with a new execution id, or the record of the key.

        ``begin`` writes the record. If it raises, the key is free again, except after a
        ``StoreUnavailableError`` that is no full quota: then the next request first looks for the
        record. Of two requests at the same time, one begins and the other waits for its record.

        Raises:
            InvalidDocumentError: the key is empty or too long.
            IdempotencyKeyReusedError: it stands for another invocation, or another ``kind``.
            ExecutionInProgressError: the request that has the key did not end in time, or too many
                requests of the tenant wait already.
            QuotaExceededError: the tenant may have no more valid keys.
        """
        if not 0 < len(key) <= IDEMPOTENCY_KEY_CHARACTERS:
            raise InvalidDocumentError([_key_violation(key)])
        mine = self._claim(invocation, key, kind)
        found = await self._take(mine)
        if found is not None:
            return found
        try:
            return await begin(mine.execution_id)
        except QuotaExceededError:
            await self._free(mine)
            raise
        except StoreUnavailableError:
            # The record may exist all the same, so the key stays, without a lease.
            with suppress(StoreUnavailableError, RevisionConflictError):
                await self.blocking(self.idempotency_records.replace, mine, mine)
            raise
        except IsolambdaError:
            await self._free(mine)
            raise

    async def _free(self, mine: IdempotencyRecord) -> None:
        with suppress(StoreUnavailableError):  # then its lease runs out
            await self.blocking(self.idempotency_records.remove, mine)

    def _claim(self, invocation: Invocation, key: str, kind: str) -> IdempotencyRecord:
        """Return a new record for a key, without a lease."""
        now_ms = self.clock.now_ms()
        return IdempotencyRecord(
            account_id=invocation.account_id,
            function_id=invocation.function_id,
            key_sha256=hash_idempotency_key(key),
            fingerprint=invocation.fingerprint(kind),
            execution_id=new_execution_id(now_ms),
            lease_until_ms=0,
            expires_at=now_ms // 1000 + IDEMPOTENCY_S,
        )

    async def _take(self, mine: IdempotencyRecord) -> ExecutionRecord | None:
        """Return the execution record of the key, or None if this request has the key now."""
        found = await self.blocking(self._look, mine)
        if found is not _WAIT:
            return found
        with self._one_more_waits(await self.blocking(self.tenant_of, mine.account_id)):
            waited_s, pause_s = 0.0, _FIRST_PAUSE_S
            while found is _WAIT:
                if waited_s >= _TIMEOUT_S:
                    raise ExecutionInProgressError
                await self.wait(pause_s)
                waited_s += pause_s
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                found = await self.blocking(self._look, mine)
            return found

    @contextmanager
    def _one_more_waits(self, tenant: str) -> Iterator[None]:
        try:
            if self.waiting.add(tenant, 1) > IDEMPOTENCY_WAITS:
                raise ExecutionInProgressError(IDEMPOTENCY_WAITS)
            yield
        finally:
            self.waiting.add(tenant, -1)

    def _look(self, mine: IdempotencyRecord) -> "ExecutionRecord | _Wait | None":
        """Return as :meth:`_take`, or that another request has the key."""
        leased = replace(mine, lease_until_ms=self.clock.now_ms() + _LEASE_MS)
        held = self.idempotency_records.add(leased, self.clock.now())
        if held.fingerprint != mine.fingerprint:
            raise IdempotencyKeyReusedError
        if held.execution_id == mine.execution_id:
            return None
        found = self.records.find(mine.account_id, mine.function_id, held.execution_id)
        if found is None and held.lease_until_ms > self.clock.now_ms():
            return _WAIT
        if found is None:
            self._take_over(leased, held)
        return found

    def _take_over(self, mine: IdempotencyRecord, held: IdempotencyRecord) -> None:
        try:
            self.idempotency_records.replace(mine, held)
        except RevisionConflictError as error:  # another request was faster
            raise ExecutionInProgressError from error


def _key_violation(key: str) -> Violation:
    if not key:
        return Violation(("Idempotency-Key",), "minLength", 1, 0)
    return Violation(("Idempotency-Key",), "maxLength", IDEMPOTENCY_KEY_CHARACTERS, len(key))
