"""A lock that lets threads in by the order in which they came."""

from collections import deque
from threading import Lock


class FairLock:
    """A lock that is handed to the thread that has waited longest.

    A lock of the system is free for a moment before a waiting thread has woken up, and a thread
    that runs then takes it: on a busy machine another may wait for ever.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._is_held = False
        self._waiting: deque[Lock] = deque()

    def acquire(self, timeout_s: float) -> bool:
        """Take the lock; return whether it came free in so many seconds."""
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return True
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=timeout_s):
            return True
        with self._guard:
            if turn not in self._waiting:
                return True  # it was handed over at the last moment
            self._waiting.remove(turn)
            return False

    def release(self) -> None:
        """Hand the lock to the next thread, or let it be free."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_held = False
