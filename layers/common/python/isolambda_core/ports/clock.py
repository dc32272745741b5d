"""The time of day."""

from typing import Protocol


class Clock(Protocol):
    """Where the time of day comes from."""

    def now(self) -> int:
        """Return the time in Unix seconds."""
        ...

    def now_ms(self) -> int:
        """Return the time in Unix milliseconds."""
        ...
