"""The words in which each server process counts, so that any of them can show the sums."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import Final

from isolambda_local.metrics.families import ACCOUNTS_MAX, OFFSETS, RUNNING, WAITING, WIDTH
from isolambda_local.processes.shared_memory import SharedMemory

_ID_WORDS: Final = 4
"""An id has 32 bits in each: a word has a sign."""
_GAUGES: Final = (RUNNING, WAITING)


class MetricTable:
    """The counts of all processes, a column for each, and the accounts that have a row.

    What a process counted stays when it ends: the one in its place counts on. Without a memory it
    is for a server with one process.
    """

    def __init__(self, memory: SharedMemory | None = None) -> None:
        self._processes = 1 if memory is None else memory.processes
        me = 0 if memory is None else memory.me
        words = self._processes * WIDTH + 1 + ACCOUNTS_MAX * _ID_WORDS
        table = (
            memoryview(bytearray(words * 8)).cast("q") if memory is None else memory.reserve(words)
        )
        self._columns = table[: self._processes * WIDTH]
        self.mine = self._columns[me * WIDTH : (me + 1) * WIDTH]
        """What this process counts; ``families.OFFSETS`` says where."""
        self._names = table[self._processes * WIDTH :]
        self._lock: AbstractContextManager[object] = Lock() if memory is None else memory

    def sums(self) -> Sequence[int]:
        """Return what all processes have counted together."""
        columns = [
            self._columns[process * WIDTH : (process + 1) * WIDTH].tolist()
            for process in range(self._processes)
        ]
        return [sum(words) for words in zip(*columns, strict=True)]

    def slot_of(self, account_id: str) -> int | None:
        """Return the row of an account, a free one at first; None if there is none."""
        words = [int(account_id[at : at + 8], 16) for at in range(0, 32, 8)]
        with self._lock:
            slots = self._slots()
            if words in slots:
                return slots.index(words)
            if len(slots) == ACCOUNTS_MAX:
                return None
            at = 1 + len(slots) * _ID_WORDS
            for offset, word in enumerate(words):
                self._names[at + offset] = word
            self._names[0] += 1  # at last: a process that is killed before has named nothing
            return len(slots)

    def accounts(self) -> list[str]:
        """Return the accounts that have a row, in the order of the rows."""
        with self._lock:
            slots = self._slots()
        return ["".join(f"{word:08x}" for word in words) for words in slots]

    def forget(self, process: int) -> None:
        """Take back what ran or waited in a process that ended."""
        for family in _GAUGES:
            self._columns[process * WIDTH + OFFSETS[family.name]] = 0

    def _slots(self) -> list[list[int]]:
        count = self._names[0]
        words = self._names[1 : 1 + count * _ID_WORDS].tolist()
        return [words[at : at + _ID_WORDS] for at in range(0, len(words), _ID_WORDS)]
