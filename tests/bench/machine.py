"""On what it was measured, what else that did, and what Linux says of processes."""

import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

from isolambda_core.domain.limits import KIB
from tests.support.processes import descendants

_PROCESS_CLOCK: Final = 2
_EXECUTOR: Final = b"isolambda_executor"
"""What stands in the command of V8's processes, and in no command of a server."""
_REAPED: Final = slice(13, 15)
"""The time of children that ended, among the fields of /proc/PID/stat after the name."""
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


class ProcessTree:
    """A server's process and all that descend from it, as they are now."""

    def __init__(self, pid: int) -> None:
        tree = [pid, *descendants(pid)]
        self._v8 = [each for each in tree if _EXECUTOR in _command(each)]
        self._servers = [each for each in tree if each not in self._v8]

    def processor_s(self) -> tuple[float, float]:
        """Return the processor time of all processes, and of those that have nothing of V8."""
        server_s = sum(map(_lived_s, self._servers))
        # A worker that ended has left its time to the server that reaped it.
        v8_s = sum(map(_lived_s, self._v8)) + sum(map(_reaped_s, self._servers))
        return server_s + v8_s, server_s


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _lived_s(pid: int) -> float:
    try:
        return processor_ns(pid) / 1e9
    except OSError:  # it has ended
        return 0.0


def _reaped_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[_REAPED])) / os.sysconf("SC_CLK_TCK")


class Meanwhile:
    """What else a machine does from now on, beside this process and what it starts."""

    def __init__(self) -> None:
        self._began = _processor_times()

    def describe(self) -> str:
        """Return it in words; what this process started has ended, or counts as others'."""
        all_s, busy_s, stolen_s, own_s = (
            now - before for now, before in zip(_processor_times(), self._began, strict=True)
        )
        return (
            f"others took {max(0.0, busy_s - own_s) / all_s:.0%} of the processors' time, "
            f"and the host {stolen_s / all_s:.0%}; load average {os.getloadavg()[0]:.2f} at the end"
        )


def _processor_times() -> tuple[float, float, float, float]:
    """Return seconds of all processors: in all, busy, stolen by the host, and our own."""
    line = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0]
    user, nice, system, idle, waiting, interrupts, soft, stolen = (
        int(field) / os.sysconf("SC_CLK_TCK") for field in line.split()[1:9]
    )
    busy = user + nice + system + interrupts + soft
    own = sum(os.times()[:4])
    return busy + idle + waiting + stolen, busy, stolen, own


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
