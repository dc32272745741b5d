"""Executions that end at the same time, and one who follows them meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Lock

import pytest
from typing_extensions import override

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from tests.support.clocks import SetClock
from tests.support.following import Follower
from tests.support.stores import Store

NOW_MS = 1_800_000_000_123
WRITERS, EACH = 4, 12
OK = ExecutionResult("1" * 32, Outcome.OK, result=b"1")


class Moments(SetClock):
    """Is a millisecond on at each look, whichever thread looks."""

    def __init__(self, time_ms: int) -> None:
        super().__init__(time_ms)
        self._moments = count(time_ms)
        self._alone = Lock()

    @override
    def now_ms(self) -> int:
        with self._alone:
            self.time_ms = next(self._moments)
            return self.time_ms


@pytest.fixture
def clock() -> SetClock:
    return Moments(NOW_MS)


def test_one_who_follows_many_writers_misses_none_and_hears_none_twice(
    two_of_one_store: tuple[Store, Store],
    clock: SetClock,
    a_record: Callable[..., ExecutionRecord],
) -> None:
    def write(writer: int) -> None:
        records = two_of_one_store[writer % 2].records
        for number in range(writer * EACH, (writer + 1) * EACH):
            record = a_record(number)
            if number % 2:
                ended = a_record(number, status=Status.SUCCEEDED, attempts=1, outcome=Outcome.OK)
                records.add(ended, ExecutionPayload(b"{}", result=OK))
            else:
                records.add(record, ExecutionPayload(b"{}"))
                records.replace(record.ended(OK, NOW_MS), 1, OK)

    follower = Follower(two_of_one_store[0].records, clock, limit=5)
    with ThreadPoolExecutor(WRITERS) as pool:
        writes = [pool.submit(write, writer) for writer in range(WRITERS)]
        while not all(each.done() for each in writes):
            follower.look()
        assert [each.result() for each in writes] == [None] * WRITERS
    for _ in range(1_000):  # what a store holds back comes later
        clock.now_ms()
    while follower.look().entries:
        pass

    assert sorted(follower.heard) == [(a_record(number).id, 1) for number in range(WRITERS * EACH)]
