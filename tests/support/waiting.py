"""Wait for what another process does without a signal."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

WAIT_S = 300.0
"""How long anything is waited for that a test needs: far longer than a slow, busy machine takes."""
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.5
_PAUSE_FOR_A_LOOK = 3  # times as long as it took, as it keeps from work what is waited for
_LEAD_TIMES_S = (3, 6, 12, 24, 48)

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None]) -> Found:
    """Look until something is found, with pauses for what is waited for, and return it."""
    deadline = time.monotonic() + WAIT_S
    while True:
        began = time.monotonic()
        if found := look():
            return found
        now = time.monotonic()
        assert now < deadline, f"there is still nothing but {found!r}"
        pause_s = max(_SHORTEST_PAUSE_S, _PAUSE_FOR_A_LOOK * (now - began))
        time.sleep(min(pause_s, _LONGEST_PAUSE_S))


def bound_to_a_moment(
    bind: Callable[[str], Found], is_scheduled: Callable[[Found], object]
) -> tuple[str, Found]:
    """Bind something to a moment that is soon, and return both.

    A busy machine may take so long that the moment is over: then a later one is tried.
    """
    for lead_s in _LEAD_TIMES_S:
        moment = datetime.now(UTC) + timedelta(seconds=lead_s)  # noqa: TID251 - of another process
        at = f"{moment:%Y-%m-%dT%H:%M:%S}"
        made = bind(f"at({at})")
        if is_scheduled(made):
            return at, made
    raise AssertionError(f"nothing was bound {_LEAD_TIMES_S} seconds before its time")
