"""Pass a large part of a frame between supervisor and worker through memory that both share.

A socket would carry five megabytes in some twenty-five pieces, for each of which both processes
wake. The memory lies in the worker's file, behind the console lines. The supervisor does not trust
what it reads there, and copies it before it looks. The worker trusts the supervisor, and has V8
read an input where it lies.
"""

import mmap
from contextlib import suppress
from typing import Final

from isolambda_core.domain.limits import KIB, PAYLOAD_BYTES

LARGE_BYTES: Final = 64 * KIB
"""A longer part of a frame goes through the memory."""
EXCHANGE_BYTES: Final = -(-PAYLOAD_BYTES // mmap.PAGESIZE) * mmap.PAGESIZE
"""The size of the memory; what is larger goes through the socket all the same."""

Part = bytes | memoryview
"""A part of a frame, or where it lies in the memory."""


class Exchange:
    """The memory, as one of both processes sees it; it holds one part at a time.

    ``in_place``: what is taken is where it lies, until the next part is put in. That is for the
    worker: the supervisor puts in nothing else before it has the reply.
    """

    def __init__(self, descriptor: int, offset: int, *, in_place: bool = False) -> None:
        """Map the file that ``descriptor`` names, from a whole page on."""
        self._in_place = in_place
        self._memory = mmap.mmap(descriptor, EXCHANGE_BYTES, offset=offset)

    def put(self, part: bytes) -> bool:
        """Write a part, if it is large and there is room; return whether it was written."""
        if not LARGE_BYTES < len(part) <= EXCHANGE_BYTES:
            return False
        self._memory[: len(part)] = part
        return True

    def take(self, size: int) -> Part:
        """Return what was put in, ``size`` bytes or as many as there are: a copy, or in place."""
        return memoryview(self._memory)[:size] if self._in_place else self._memory[:size]

    def release(self) -> None:
        """Give the memory back to the kernel, until the next large part."""
        with suppress(OSError):  # not every kernel can
            self._memory.madvise(mmap.MADV_REMOVE)
