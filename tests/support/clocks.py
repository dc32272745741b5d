"""A clock for tests."""

from dataclasses import dataclass


@dataclass
class SetClock:
    """Stands still until it is set; ``time_ms`` is Unix milliseconds."""

    time_ms: int = 1_800_000_000_000

    def now(self) -> int:
        return self.time_ms // 1000

    def now_ms(self) -> int:
        return self.time_ms
