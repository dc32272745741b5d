"""The warm pool: isolates that serve one function version each, and spares that serve none yet."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from isolambda_executor.engine import Isolate

Version = tuple[bytes, str]
"""Features, account, function and version, and the source: who differs in any shares no isolate."""

KEPT_MAX: Final = 256
SPARES: Final = 2


class IsolatePool:
    """Isolates of one worker; the least recently used are closed when there are too many."""

    def __init__(self, make: Callable[[], Isolate]) -> None:
        self._make = make
        self._warm: OrderedDict[Version, Isolate] = OrderedDict()
        self._spares: list[Isolate] = []

    def take(self, version: Version) -> tuple[Isolate, bool]:
        """Return an isolate for a version, out of the pool, and whether it is new to it."""
        warm = self._warm.pop(version, None)
        if warm is not None:
            return warm, False
        return self.take_spare(), True

    def take_spare(self) -> Isolate:
        """Return an isolate that no source was loaded into, out of the pool; none comes back."""
        return self._spares.pop() if self._spares else self._make()

    def put_back(self, version: Version, isolate: Isolate) -> None:
        """Put a healthy isolate back for the next execution of its version."""
        self._warm[version] = isolate
        if len(self._warm) > KEPT_MAX:
            self.evict()

    def evict(self) -> bool:
        """Close the least recently used isolate; False when none is kept."""
        if not self._warm:
            return False
        _, isolate = self._warm.popitem(last=False)
        isolate.close()
        return True

    def prepare_spare(self) -> bool:
        """Make one spare, unless there are enough; False when nothing was to be done."""
        if len(self._spares) >= SPARES:
            return False
        self._spares.append(self._make())
        return True

    def close(self) -> None:
        """Close every isolate."""
        while self.evict():
            pass
        while self._spares:
            self._spares.pop().close()
