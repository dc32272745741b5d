"""What an execution used, asked of the operating system, and what it may not use, held back.

Linux: ``/proc/self/statm`` counts pages; writing 5 to ``/proc/self/clear_refs`` sets the peak of
the resident size (``VmHWM`` in ``/proc/self/status``) back to the present size. ``getrusage`` has
another peak, which a process inherits from the one that started it.
"""

import os
import resource
import time
from typing import Final

from isolambda_core.domain.executions.execution import Usage
from isolambda_core.domain.limits import KIB, MIB
from isolambda_executor.address_space import let_nobody, let_write, reserve

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_RESIDENT, _DATA = 1, 5  # fields of statm
_STATUS_BYTES: Final = 4 * KIB
_RESERVE: Final = 512 * MIB
"""Addresses for what is held back; the kernel counts no page of them that cannot be written."""


class Meter:
    """The account of one execution after another; opened once, before the filter closes files."""

    def __init__(self) -> None:
        self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        self._status = os.open("/proc/self/status", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._clear_refs: int | None = os.open(
                "/proc/self/clear_refs", os.O_WRONLY | os.O_CLOEXEC
            )
        except OSError:  # not in every container; the peak is then that of the process's life
            self._clear_refs = None
        self._reserve = reserve(_RESERVE)
        self._held_bytes = 0
        self._resident = self._data = 0
        self._cpu_s = 0.0
        self._faults = 0
        self._began = 0.0

    def start(self) -> int:
        """Begin an account, and return the resident bytes at its beginning."""
        self.restart_memory()
        self._cpu_s, self._faults = _cpu_and_faults()
        self._began = time.perf_counter()
        return self._resident

    def restart_memory(self) -> None:
        """Count memory from here on; time goes on."""
        if self._clear_refs is not None:
            os.pwrite(self._clear_refs, b"5", 0)
        pages = os.pread(self._statm, 256, 0).split()
        self._resident, self._data = int(pages[_RESIDENT]) * _PAGE, int(pages[_DATA]) * _PAGE

    def stop(self, *, cold: bool) -> Usage:
        """Return what was used since :meth:`start`."""
        wall_s = time.perf_counter() - self._began
        cpu_s, faults = _cpu_and_faults()
        # Who touched no new page has not grown, and need not be asked by how much.
        grown = self._peak_bytes() - self._resident if faults > self._faults else 0
        return Usage(
            wall_ms=round(wall_s * 1e3, 3),
            cpu_ms=round((cpu_s - self._cpu_s) * 1e3, 3),
            memory_mb=round(max(0, grown) / MIB, 3),
            cold=cold,
        )

    def elapsed_s(self) -> float:
        """Return the seconds since :meth:`start`."""
        return time.perf_counter() - self._began

    def elapsed_ms(self) -> int:
        """Return the whole milliseconds since :meth:`start`."""
        return round(self.elapsed_s() * 1e3)

    def resident_bytes(self) -> int:
        """Return the resident size of this process."""
        return int(os.pread(self._statm, 256, 0).split()[_RESIDENT]) * _PAGE

    def hold_memory_back(self, limit_bytes: int, more_bytes: int) -> None:
        """Have the kernel refuse this process memory beyond what it began with and ``more_bytes``.

        ``limit_bytes`` is the limit that the supervisor set (RLIMIT_DATA), which nothing in here
        can lift; what is more than wanted is made writable, never touched, and so never resident.
        """
        spare = min(limit_bytes - self._data - more_bytes, _RESERVE) // _PAGE * _PAGE
        if spare > 0 and let_write(self._reserve, spare):
            self._held_bytes = spare

    def let_memory_go(self) -> None:
        """Give back what was held: who found no memory is to find some to say so."""
        if self._held_bytes:
            let_nobody(self._reserve, self._held_bytes)
            self._held_bytes = 0

    def _peak_bytes(self) -> int:
        _, _, rest = os.pread(self._status, _STATUS_BYTES, 0).partition(b"VmHWM:")
        return int(rest.split(None, 1)[0]) * KIB


def _cpu_and_faults() -> tuple[float, int]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_minflt
