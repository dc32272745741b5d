"""The executions of an account: which a list has, what a follower gets, and who waits."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.errors import TooManyFollowersError
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    LogLine,
    Outcome,
)
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.limits import (
    LOG_WAIT_S,
    LOG_WAITS,
    LOG_WAITS_IN_ALL,
    MIB,
    RECORD_S,
)
from isolambda_core.ports.blocking import directly
from isolambda_core.services.executions import account_records
from isolambda_core.services.executions.account_records import (
    AccountRecordService,
    LogPage,
    LogQuery,
)
from isolambda_core.services.executions.records import RecordFilter
from isolambda_core.services.paging import AROUND_BYTES
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.pausing import Pause, resumed
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, OK, OTHER_ACCOUNT

NEWEST_FIRST = "~"
QUERY = LogQuery(ACCOUNT, ACCOUNT, 100, lambda _: True, "0" * 13 + "~")


async def always() -> bool:
    return True


@dataclass
class Waits:
    """Waits by the clock of the test, and then does the next of what happens meanwhile."""

    clock: SetClock
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.clock.time_ms += round(seconds * 1000)
        self.pauses.append(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def waits(clock: SetClock) -> Waits:
    return Waits(clock)


@pytest.fixture
def service(store: SqliteStore, clock: SetClock, waits: Waits) -> AccountRecordService:
    return AccountRecordService(store.records, directly, clock, waits)


@pytest.fixture
def end(store: SqliteStore, clock: SetClock) -> Callable[..., ExecutionRecord]:
    """Record an execution that has ended, a moment after the one before."""

    def end(result: ExecutionResult = OK, **fields: Any) -> ExecutionRecord:
        clock.time_ms += 1
        known = {
            "execution_id": new_execution_id(clock.time_ms),
            "account_id": ACCOUNT,
            "function_id": FUNCTION,
            "version": "$LATEST",
            "qualifier": "$LATEST",
            "draft_revision": 1,
            "trigger": "kazoo",
            "request_id": "r",
            "status": Status.SUCCEEDED if result.outcome is Outcome.OK else Status.FAILED,
            "outcome": result.outcome,
            "attempts": 1,
        }
        record = ExecutionRecord(**{**known, **fields})
        store.records.add(record, ExecutionPayload(b"{}", result=result))
        return record

    return end


End = Callable[..., ExecutionRecord]


def follow(service: AccountRecordService, query: LogQuery = QUERY, wait_s: int = 0) -> LogPage:
    return complete(service.follow(query, wait_s, always))


def pages(service: AccountRecordService, query: LogQuery = QUERY) -> list[list[ExecutionRecord]]:
    """Return the records that a follower gets, page after page, until there is nothing more."""
    found = []
    while (page := follow(service, query)).entries or page.cursor != query.after:
        found.append([entry.record for entry in page.entries])
        query = replace(query, after=page.cursor)
    return found


def test_a_list_has_the_executions_that_its_filter_accepts(
    service: AccountRecordService, end: End, clock: SetClock
) -> None:
    early = end()
    since_ms = clock.time_ms + 1
    failed, late = end(FAILED), end()
    until_ms = clock.time_ms

    def listed(record_filter: RecordFilter) -> list[ExecutionRecord]:
        return [*service.list(ACCOUNT, 9, NEWEST_FIRST, record_filter).items]

    assert listed(RecordFilter()) == [late, failed, early]
    assert listed(RecordFilter(since_ms=since_ms)) == [late, failed]
    assert listed(RecordFilter(until_ms=until_ms)) == [failed, early]
    assert listed(RecordFilter(predicate=lambda each: each.outcome is Outcome.OK)) == [late, early]


def test_a_list_goes_on_behind_its_page(service: AccountRecordService, end: End) -> None:
    ended = [end() for _ in range(5)]
    after: str | None = NEWEST_FIRST
    found: list[ExecutionRecord] = []
    for _ in range(3):
        assert after is not None
        page = service.list(ACCOUNT, 2, after)
        found += page.items
        after = page.next_after

    assert (found, after) == (ended[::-1], None)


def test_a_list_has_no_record_that_has_expired(
    service: AccountRecordService, end: End, clock: SetClock
) -> None:
    end()
    clock.time_ms += 2_000
    last = end()

    clock.time_ms += (RECORD_S - 1) * 1_000

    assert service.list(ACCOUNT, 9, NEWEST_FIRST).items == [last]


def test_a_follower_of_some_is_told_of_no_others_and_looks_at_each_once(
    service: AccountRecordService, end: End
) -> None:
    ended = [end(FAILED if number % 5 == 0 else OK) for number in range(20)]
    seen: list[str] = []

    def matches(record: ExecutionRecord) -> bool:
        seen.append(record.id)
        return record.outcome is not Outcome.OK

    [page] = pages(service, replace(QUERY, matches=matches))

    assert page == ended[::5]
    assert seen == [each.id for each in ended]


def test_a_page_of_long_logs_ends_early_and_the_next_goes_on(
    service: AccountRecordService, end: End
) -> None:
    long = replace(OK, logs=(LogLine("log", "x" * MIB, 1),))
    ended = [end(long) for _ in range(5)]

    found = pages(service)

    assert [len(page) for page in found] == [2, 2, 1]
    assert [record for page in found for record in page] == ended


def test_a_page_ends_early_where_the_results_are_long_that_it_does_not_have(
    service: AccountRecordService, end: End
) -> None:
    long = replace(OK, result=b'"%b"' % (b"x" * 5 * MIB))
    ended = [end(long) for _ in range(9)]

    found = pages(service)

    assert [len(page) for page in found] == [7, 2]
    assert [record for page in found for record in page] == ended


def test_a_request_waits_until_there_is_something(
    service: AccountRecordService, waits: Waits, end: End
) -> None:
    waits.meanwhile = [lambda: None, lambda: end(account_id=OTHER_ACCOUNT), end]

    page = follow(service, wait_s=LOG_WAIT_S)

    assert [entry.record.account_id for entry in page.entries] == [ACCOUNT]
    assert len(waits.pauses) == 3


def test_a_request_waits_for_no_longer_than_it_says(
    service: AccountRecordService, waits: Waits
) -> None:
    page = follow(service, wait_s=1)

    assert page.entries == []
    assert sum(waits.pauses) == pytest.approx(1)
    assert max(waits.pauses) <= 0.5


def test_a_request_does_not_wait_where_there_is_something_or_it_does_not_say_so(
    service: AccountRecordService, waits: Waits, end: End
) -> None:
    follow(service)
    end()
    follow(service, wait_s=LOG_WAIT_S)

    assert waits.pauses == []


def test_a_request_that_waits_hears_of_what_it_does_not_ask_for_once(
    service: AccountRecordService, waits: Waits, end: End
) -> None:
    seen: list[str] = []

    def matches(record: ExecutionRecord) -> bool:
        seen.append(record.id)
        return False

    waits.meanwhile = [lambda: None, end, lambda: None, end]

    follow(service, replace(QUERY, matches=matches), wait_s=4)

    assert len(seen) == len(set(seen)) == 2


def test_a_request_does_not_wait_while_there_is_more_to_look_at(
    service: AccountRecordService, waits: Waits, end: End, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_records, "EXAMINED_BYTES", 3 * AROUND_BYTES)
    for _ in range(7):
        end()
    seen: list[str] = []

    def matches(record: ExecutionRecord) -> bool:
        seen.append(record.id)
        return False

    query = replace(QUERY, matches=matches)
    page = follow(service, query, wait_s=LOG_WAIT_S)
    assert 0 < len(seen) <= 3
    assert waits.pauses == []

    while len(seen) < 7:
        page = follow(service, replace(query, after=page.cursor), wait_s=1)
    assert page.entries == []
    assert len(set(seen)) == 7
    assert sum(waits.pauses) == pytest.approx(1)


def test_a_request_whose_client_has_gone_waits_no_longer(
    service: AccountRecordService, waits: Waits
) -> None:
    answers = [True, True, False]

    async def still_waits() -> bool:
        return answers.pop(0)

    page = complete(service.follow(QUERY, LOG_WAIT_S, still_waits))

    assert (page.entries, answers, len(waits.pauses)) == ([], [], 2)


def test_so_many_requests_of_a_tenant_wait_and_take_nothing_from_another_one(
    store: SqliteStore, clock: SetClock
) -> None:
    async def wait(_: float) -> None:
        await Pause()

    service = AccountRecordService(store.records, directly, clock, wait)
    below = replace(QUERY, account_id="d" * 32)
    other = replace(QUERY, account_id=OTHER_ACCOUNT, tenant=OTHER_ACCOUNT)

    def asked(query: LogQuery) -> Coroutine[Any, Any, LogPage]:
        return service.follow(query, LOG_WAIT_S, always)

    waiting = [asked((QUERY, below)[number % 2]) for number in range(LOG_WAITS)]
    assert [resumed(each) for each in waiting] == [None] * LOG_WAITS
    for query in (QUERY, below):
        with pytest.raises(TooManyFollowersError, match=f"{LOG_WAITS} requests wait for logs"):
            resumed(asked(query))
    assert follow(service).entries == []
    of_other = asked(other)
    assert resumed(of_other) is None

    waiting.pop().close()  # as when its client has gone
    waiting.append(asked(QUERY))
    assert resumed(waiting[-1]) is None
    for each in (*waiting, of_other):
        each.close()
    names = [f"logs of {tenant}" for tenant in (ACCOUNT, OTHER_ACCOUNT)]
    assert [service.waiting.add(name, 0) for name in names] == [0, 0]


def test_so_many_requests_of_all_tenants_wait(store: SqliteStore, clock: SetClock) -> None:
    async def wait(_: float) -> None:
        await Pause()

    service = AccountRecordService(store.records, directly, clock, wait)

    def asked(number: int) -> Coroutine[Any, Any, LogPage]:
        query = replace(QUERY, tenant=f"{number // LOG_WAITS:032}")
        return service.follow(query, LOG_WAIT_S, always)

    waiting = [asked(number) for number in range(LOG_WAITS_IN_ALL)]
    assert [resumed(each) for each in waiting] == [None] * LOG_WAITS_IN_ALL
    with pytest.raises(TooManyFollowersError, match=f"{LOG_WAITS_IN_ALL} requests wait for logs"):
        resumed(asked(LOG_WAITS_IN_ALL))

    waiting.pop().close()
    waiting.append(asked(LOG_WAITS_IN_ALL))
    assert resumed(waiting[-1]) is None
    for each in waiting:
        each.close()


def test_a_request_that_fails_while_it_waits_makes_room(
    store: SqliteStore, clock: SetClock
) -> None:
    async def wait(_: float) -> None:
        raise ZeroDivisionError

    service = AccountRecordService(store.records, directly, clock, wait)
    for _ in range(LOG_WAITS + 1):
        with pytest.raises(ZeroDivisionError):
            follow(service, wait_s=1)
