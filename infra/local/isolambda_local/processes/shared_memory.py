"""Memory that the server processes share, with the lock and the bells that belong to it.

Each process writes what it holds into places of its own, so that the parent can clear them when the
process ends, however that happens. The kernel gives the lock back then.
"""

import fcntl
import mmap
import os
import select
from asyncio import AbstractEventLoop
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from threading import Lock, Thread
from typing import Final, Self

from isolambda_core.domain.limits import MIB

_SIZE: Final = 64 * MIB
"""More than all tables together take; the kernel gives a page once something is written to it."""
_WORD_BYTES: Final = 8
_SECRET_BYTES: Final = 16
_KEYS_KEPT: Final = 1_024
PARENT: Final = -1
"""Stands for the parent where a process is meant."""


@dataclass(frozen=True, slots=True)
class _Common:
    file: int
    secret: bytes
    bells: list[int]


class SharedMemory:
    """The memory as one process sees it: words of 64 bits, all 0 at first.

    The parent makes one for ``processes`` processes before it forks them, and each gets its own by
    :meth:`of_process`. As a context manager it is the lock of all processes and threads; hold it
    for microseconds.
    """

    def __init__(self, processes: int, me: int = PARENT, common: _Common | None = None) -> None:
        self.processes = processes
        self.me = me
        """The number of this process, from 0 on, or ``PARENT``."""
        self._common = common or _create(processes)
        file = self._common.file
        self._words = memoryview(mmap.mmap(file, _SIZE)).cast("q")
        self._reserved = 0
        self._loop: AbstractEventLoop | None = None
        self.threads = Lock()
        """The part of the lock that keeps out the other threads of this process alone."""
        # A lock belongs to the opened file, which a fork would share with its parent.
        self._lock = os.open(f"/proc/self/fd/{file}", os.O_RDWR | os.O_CLOEXEC)
        self.key_of = lru_cache(_KEYS_KEPT)(self._key_of)
        """Returns a positive number for a name, never the same for two names in practice.

        A client cannot choose names with neighbouring numbers.
        """

    def __enter__(self) -> Self:
        self.threads.acquire()
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        self.threads.release()

    def of_process(self, me: int) -> "SharedMemory":
        """Return the same memory for the process with this number."""
        return SharedMemory(self.processes, me, self._common)

    def leave(self) -> None:
        """Close what a fork inherits of its parent's lock, which the parent's end gives back."""
        os.close(self._lock)

    def reserve(self, words: int) -> "memoryview[int]":
        """Return words for a table. All processes make their tables in one order."""
        begin, self._reserved = self._reserved, self._reserved + words
        if self._reserved * _WORD_BYTES > _SIZE:
            raise MemoryError
        return self._words[begin : self._reserved]

    def ring(self, process: int) -> None:
        """Let a process look at what has changed for it."""
        os.eventfd_write(self._common.bells[process], 1)

    def listen(self, heard: Callable[[], None], loop: AbstractEventLoop | None = None) -> None:
        """Call ``heard`` whenever another process rings for this one.

        That is on an event loop, or else in a thread, which takes over from a loop that runs.
        """
        bell = self._common.bells[self.me]
        if self._loop is not None:
            self._loop.remove_reader(bell)
        self._loop = loop

        def hear() -> None:
            os.read(bell, _WORD_BYTES)
            heard()

        def wait() -> None:
            ready = select.poll()  # a loop leaves the bell so that to read it does not wait
            ready.register(bell, select.POLLIN)
            while True:
                ready.poll()
                hear()

        if loop is not None:
            loop.add_reader(bell, hear)
        else:
            Thread(target=wait, name="bell", daemon=True).start()

    def _key_of(self, name: str) -> int:
        digest = blake2b(name.encode(), digest_size=_WORD_BYTES, key=self._common.secret).digest()
        return int.from_bytes(digest) >> 1 or 1


def _create(processes: int) -> _Common:
    file = os.memfd_create("isolambda")
    os.ftruncate(file, _SIZE)
    bells = [os.eventfd(0, os.EFD_CLOEXEC) for _ in range(processes)]
    return _Common(file, os.urandom(_SECRET_BYTES), bells)
