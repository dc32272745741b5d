"""Executions are counted in memory, and added to the store now and then."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from math import inf
from threading import Event, Thread

import pytest
from typing_extensions import override

from isolambda_core.domain.executions.daily_counts import DailyCount, Days
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome, Usage
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.daily_counts import SqliteDailyCountRepository
from tests.support.clocks import SetClock
from tests.support.waiting import WAIT_S

ACCOUNT, OTHER_ACCOUNT, TENANT = "a" * 32, "b" * 32, "c" * 32
FUNCTION = "f" * 32
DAY = "2027-01-15"
OK = ExecutionResult("", Outcome.OK, usage=Usage(cpu_ms=0.5))
FAILED = ExecutionResult("", Outcome.EXCEEDED_MEMORY, usage=Usage(cpu_ms=2.0))


@dataclass
class Kept:
    """Takes the first ``takes`` of what is added at a time, all by default."""

    takes: float = inf
    added: list[DailyCount] = field(default_factory=list)
    times: int = 0

    def add(self, counts: Sequence[DailyCount]) -> int:
        self.times += 1
        taken = min(len(counts), self.takes)
        self.added += counts[: int(taken)]
        return int(taken)

    def iterate(self, *_: object, **__: object) -> Iterator[DailyCount]:
        return iter(())

    def find(self, *_: object) -> Sequence[DailyCount]:
        return ()

    def executions(self, account_id: str = ACCOUNT) -> int:
        return sum(count.executions for count in self.added if count.account_id == account_id)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def service(kept: Kept, clock: SetClock) -> DailyCountService:
    return DailyCountService(kept, clock, every_s=10, rows_max=4)


def of(function: int = 0, account_id: str = ACCOUNT, tenant: str = "") -> Invocation:
    return Invocation(account_id, f"{function:032x}", b"", tenant=tenant)


def flush_if_due(service: DailyCountService, *invocations: Invocation) -> None:
    for invocation in invocations:
        if service.add(invocation, OK):
            service.flush()


def test_the_first_execution_is_due_at_once_and_the_next_after_a_while(
    service: DailyCountService, clock: SetClock
) -> None:
    assert service.add(of(), OK)
    service.flush()

    assert not service.add(of(), OK)
    clock.time_ms += 9_999
    assert not service.add(of(), OK)
    clock.time_ms += 1
    assert service.add(of(), OK)


def test_a_clock_that_is_set_back_does_not_put_off_what_is_due(
    service: DailyCountService, clock: SetClock
) -> None:
    assert service.add(of(), OK)
    service.flush()

    clock.time_ms -= 3_600_000
    assert service.add(of(), OK)
    service.flush()

    assert not service.add(of(), OK)


def test_a_flush_adds_one_count_for_each_function_and_day(
    service: DailyCountService, kept: Kept, clock: SetClock
) -> None:
    service.add(of(1), OK)
    service.add(of(1), FAILED)
    service.add(of(2), OK)
    clock.time_ms += 86_400_000
    service.add(of(1), OK)

    service.flush()
    service.flush()

    assert kept.added == [
        DailyCount(ACCOUNT, DAY, f"{1:032x}", 2, 1, 2_500),
        DailyCount(ACCOUNT, DAY, f"{2:032x}", 1, 0, 500),
        DailyCount(ACCOUNT, "2027-01-16", f"{1:032x}", 1, 0, 500),
    ]
    assert kept.times == 1


def test_under_load_a_flush_is_for_many_executions(
    service: DailyCountService, kept: Kept, clock: SetClock
) -> None:
    for _ in range(10_000):
        flush_if_due(service, of())
        clock.time_ms += 10  # a hundred a second

    assert kept.times <= 11


def test_as_many_functions_as_are_counted_in_memory_are_due(
    service: DailyCountService, kept: Kept
) -> None:
    flush_if_due(service, *(of(number) for number in range(17)))

    assert kept.times == 5
    assert kept.executions() == 17


def test_what_the_store_did_not_take_is_added_later(
    service: DailyCountService, kept: Kept, clock: SetClock
) -> None:
    kept.takes = 1
    flush_if_due(service, of(1))
    service.add(of(2), OK)
    service.add(of(3), FAILED)
    service.flush()
    service.add(of(3), OK)

    kept.takes = inf
    clock.time_ms += 10_000
    flush_if_due(service, of(3))

    found = {count.function_id: count.executions for count in kept.added[2:]}
    assert kept.executions() == 5
    assert found == {f"{3:032x}": 3}


def test_a_store_that_takes_nothing_is_asked_now_and_then_alone(
    service: DailyCountService, kept: Kept, clock: SetClock
) -> None:
    kept.takes = 0

    flush_if_due(service, *(of(number) for number in range(1_000)))
    clock.time_ms += 10_000
    flush_if_due(service, of())

    assert kept.times == 2


def test_no_tenant_takes_the_room_of_another_while_the_store_takes_nothing(
    service: DailyCountService, kept: Kept, clock: SetClock
) -> None:
    kept.takes = 0
    flush_if_due(service, of())
    for number in range(10_000):  # by accounts below one at the top, too
        flush_if_due(service, of(number, f"{number:032x}", TENANT), of(number))
    flush_if_due(service, of(1, OTHER_ACCOUNT), of(2, OTHER_ACCOUNT))

    kept.takes = inf
    clock.time_ms += 10_000
    flush_if_due(service, of(1, OTHER_ACCOUNT))

    assert kept.executions(OTHER_ACCOUNT) == 3
    assert len(kept.added) == 4 + 4 + 2


def test_all_tenants_have_so_many_functions_while_the_store_takes_nothing(
    service: DailyCountService, kept: Kept, clock: SetClock
) -> None:
    kept.takes = 0
    flush_if_due(service, *(of(1, f"{number:032x}") for number in range(10_000)))

    kept.takes = inf
    clock.time_ms += 10_000
    service.flush()

    assert len(kept.added) == 4 * 16


def test_what_is_dropped_is_said(
    service: DailyCountService, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    kept.takes = 0
    flush_if_due(service, *(of(number) for number in range(10)))

    service.flush()

    assert caplog.messages[-1] == "6 executions were not counted: there is no room"


def test_threads_count_together(kept: Kept, clock: SetClock) -> None:
    service = DailyCountService(kept, clock, every_s=inf)

    def execute() -> None:
        for number in range(2_000):
            service.add(of(), OK)
            if number % 100 == 0:
                service.flush()

    threads = [Thread(target=execute) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    service.flush()

    assert kept.executions() == 8_000


def test_a_page_of_sums_ends_with_a_day_after_many_functions(clock: SetClock) -> None:
    with closing(open_store(None)) as store:
        service = DailyCountService(SqliteDailyCountRepository(store.database), clock)
        for day in ("2027-01-01", "2027-01-02", "2027-01-03"):
            ids = (f"{number:032x}" for number in range(10_000))
            store.daily_counts.add([DailyCount(ACCOUNT, day, each, 1, 0, 0) for each in ids])
        days = Days("2027-01-01", "2027-01-31")

        first = service.sums(ACCOUNT, days, 50, "~", descending=True)
        last = service.sums(ACCOUNT, days, 50, first.next_after or "", descending=True)

        assert [(each.day, each.executions) for each in first.items] == [
            ("2027-01-03", 10_000),
            ("2027-01-02", 10_000),
        ]
        assert [each.day for each in last.items] == ["2027-01-01"]
        assert last.next_after is None


def test_a_flush_waits_for_one_under_way_so_that_a_reader_sees_what_it_adds(
    clock: SetClock,
) -> None:
    begun, may_end = Event(), Event()

    class Slow(Kept):
        @override
        def add(self, counts: Sequence[DailyCount]) -> int:
            begun.set()
            assert may_end.wait(WAIT_S)
            return super().add(counts)

    slow = Slow()
    service = DailyCountService(slow, clock)
    service.add(of(), OK)
    seen: list[int] = []

    def read() -> None:
        service.flush()
        seen.append(slow.executions())

    writer, reader = Thread(target=service.flush), Thread(target=read)
    writer.start()
    assert begun.wait(WAIT_S)
    reader.start()
    may_end.set()
    writer.join(WAIT_S)
    reader.join(WAIT_S)

    assert seen == [1]
