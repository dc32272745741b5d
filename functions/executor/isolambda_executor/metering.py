"""What an execution used, asked of the operating system, and what it may not use, held back.

Linux: ``/proc/self/statm`` counts pages; writing 5 to ``/proc/self/clear_refs`` sets the peak of
the resident size (``VmHWM`` in ``/proc/self/status``) back to the present size. ``getrusage`` has
another peak, which a process inherits from the one that started it.
"""

import os
import resource
import time
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Final

from isolambda_core.domain.execution import Usage
from isolambda_core.domain.limits import KIB, MIB

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_RESIDENT, _DATA = 1, 5  # fields of statm
_STATUS_BYTES: Final = 4 * KIB


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
        self._held: mmap | None = None
        self._resident = 0
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
        self._resident = self.resident_bytes()

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
        return self._pages(_RESIDENT)

    def hold_memory_back(self, limit_bytes: int, more_bytes: int) -> None:
        """Let the kernel refuse this process memory beyond what it has now and ``more_bytes``.

        ``limit_bytes`` is the limit that the supervisor set (RLIMIT_DATA), which nothing in here
        can lift; what is more than wanted is mapped, never touched, and so never resident.
        """
        spare = limit_bytes - self._pages(_DATA) - more_bytes
        if spare >= _PAGE:
            self._held = mmap(-1, spare, flags=MAP_PRIVATE | MAP_ANONYMOUS)

    def let_memory_go(self) -> None:
        """Give back what was held: who found no memory is to find some to say so."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def _peak_bytes(self) -> int:
        _, _, rest = os.pread(self._status, _STATUS_BYTES, 0).partition(b"VmHWM:")
        return int(rest.split(None, 1)[0]) * KIB

    def _pages(self, field: int) -> int:
        return int(os.pread(self._statm, 256, 0).split()[field]) * _PAGE


def _cpu_and_faults() -> tuple[float, int]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_minflt
