"""Measure what an execution uses, and hold back memory that it may not use.

Linux: ``/proc/self/statm`` counts pages; writing 5 to ``/proc/self/clear_refs`` resets the peak of
the resident size (``VmHWM`` in ``/proc/self/status``) to the present size. The peak of
``getrusage`` is no use: a process inherits it from its parent.
"""

import os
import resource
import time
from typing import Final

from isolambda_core.domain.executions.execution import Usage
from isolambda_core.domain.limits import KIB, MIB
from isolambda_executor.address_space import make_inaccessible, make_writable, reserve

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_RESIDENT, _DATA = 1, 5  # fields of statm
_STATUS_BYTES: Final = 4 * KIB
_RESERVE: Final = 512 * MIB
"""Address space for the memory held back; the kernel counts only its writable pages."""
_LITTLE: Final = MIB
"""So much memory more or less is not worth two system calls an execution."""
_SPARING: Final = 4 * MIB
"""An execution that took no more than this left enough to report in."""


class Meter:
    """Measures one execution after another.

    It opens its files below ``proc``, a descriptor of /proc, and needs no other.
    """

    def __init__(self, proc: int) -> None:
        self._statm = os.open("self/statm", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
        self._status = os.open("self/status", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
        try:
            self._clear_refs: int | None = os.open(
                "self/clear_refs", os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc
            )
        except OSError:  # some containers forbid it; the peak is then never reset
            self._clear_refs = None
        self._reserve = reserve(_RESERVE)
        self.held_bytes = 0
        """What is held back at present; it is part of the data that the kernel counts."""
        self.resident_bytes = 0
        """The resident size of this process at the last look; it grows by page faults alone."""
        self._data = 0
        self._cpu_s = 0.0
        self._faults = self._faults_at_look = 0
        self._began = 0.0

    def prepare(self) -> None:
        """Do what :meth:`start` has to do for memory, which then does it only after page faults."""
        self._faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        self._await_growth()

    def start(self) -> None:
        """Start measuring."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self._cpu_s, self._faults = usage.ru_utime + usage.ru_stime, usage.ru_minflt
        self._await_growth()
        self._resident = self.resident_bytes
        self._began = time.perf_counter()

    def _await_growth(self) -> None:
        # Without a page fault the process has not grown, and its peak is the present size.
        if self._faults != self._faults_at_look:
            self.restart_memory()

    def restart_memory(self) -> None:
        """Measure memory from here on; the time goes on."""
        if self._clear_refs is not None:
            os.pwrite(self._clear_refs, b"5", 0)
        self._faults_at_look = self._faults
        self.look()
        self._resident = self.resident_bytes

    def look(self) -> None:
        """Look how large this process is."""
        pages = os.pread(self._statm, 256, 0).split()
        self.resident_bytes, self._data = int(pages[_RESIDENT]) * _PAGE, int(pages[_DATA]) * _PAGE

    def stop(self, *, cold: bool) -> Usage:
        """Return the usage since :meth:`start`."""
        wall_s = time.perf_counter() - self._began
        usage = resource.getrusage(resource.RUSAGE_SELF)
        cpu_s = usage.ru_utime + usage.ru_stime - self._cpu_s
        grown = 0
        # Without a page fault the process has not grown: save the system calls.
        if usage.ru_minflt != self._faults:
            grown = max(0, self._peak_bytes() - self._resident)
            data = self._data
            self.look()
            if self._data - data > _SPARING:
                self.release_memory()
        memory_mb = round(grown / MIB, 3)
        return Usage(round(wall_s * 1e3, 3), round(cpu_s * 1e3, 3), memory_mb, cold)

    def elapsed_s(self) -> float:
        """Return the seconds since :meth:`start`."""
        return time.perf_counter() - self._began

    def elapsed_ms(self) -> int:
        """Return the whole milliseconds since :meth:`start`."""
        return round(self.elapsed_s() * 1e3)

    def hold_memory_back(self, limit_bytes: int, more_bytes: int) -> None:
        """Leave this process ``more_bytes`` of memory beyond what it had at :meth:`start`.

        The supervisor set the limit, ``limit_bytes`` (RLIMIT_DATA), which this process cannot
        change. Whatever exceeds the wanted limit is used up by pages that are made writable, but
        are never touched and so never resident. They stay so for the next execution, which mostly
        wants as many: the supervisor counts ``held_bytes`` for nothing.
        """
        without = self._data - self.held_bytes
        wanted = min(limit_bytes - without - more_bytes, _RESERVE) // _PAGE * _PAGE
        if abs(wanted - self.held_bytes) <= _LITTLE:
            return
        self.release_memory()
        if wanted > 0 and make_writable(self._reserve, wanted):
            self.held_bytes = wanted
            self._data += wanted

    def release_memory(self) -> None:
        """Release the memory held back: reporting that memory ran out takes some."""
        if self.held_bytes:
            make_inaccessible(self._reserve, self.held_bytes)
            self._data -= self.held_bytes
            self.held_bytes = 0

    def _peak_bytes(self) -> int:
        _, _, rest = os.pread(self._status, _STATUS_BYTES, 0).partition(b"VmHWM:")
        return int(rest.split(None, 1)[0]) * KIB
