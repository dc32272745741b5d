"""What the operating system says of the worker processes of a test."""

import os
from pathlib import Path

_STATE, _PARENT, _USER_TICKS = 0, 1, 11


def _stat(pid: int) -> list[str]:
    # The name in parentheses may hold anything; what follows the last one is in order.
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def children(parent: int | None = None) -> list[int]:
    """Return the ids of the processes that ``parent`` (this process) has started, dead ones not."""
    wanted = str(parent or os.getpid())
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = _stat(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
            if stat[_PARENT] == wanted and stat[_STATE] != "Z":
                found.append(int(entry.name))
    return found


def cpu_ticks(pid: int) -> int:
    """Return the ticks (a hundredth of a second) that a process spent in user mode."""
    return int(_stat(pid)[_USER_TICKS])
