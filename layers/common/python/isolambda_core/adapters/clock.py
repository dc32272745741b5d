"""The time of day from the clock of the machine."""

import time


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Return the time in Unix seconds."""
        return self.now_ms() // 1000

    def now_ms(self) -> int:
        """Return the time in Unix milliseconds."""
        return int(time.time() * 1000)  # noqa: TID251 - the one place that may ask
