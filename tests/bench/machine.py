"""On what it was measured, and what Linux says of a process."""

import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

from isolambda_core.domain.limits import KIB

_PROCESS_CLOCK: Final = 2
_IDLE_S: Final = 0.01
_IDLE_WITHIN_S: Final = 1.0


def describe(v8: str) -> str:
    """Return two lines: the machine, and how busy it is."""
    cpu = _field("/proc/cpuinfo", "model name")
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cpu}, {cores} cores, Linux {platform.release()}; "
        f"Python {platform.python_version()}, mini-racer {version('mini-racer')}, V8 {v8}\n"
        f"load average {os.getloadavg()[0]:.2f} at the start"
    )


def memory(pid: int) -> dict[str, int]:
    """Return bytes: ``resident``, ``pss`` (shared pages divided among who shares), ``unshared``."""
    path = f"/proc/{pid}/smaps_rollup"
    kib = {
        name: int(_field(path, name).split()[0])
        for name in ("Rss", "Pss", "Private_Clean", "Private_Dirty")
    }
    return {
        "resident": kib["Rss"] * KIB,
        "pss": kib["Pss"] * KIB,
        "unshared": (kib["Private_Clean"] + kib["Private_Dirty"]) * KIB,
    }


def processor_ns(pid: int) -> int:
    """Return the processor time of a process, all its threads together."""
    return time.clock_gettime_ns((~pid << 3) | _PROCESS_CLOCK)  # as clock_getcpuclockid(3) does


def await_idle(pid: int) -> float:
    """Wait until a process has used no processor for 10 ms, and return for how long.

    Raises:
        TimeoutError: it was busy for a whole second.
    """
    began = time.monotonic()
    before = -1
    while (used := processor_ns(pid)) != before:
        if time.monotonic() - began > _IDLE_WITHIN_S:
            raise TimeoutError(f"process {pid} is never idle")
        before = used
        time.sleep(_IDLE_S)
    return time.monotonic() - began


def _field(path: str, name: str) -> str:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(name))
    return next(found, f"{sys.platform}, {platform.machine()}")
