"""The executions that wait in memory for shadows to repeat them: a few, and aliases take turns."""

from collections import Counter, OrderedDict, deque
from threading import Condition, Lock

from isolambda_core.domain.limits import (
    SHADOWS_OF_ALIAS_WAITING,
    SHADOWS_WAITING,
    SHADOWS_WAITING_BYTES,
)
from isolambda_core.domain.shadows.shadowed import Shadowed

_Key = tuple[str, str, str]
_DROPPED_KEYS = 1_024
"""Aliases of which it counts what was dropped."""


class WaitingShadows:
    """The port ``ShadowQueue`` of one process. Safe for threads and event loops.

    At most ``limits.SHADOWS_WAITING`` wait, ``limits.SHADOWS_OF_ALIAS_WAITING`` of one alias, with
    ``limits.SHADOWS_WAITING_BYTES`` together. Any other is dropped, and counted.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[_Key, deque[Shadowed]] = OrderedDict()
        self._dropped: Counter[_Key] = Counter()
        self._count = self._bytes = 0
        self._changed = Condition(Lock())
        self._ended = False

    @property
    def is_ended(self) -> bool:
        """Whether nothing is to be repeated any more."""
        return self._ended

    def begin(self, shadowed: Shadowed) -> None:
        """Add an execution, or drop it; see ``ShadowQueue.begin``."""
        with self._changed:
            if self._ended:
                return
            if not self._has_room(shadowed):
                self._drop(shadowed.key)
                return
            self._waiting.setdefault(shadowed.key, deque()).append(shadowed)
            self._count += 1
            self._bytes += shadowed.size
            self._changed.notify()

    def drop(self, shadowed: Shadowed, count: int) -> None:
        """Count executions as dropped: one that could not be repeated, and those told with it."""
        with self._changed:
            self._drop(shadowed.key, count)

    def next(self) -> tuple[Shadowed, int] | None:
        """Wait for an execution; return it with how many of its alias were dropped before.

        The aliases take turns. Returns None at the end.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._waiting)
            if self._ended:
                return None
            key, queue = next(iter(self._waiting.items()))
            shadowed = queue.popleft()
            self._waiting.move_to_end(key)
            if not queue:
                del self._waiting[key]
            self._count -= 1
            self._bytes -= shadowed.size
            return shadowed, self._dropped.pop(key, 0)

    def rest(self, seconds: float) -> None:
        """Wait for a while, or until the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended, seconds)

    def end(self) -> None:
        """Forget all that waits, and take no more."""
        with self._changed:
            self._ended = True
            self._waiting.clear()
            self._count = self._bytes = 0
            self._changed.notify_all()

    def _has_room(self, shadowed: Shadowed) -> bool:
        return (
            self._count < SHADOWS_WAITING
            and len(self._waiting.get(shadowed.key, ())) < SHADOWS_OF_ALIAS_WAITING
            and self._bytes + shadowed.size <= SHADOWS_WAITING_BYTES
        )

    def _drop(self, key: _Key, count: int = 1) -> None:
        if key in self._dropped or len(self._dropped) < _DROPPED_KEYS:
            self._dropped[key] += count
