"""Name what the kernel keeps user code from."""

from enum import IntFlag


class Confinement(IntFlag):
    """What the kernel keeps a worker from, whatever runs in it."""

    SYSTEM_CALLS = 1
    """System calls other than those that V8 needs, by a filter."""
    FILES = 2
    """Files: its root is empty and read-only."""
    NETWORK = 4
    """Networks: it has no device."""
    THREADS = 8
    """More threads and processes than a worker needs."""

    @property
    def words(self) -> tuple[str, ...]:
        """What holds, in words."""
        return tuple(each.name.lower() for each in Confinement if each in self and each.name)
