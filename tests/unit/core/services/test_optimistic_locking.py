"""A write that meets a conflict is made again, on what the other writer left."""

import pytest

from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.services.optimistic_locking import ATTEMPTS, write_latest


class Counter:
    """A stored number; another writer adds 10 before each of the first ``conflicts`` writes."""

    def __init__(self, conflicts: int) -> None:
        self.stored = 0
        self.conflicts = conflicts
        self.reads = 0

    def read(self) -> int:
        self.reads += 1
        return self.stored

    def write(self, read: int) -> int:
        if self.conflicts:
            self.conflicts -= 1
            self.stored += 10
        if read != self.stored:
            raise RevisionConflictError
        self.stored = read + 1
        return self.stored


def test_a_write_without_a_conflict_reads_nothing() -> None:
    counter = Counter(conflicts=0)
    assert write_latest(0, counter.write, counter.read) == 1
    assert counter.reads == 0


def test_after_a_conflict_the_item_is_written_as_the_other_writer_left_it() -> None:
    counter = Counter(conflicts=1)
    assert write_latest(0, counter.write, counter.read) == 11
    assert counter.reads == 1


def test_the_last_attempt_counts_as_well() -> None:
    counter = Counter(conflicts=ATTEMPTS - 1)
    assert write_latest(0, counter.write, counter.read) == 10 * (ATTEMPTS - 1) + 1


def test_the_conflict_of_the_last_attempt_is_raised_without_another_read() -> None:
    counter = Counter(conflicts=ATTEMPTS)
    with pytest.raises(RevisionConflictError):
        write_latest(0, counter.write, counter.read)
    assert counter.reads == ATTEMPTS - 1


def test_an_item_that_is_gone_raises_what_its_reader_raises() -> None:
    def read() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        write_latest(0, Counter(conflicts=1).write, read)
