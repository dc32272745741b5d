"""Clocks for tests."""

from dataclasses import dataclass

NOW = 1_710_253_474
"""Where the clock of the API's tests stands, in Unix seconds: 2024-03-12T14:24:34Z."""


@dataclass
class SetClock:
    """Stands still until it is set; ``time_ms`` is Unix milliseconds."""

    time_ms: int = 1_800_000_000_000

    def now(self) -> int:
        return self.time_ms // 1000

    def now_ms(self) -> int:
        return self.time_ms


@dataclass
class TickingClock:
    """Is one second on at each look; ``time`` is Unix seconds."""

    time: int = 0

    def now(self) -> int:
        self.time += 1
        return self.time

    def now_ms(self) -> int:
        return self.now() * 1000
