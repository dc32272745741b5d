"""A thread that repeats executions on the shadows of their aliases, with a worker of its own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic

from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_local.waiting_shadows import WaitingShadows

Repeat = Callable[[Shadowed, int], None]
"""Repeats an execution, with how many of its alias were dropped before it."""

_log = logging.getLogger(__name__)


@contextmanager
def shadowing(waiting: WaitingShadows, repeat: Repeat) -> Iterator[None]:
    """Repeat what waits, one execution after another; at the end, drop what still does.

    After each it rests as long as that took: it has half of one processor at most.

    Raises:
        RuntimeError: the system has no room for the thread.
    """

    def work() -> None:
        while (taken := waiting.next()) is not None:
            began = monotonic()
            try:
                repeat(*taken)
            except Exception:  # whatever it is, the next one is repeated
                _log.exception("%s: it could not be repeated", taken[0].record.execution_id)
            waiting.rest(monotonic() - began)

    thread = Thread(target=work, name="shadows")
    thread.start()
    try:
        yield
    finally:
        waiting.end()
        thread.join()
