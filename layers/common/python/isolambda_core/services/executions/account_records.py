"""List the executions of an account, and follow how they end."""

from asyncio import sleep
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import takewhile

from isolambda_core.domain.executions.errors import (
    ExecutionNotFoundError,
    TooManyFollowersError,
    UnknownCursorError,
)
from isolambda_core.domain.executions.execution import ExecutionResult, report_of
from isolambda_core.domain.executions.positions import PositionedRecord
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.ids import first_execution_id
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import (
    EXAMINED_BYTES,
    LOG_WAITS,
    LOG_WAITS_IN_ALL,
    PAGE_BYTES,
    PAGE_SIZE_MAX,
)
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.counts import Counts, MemoryCounts
from isolambda_core.ports.executions import RecordRepository
from isolambda_core.services.executions.records import ANY, RecordFilter
from isolambda_core.services.paging import AROUND_BYTES, Page, fill_page

_PAUSE_S = 0.4
"""How long a request that waits looks away: what a store holds back comes on top, within 1 s."""
_ALL = "logs"
Matches = Callable[[ExecutionRecord], bool]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An attempt that ended: what the record says, and the result where it is kept."""

    record: ExecutionRecord
    result: ExecutionResult | None


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which ended attempts are asked for: at most ``limit``, of records that match.

    ``after`` is the cursor to start behind; without it they are the newest.
    """

    account_id: str
    tenant: str
    limit: int
    matches: Matches
    after: str | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Ended attempts, the oldest first, and the cursor behind them."""

    entries: Sequence[LogEntry]
    cursor: str
    is_last: bool = True
    """Whether nothing behind the cursor had ended; else it was too much to look at all of it."""


@dataclass(frozen=True, slots=True)
class AccountRecordService:
    """Reads the records of all functions of an account, in the order of their positions.

    A tenant has up to ``limits.LOG_WAITS`` requests that wait, and all have
    ``limits.LOG_WAITS_IN_ALL``, which ``waiting`` counts; none of them holds a thread while it
    waits. ``wait`` waits for seconds.
    """

    records: RecordRepository
    blocking: Blocking
    clock: Clock
    wait: Callable[[float], Awaitable[None]] = sleep
    waiting: Counts = field(default_factory=MemoryCounts)

    def list(
        self, account_id: str, limit: int, after: str, record_filter: RecordFilter = ANY
    ) -> Page[ExecutionRecord]:
        """Return a page of records, the latest changed first; ``after`` is as of :class:`Page`."""
        first = first_execution_id(record_filter.since_ms)
        last = first_execution_id(record_filter.until_ms)
        predicate = record_filter.predicate

        def matches(found: PositionedRecord) -> bool:
            record = found.record
            return first <= record.id < last and (predicate is None or predicate(record))

        every = record_filter == ANY
        at_once = limit + 1 if every else PAGE_SIZE_MAX
        found = self._unexpired(account_id, after, descending=True, at_once=at_once)
        page = fill_page(found, limit, None if every else matches)
        return Page([found.record for found in page.items], page.next_after)

    async def follow(
        self, query: LogQuery, wait_s: int, still_waits: Callable[[], Awaitable[bool]]
    ) -> LogPage:
        """Return what has ended behind the cursor; if that is nothing, wait up to ``wait_s``.

        It does not wait while there is more to look at, so a request reads no more than a page.
        ``still_waits`` returns whether to go on waiting, each time before the store is asked again.

        Raises:
            UnknownCursorError: the cursor is none, or ahead of the store.
            TooManyFollowersError: too many requests of the tenant, or of all, wait already.
        """
        found = await self.blocking(self._read, query)
        if found.entries or not found.is_last or not wait_s:
            return found
        with self._one_more_waits(query.tenant):
            waited_s = 0.0
            while waited_s < wait_s and await still_waits():
                pause_s = min(_PAUSE_S, wait_s - waited_s)
                await self.wait(pause_s)
                waited_s += pause_s
                found = await self.blocking(self._read, replace(query, after=found.cursor))
                if found.entries or not found.is_last:
                    break
        return found

    @contextmanager
    def _one_more_waits(self, tenant: str) -> Iterator[None]:
        # Others of the tenant wait for idempotency keys.
        bounds = ((f"logs of {tenant}", LOG_WAITS), (_ALL, LOG_WAITS_IN_ALL))
        waiting = [(self.waiting.add(name, 1), most) for name, most in bounds]
        try:
            for used, most in waiting:
                if used > most:
                    raise TooManyFollowersError(most)
            yield
        finally:
            for name, _ in bounds:
                self.waiting.add(name, -1)

    def _read(self, query: LogQuery) -> LogPage:
        end = self.records.settled_position(query.account_id, query.after)
        if end is None:
            raise UnknownCursorError
        if query.after is None:
            return self._read_newest(query, end)
        return self._read_behind(query, query.after, end)

    def _read_newest(self, query: LogQuery, end: str) -> LogPage:
        found = self._unexpired(query.account_id, end, descending=True, at_once=PAGE_SIZE_MAX)
        return LogPage(self._take(query, found, end).entries[::-1], end)

    def _read_behind(self, query: LogQuery, after: str, end: str) -> LogPage:
        if after >= end:
            return LogPage([], after)
        found = self._unexpired(query.account_id, after, descending=False, at_once=PAGE_SIZE_MAX)
        settled = takewhile(lambda found: found.position <= end, found)
        return self._take(query, settled, end)

    def _take(self, query: LogQuery, found: Iterator[PositionedRecord], end: str) -> LogPage:
        """Return a page of what was found, and the last position that was examined.

        Where the page holds all that was found, that is ``end``.
        """
        entries: list[LogEntry] = []
        room, examinable, last = PAGE_BYTES, EXAMINED_BYTES, end
        for each in found:
            if examinable <= 0 or len(entries) == query.limit:
                return LogPage(entries, last, is_last=False)
            size = AROUND_BYTES + len(dump(each.document))
            entry = self._entry(each, query.matches)
            if entry is not None:
                size += len(dump(report_of(entry.result)))
                if entries and size > room:
                    return LogPage(entries, last, is_last=False)
                entries.append(entry)
                room -= size
                size += len(entry.result.result or b"") if entry.result else 0
            examinable -= size
            last = each.position
        return LogPage(entries, end)

    def _entry(self, found: PositionedRecord, matches: Matches) -> LogEntry | None:
        record = found.record
        if record.outcome is None or not matches(record):
            return None
        try:
            return LogEntry(record, self.records.get_result(found))
        except ExecutionNotFoundError:  # of a later attempt by now, which comes further on
            return None

    def _unexpired(
        self, account_id: str, after: str, *, descending: bool, at_once: int
    ) -> Iterator[PositionedRecord]:
        now = self.clock.now()
        found = self.records.iterate_account(
            account_id, after, descending=descending, at_once=at_once
        )
        return (each for each in found if each.record.expires_at > now)
