"""The time of day, from the machine."""

import time


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Return the time in Unix seconds."""
        return int(time.time())  # noqa: TID251 - the one place that may ask
