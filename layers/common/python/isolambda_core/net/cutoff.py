"""Until when something may wait, and how another thread ends it before."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic


class CutOffError(Exception):
    """What waits here was ended by another thread."""


class Cutoff:
    """A deadline, of ``time.monotonic``, that may come early. Safe for threads."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._lock = threading.Lock()
        self._cuts: list[Callable[[], None]] = []
        self.is_cut = False

    def left(self) -> float:
        """Return how many seconds are left, more than 0.

        Raises:
            TimeoutError: none.
            CutOffError: it was ended.
        """
        if self.is_cut:
            raise CutOffError
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def cut(self) -> None:
        """End all that waits here, now and later."""
        with self._lock:
            self.is_cut = True
            for cut in self._cuts:
                cut()

    @contextmanager
    def calling(self, cut: Callable[[], None]) -> Iterator[None]:
        """Have ``cut`` called when this is ended within the block; it must not wait.

        Raises:
            CutOffError: it was ended before.
        """
        with self._lock:
            if self.is_cut:
                raise CutOffError
            self._cuts.append(cut)
        try:
            yield
        finally:
            # What is cut may be closed after this, as nothing cuts it any more.
            with self._lock:
                self._cuts.remove(cut)
