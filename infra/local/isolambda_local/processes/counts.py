"""Count what all server processes have in use, by name."""

from collections.abc import Sequence
from typing import Final

from isolambda_local.processes.shared_memory import SharedMemory

_ROWS: Final = 65_536
_WINDOW: Final = 32
"""Rows in which a name may be; where others have them all, it shares the last row."""


class SharedCounts:
    """The port ``Counts`` over all processes, each of which has a column of its own."""

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._width = 1 + memory.processes
        self._words = memory.reserve((_ROWS + _WINDOW) * self._width)
        self._of_processes = memory.reserve(memory.processes)
        # A row stays the name's own while this process has something of it in use.
        self._used: dict[str, int] = {}

    def add(self, name: str, amount: int) -> int:
        """Add to a count; see ``Counts``."""
        with self._memory:
            row = self._used.get(name)
            if row is None:
                row = self._used[name] = self._find(self._memory.key_of(name))
            mine = row + 1 + self._memory.me
            self._words[mine] += amount
            self._of_processes[self._memory.me] += amount
            if not self._words[mine]:
                del self._used[name]
            return sum(self._words[row + 1 : row + self._width])

    def of_processes(self) -> Sequence[int]:
        """Return what each process has in use, all names together."""
        return self._of_processes

    def forget(self, process: int) -> None:
        """Take back what a process that ended had in use."""
        column = self._words[1 + process :: self._width]
        with self._memory:
            for row, count in enumerate(column):
                if count:
                    column[row] = 0
            self._of_processes[process] = 0

    def _find(self, key: int) -> int:
        """Return where the row of a key begins, which is one that is free if there is none."""
        words, width = self._words, self._width
        first = key % _ROWS * width
        free = -1
        for row in range(first, first + _WINDOW * width, width):
            if words[row] == key:
                return row
            if free < 0 and not any(words[row + 1 : row + width]):
                free = row
            if not words[row]:  # it was never used, so no row behind it is the key's
                break
        row = (_ROWS + _WINDOW - 1) * width if free < 0 else free
        words[row] = key
        return row
