"""What the processes of a server have in use is counted together, and goes with its process."""

import os
import signal
from collections.abc import Callable

import pytest

from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_local.processes import counts
from isolambda_local.processes.counts import SharedCounts
from isolambda_local.processes.rate_limits import SharedRateLimitRepository
from isolambda_local.processes.shared_memory import SharedMemory

NOW_MS = 1_800_000_000_000


def two(memory: SharedMemory) -> tuple[SharedCounts, SharedCounts]:
    return SharedCounts(memory.of_process(0)), SharedCounts(memory.of_process(1))


def test_all_processes_count_together() -> None:
    first, second = two(SharedMemory(2))

    assert [first.add("a", 5), second.add("a", 7), second.add("b", 1)] == [5, 12, 1]
    assert [first.add("a", -5), second.add("a", -7), first.add("a", 0)] == [7, 0, 0]
    assert list(first.of_processes()) == [0, 1]


def test_what_a_process_had_goes_with_it_and_what_others_have_stays() -> None:
    memory = SharedMemory(2)
    first, second = two(memory)
    for name in ("a", "b", "c"):
        first.add(name, 3)
        second.add(name, 4)

    SharedCounts(memory).forget(1)

    assert [first.add(name, 0) for name in ("a", "b", "c")] == [3, 3, 3]
    assert list(first.of_processes()) == [9, 0]
    assert SharedCounts(memory.of_process(1)).add("a", 1) == 4


def test_names_that_are_no_longer_counted_leave_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "_ROWS", 4)
    first, second = two(SharedMemory(2))

    for number in range(1_000):
        assert first.add(f"{number}", 1) == second.add(f"{number}", -1) + 1 == 1
        assert first.add(f"{number}", -1) == second.add(f"{number}", 1) - 1 == -1


def test_names_share_a_row_where_others_have_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "_ROWS", 1)
    monkeypatch.setattr(counts, "_WINDOW", 3)
    first, second = two(SharedMemory(2))
    own = [first.add(name, 1) for name in ("a", "b", "c")]

    assert own == [1, 1, 1]
    assert [first.add("d", 1), second.add("e", 1), first.add("d", -1)] == [1, 2, 1]
    assert second.add("a", 1) == 2


def in_child(do: Callable[[], None]) -> int:
    """Do something in a process of its own, which ends with it, and return the process id."""
    pid = os.fork()
    if not pid:
        do()
        os._exit(0)
    return pid


def test_processes_that_take_at_once_get_as_many_tokens_as_there_are() -> None:
    memory = SharedMemory(4)
    size, tries, tokens = RateLimit(100, 1), 50, 100
    granted = SharedCounts(memory)

    def take(process: int) -> Callable[[], None]:
        def do() -> None:
            own = memory.of_process(process)
            counted, rate_limits = SharedCounts(own), SharedRateLimitRepository(own)
            for _ in range(tries):
                if rate_limits.take("a", size, 1, NOW_MS).retry_after_s is None:
                    counted.add("granted", 1)

        return do

    for child in [in_child(take(process)) for process in range(4)]:
        assert os.waitpid(child, 0)[1] == 0

    SharedRateLimitRepository(memory)
    assert sum(granted.of_processes()) == tokens


def test_a_process_that_is_killed_with_the_lock_gives_it_back() -> None:
    memory = SharedMemory(1)

    def die() -> None:
        with memory.of_process(0):
            os.kill(os.getpid(), signal.SIGKILL)

    _, status = os.waitpid(in_child(die), 0)

    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    with memory:  # else the test hangs
        pass


def test_names_have_keys_of_their_own_in_each_memory() -> None:
    names = [f"{number}" for number in range(10_000)]
    one, other = SharedMemory(1), SharedMemory(1)

    assert len({one.key_of(name) for name in names}) == len(names)
    assert one.key_of("a") == one.of_process(0).key_of("a") != other.key_of("a")
    assert min(map(one.key_of, names)) > 0
