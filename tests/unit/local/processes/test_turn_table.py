"""A process keeps the turn of a tenant for its own executions: for a while, and after all others.

What is so in one process, too, is in ``test_turns.py``.
"""

import pytest

from isolambda_core.domain.limits import EXECUTIONS_WAITING_MAX
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.processes.turn_table import KEEPS_US, TurnTable

A, B = 1, 2
FIRST, SECOND, THIRD = range(3)
NOW = 1_000_000


class Processes:
    """Three processes, of which the first one has the only turn, which is of tenant ``A``."""

    def __init__(self) -> None:
        memory = SharedMemory(3)
        self.tables = [TurnTable(memory.of_process(each), 1, 1) for each in range(3)]
        self.queues: dict[tuple[int, int], int] = {}
        assert self.tables[FIRST].begin(A) == 0

    def wait(self, process: int, key: int, *, is_call: bool = False) -> None:
        known = self.queues.get((process, key))
        queue = self.tables[process].wait(key, known, is_call=is_call)
        assert queue is not None
        self.queues[process, key] = queue

    def end(self, process: int, now_us: int) -> int | None:
        """End the execution, which is of a process, and return in which the next one begins."""
        table = self.tables[process]
        keeps = table.keeps(A, now_us)
        if not keeps:
            table.end(0)
        begun = process if keeps else table.grant(now_us)
        if begun is not None:
            key = A if keeps else self.tables[begun].granted()[0][1]
            self.tables[begun].leave(self.queues[begun, key])
        return begun


@pytest.fixture
def processes() -> Processes:
    return Processes()


def test_it_keeps_it_while_others_of_the_tenant_wait_in_another_process(
    processes: Processes,
) -> None:
    for process in (SECOND, FIRST, FIRST, FIRST):
        processes.wait(process, A)

    ends = (NOW, NOW + 1, NOW + KEEPS_US)
    assert [processes.end(FIRST, now) for now in ends] == [FIRST, FIRST, SECOND]


def test_who_gets_it_has_it_as_long(processes: Processes) -> None:
    for process in (SECOND, SECOND, SECOND, FIRST, FIRST):
        processes.wait(process, A)
    assert processes.end(FIRST, NOW) == FIRST
    assert processes.end(FIRST, NOW + KEEPS_US) == SECOND

    assert processes.end(SECOND, NOW + 2 * KEEPS_US - 1) == SECOND
    assert processes.end(SECOND, NOW + 2 * KEEPS_US) == FIRST


def test_what_was_passed_over_longest_is_next(processes: Processes) -> None:
    for process in (FIRST, FIRST, THIRD):
        processes.wait(process, A)
    assert processes.end(FIRST, NOW) == FIRST
    processes.wait(SECOND, A)
    assert processes.end(FIRST, NOW + 1) == FIRST

    assert processes.end(FIRST, NOW + 2) == THIRD
    assert processes.end(THIRD, NOW + 3) == SECOND
    assert processes.end(SECOND, NOW + 4) is None


def test_it_does_not_keep_it_while_another_tenant_waits(processes: Processes) -> None:
    for process, key in ((FIRST, A), (SECOND, B)):
        processes.wait(process, key)
    table = processes.tables[FIRST]
    table.wait(A, processes.queues[FIRST, A], is_call=False)

    assert not table.keeps(A, NOW)


@pytest.mark.parametrize(("here", "there"), [(False, True), (False, False), (True, False)])
def test_it_does_not_keep_it_while_a_call_waits_in_another_process(here: bool, there: bool) -> None:
    processes = Processes()
    processes.wait(SECOND, A, is_call=there)
    processes.wait(FIRST, A, is_call=here)

    assert processes.end(FIRST, NOW) == (SECOND if there else FIRST)


def test_nothing_is_kept_where_nothing_waits(processes: Processes) -> None:
    assert processes.end(FIRST, NOW) is None
    assert processes.tables[SECOND].begin(B) == 0


def test_it_keeps_it_longer_where_another_one_has_become_first_in_the_other_process(
    processes: Processes,
) -> None:
    for process in (SECOND, SECOND, FIRST, FIRST):
        processes.wait(process, A)
    assert processes.end(FIRST, NOW) == FIRST

    processes.tables[SECOND].leave(processes.queues[SECOND, A])

    assert processes.end(FIRST, NOW + KEEPS_US) == FIRST


def test_no_more_is_granted_to_a_process_than_waits_there() -> None:
    memory = SharedMemory(2)
    first, second = (TurnTable(memory.of_process(each), 3, 3) for each in range(2))
    for place in range(3):
        assert first.begin(A) == place
    for table in (first, second):
        table.wait(B, None, is_call=False)
    for place in range(3):
        first.end(place)

    assert [first.grant(NOW) for _ in range(3)] == [FIRST, SECOND, None]


def test_no_more_of_a_tenant_wait_behind_others_without_the_lock_than_with_it() -> None:
    table = TurnTable(SharedMemory(2).of_process(0), 1, 1)
    table.begin(A)
    queue = table.wait(A, None, is_call=False)
    assert queue is not None

    joined = [table.join(queue) for _ in range(EXECUTIONS_WAITING_MAX)]

    assert joined == [*[True] * (EXECUTIONS_WAITING_MAX - 1), False]
    assert table.wait(A, queue, is_call=False) is None
