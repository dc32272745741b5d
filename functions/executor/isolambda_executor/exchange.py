"""Pass a large part of a frame between supervisor and worker through memory that both share.

A socket would carry five megabytes in some twenty-five pieces, for each of which both processes
wake. The memory lies in the worker's file, behind the console lines. The supervisor does not trust
what it reads there, and copies it before it looks.
"""

import mmap
from contextlib import suppress
from typing import Final

from isolambda_core.domain.limits import KIB, PAYLOAD_BYTES

LARGE_BYTES: Final = 64 * KIB
"""A longer part of a frame goes through the memory."""
EXCHANGE_BYTES: Final = -(-PAYLOAD_BYTES // mmap.PAGESIZE) * mmap.PAGESIZE
"""The size of the memory; what is larger goes through the socket all the same."""


class Exchange:
    """The memory, as one of both processes sees it; it holds one part at a time."""

    def __init__(self, descriptor: int, offset: int) -> None:
        """Map the file that ``descriptor`` names, from a whole page on."""
        self._memory = mmap.mmap(descriptor, EXCHANGE_BYTES, offset=offset)

    def put(self, part: bytes) -> bool:
        """Write a part, if it is large and there is room; return whether it was written."""
        if not LARGE_BYTES < len(part) <= EXCHANGE_BYTES:
            return False
        self._memory[: len(part)] = part
        return True

    def take(self, size: int) -> bytes:
        """Return a copy of what was written, ``size`` bytes or as many as there are."""
        return self._memory[:size]

    def release(self) -> None:
        """Give the memory back to the kernel, until the next large part."""
        with suppress(OSError):  # not every kernel can
            self._memory.madvise(mmap.MADV_REMOVE)
