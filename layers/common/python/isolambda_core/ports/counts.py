"""Port: what is in use at a time, by name."""

from typing import Protocol


class Counts(Protocol):
    """Counts what is in use, such as bytes of a tenant or connections of an address."""

    def add(self, name: str, amount: int) -> int:
        """Add to the count of a name, or take back what was added; return the count."""
        ...


class MemoryCounts:
    """The counts of one process, for one thread."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, name: str, amount: int) -> int:
        """Add to a count; see :class:`Counts`."""
        count = self._counts.get(name, 0) + amount
        if count:
            self._counts[name] = count
        else:
            self._counts.pop(name, None)
        return count
