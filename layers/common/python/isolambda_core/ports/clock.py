"""The time of day."""

from typing import Protocol


class Clock(Protocol):
    """Returns the time of day."""

    def now(self) -> int:
        """Return the time in Unix seconds."""
        ...

    def now_ms(self) -> int:
        """Return the time in Unix milliseconds."""
        ...
