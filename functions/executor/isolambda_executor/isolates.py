"""Pool warm isolates, which serve one function version each, and spares, which serve none yet."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from isolambda_executor.engine import Isolate

Version = tuple[bytes, bytes]
"""Features, account, function and version; and the source. Two that differ share no isolate."""

KEPT_MAX: Final = 256
"""The most warm isolates; above it the worker closes the least recently used."""
SPARES: Final = 2


class IsolatePool:
    """The isolates of one worker."""

    def __init__(self, make: Callable[[], Isolate]) -> None:
        self._make = make
        self._warm: OrderedDict[Version, Isolate] = OrderedDict()
        self._spares: list[Isolate] = []
        self.calls_tools = False
        """Whether code that calls tools is executed here, for which spares are prepared."""

    def take(self, version: Version) -> tuple[Isolate, bool]:
        """Remove an isolate for a version from the pool; return it, and whether it is cold."""
        warm = self._warm.pop(version, None)
        if warm is not None:
            return warm, False
        return self.take_spare(), True

    def take_spare(self) -> Isolate:
        """Remove an isolate without a source from the pool, or make one, and return it."""
        return self._spares.pop(0) if self._spares else self._make()

    def put_back(self, version: Version, isolate: Isolate) -> None:
        """Return a healthy isolate to the pool, for the next execution of its version."""
        self._warm[version] = isolate

    @property
    def warm(self) -> int:
        """How many isolates of versions there are."""
        return len(self._warm)

    def evict(self) -> bool:
        """Close the least recently used warm isolate; return False if there is none."""
        if not self._warm:
            return False
        _, isolate = self._warm.popitem(last=False)
        isolate.close()
        return True

    @property
    def spares(self) -> int:
        """How many spares there are."""
        return len(self._spares)

    @property
    def is_prepared(self) -> bool:
        """Whether there is nothing to do for :meth:`prepare_spare`."""
        return len(self._spares) == SPARES and not self._unprepared()

    def prepare_spare(self) -> bool:
        """Make one spare, or prepare one for tools; return False if there is nothing to do."""
        if len(self._spares) < SPARES:
            self._spares.append(self._make())
            return True
        unprepared = self._unprepared()
        if unprepared:
            unprepared[0].prepare_tools()
        return bool(unprepared)

    def _unprepared(self) -> list[Isolate]:
        return [each for each in self._spares if not each.has_tools] if self.calls_tools else []

    def close(self) -> None:
        """Close every isolate."""
        while self.evict():
            pass
        while self._spares:
            self._spares.pop().close()
