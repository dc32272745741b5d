"""Threads that wait for the database are let in by the order in which they came."""

from threading import Thread

from isolambda_local.sqlite.fair_lock import FairLock
from tests.support.waiting import WAIT_S, eventually


def waiting(lock: FairLock, seen: list[int], number: int) -> Thread:
    """Return a thread that waits for the lock, notes that it has it, and hands it on."""

    def run() -> None:
        assert lock.acquire(WAIT_S)
        seen.append(number)
        lock.release()

    before = len(lock._waiting)
    thread = Thread(target=run)
    thread.start()
    eventually(lambda: len(lock._waiting) > before)
    return thread


def test_who_runs_when_it_comes_free_does_not_overtake_who_waits() -> None:
    lock, seen = FairLock(), list[int]()
    assert lock.acquire(0)
    threads = [waiting(lock, seen, number) for number in range(5)]

    lock.release()
    assert lock.acquire(WAIT_S)

    assert seen == [0, 1, 2, 3, 4]
    for thread in threads:
        thread.join()


def test_who_has_waited_long_enough_leaves_and_the_next_gets_it() -> None:
    lock, seen = FairLock(), list[int]()
    assert lock.acquire(0)

    assert not lock.acquire(0)
    thread = waiting(lock, seen, 1)
    assert not lock.acquire(0)
    lock.release()
    thread.join()

    assert seen == [1]
    assert lock.acquire(0)
