"""What waits to be sent to a collector: a queue that nothing waits for, and a thread."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final

from isolambda_core.domain.traces import LogEntry, Span

QUEUE_MAX: Final = 4_096
"""How many spans and log lines wait at most; further ones are dropped."""
BATCH_MAX: Final = 512
"""How many are sent at a time."""
_WAIT_S: Final = 1.0
"""How long the first one of a batch waits for others."""
_END_S: Final = 2.0
"""How long the end of the process waits for what is being sent."""
_LOGGED_EVERY_S: Final = 60.0

Item = Span | LogEntry
Send = Callable[[Sequence[Item]], None]
"""Sends items; raises ``CollectorError``, or any exception where none of them was taken."""

log = logging.getLogger(__name__)


class CollectorError(Exception):
    """A collector did not take ``count`` items of a batch; ``str(error)`` says of what and why."""

    def __init__(self, count: int, reason: str) -> None:
        super().__init__(reason)
        self.count = count


def no_drop_observer(_count: int) -> None:
    """Observe nothing."""


@dataclass(slots=True)
class Outbox:
    """Sends by a thread of its own, which begins with the first item, and drops what it cannot.

    ``dropped`` is called with how many items were dropped, by any thread.
    """

    send: Send
    dropped: Callable[[int], None] = no_drop_observer
    _items: deque[Item] = field(default_factory=deque)
    _due: Event = field(default_factory=Event)
    _starting: Lock = field(default_factory=Lock)
    _thread: Thread | None = None
    _is_ended: bool = False
    _logged_at: float = -_LOGGED_EVERY_S

    def add(self, item: Item) -> None:
        """Let an item wait, or drop it where too many do; see ``Tell``."""
        if len(self._items) >= QUEUE_MAX or self._is_ended:
            self.dropped(1)
            return
        self._items.append(item)
        if self._thread is None:
            self._start()
        if len(self._items) >= BATCH_MAX and not self._due.is_set():
            self._due.set()

    def close(self) -> None:
        """Send what waits, for ``_END_S`` seconds at most, and drop the rest."""
        self._is_ended = True
        self._due.set()
        if self._thread is not None:
            self._thread.join(_END_S)
        if left := len(self._items):
            self._items.clear()
            self.dropped(left)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="telemetry", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while not self._is_ended:
            self._due.wait(_WAIT_S)
            self._due.clear()
            self._send_all()
        self._send_all()

    def _send_all(self) -> None:
        while batch := self._next_batch():
            try:
                self.send(batch)
            except CollectorError as error:
                self._drop(error.count, str(error))
            except Exception as error:  # whatever it is, the server serves on
                self._drop(len(batch), f"{len(batch)} items: {type(error).__name__}")

    def _next_batch(self) -> list[Item]:
        batch: list[Item] = []
        while self._items and len(batch) < BATCH_MAX:
            batch.append(self._items.popleft())
        return batch

    def _drop(self, count: int, reason: str) -> None:
        self.dropped(count)
        now = monotonic()
        if now - self._logged_at >= _LOGGED_EVERY_S:
            self._logged_at = now
            log.warning("the collector did not take %s", reason)
