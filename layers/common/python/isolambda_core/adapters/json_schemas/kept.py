"""Keep what was compiled last, within a number and within bytes."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Compiled = TypeVar("Compiled")


class Kept(Generic[Compiled]):
    """Remembers what ``compiled`` returns for a text: the value, and about how many bytes it takes.

    What was used least lately is dropped where there are more than ``most`` values, or more than
    ``most_bytes`` bytes; the last one stays whatever it takes. Threads may share one.
    """

    def __init__(
        self, compiled: Callable[[str], tuple[Compiled, int]], most: int, most_bytes: int
    ) -> None:
        self._compiled = compiled
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[str, tuple[Compiled, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, text: str) -> Compiled:
        """Return what a text is compiled to."""
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
                return self._kept[text][0]
        made, taken = self._compiled(text)
        with self._lock:
            if text not in self._kept:
                self._kept[text] = made, taken
                self._bytes += taken
            while len(self._kept) > 1 and (
                len(self._kept) > self._most or self._bytes > self._most_bytes
            ):
                _, (_, dropped) = self._kept.popitem(last=False)
                self._bytes -= dropped
        return made
