"""What the operating system says of the worker processes of a test."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.support.waiting import WAIT_S

_STATE, _PARENT, _SESSION, _USER_TICKS, _STARTED_AT = 0, 1, 3, 11, 19


def _stat(pid: int) -> list[str]:
    # The name in parentheses may hold anything; what follows the last one is in order.
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def children(parent: int | None = None) -> list[int]:
    """Return the ids of the processes that ``parent`` has started, oldest first; no dead ones.

    Of this process they are those of its executors, which lead sessions of their own. What else it
    has started, such as a server, is for other tests.
    """
    if parent is None:
        return [pid for pid in _all_children().get(os.getpid(), []) if _leads_a_session(pid)]
    return _all_children().get(parent, [])


def _leads_a_session(pid: int) -> bool:
    try:
        return int(_stat(pid)[_SESSION]) == pid
    except (FileNotFoundError, ProcessLookupError):
        return False


def _all_children() -> dict[int, list[int]]:
    """Return the children of each process that has some, oldest first."""
    found: list[tuple[int, int, int]] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = _stat(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
            if stat[_STATE] != "Z":
                found.append((int(stat[_STARTED_AT]), int(entry.name), int(stat[_PARENT])))
    children: dict[int, list[int]] = {}
    for _, pid, parent in sorted(found):  # ids start over once they are used up
        children.setdefault(parent, []).append(pid)
    return children


def alive(pid: int) -> bool:
    """Return whether a process has not ended."""
    try:
        return _stat(pid)[_STATE] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_stopped(pid: int) -> bool:
    """Return whether the kernel lets nothing of a process run."""
    try:
        return _stat(pid)[_STATE] == "T"
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(pid: int) -> None:
    """Kill a process, if it has not ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def cpu_ticks(pid: int) -> int:
    """Return the ticks (a hundredth of a second) that a process spent in user mode; 0: it ended."""
    try:
        return int(_stat(pid)[_USER_TICKS])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def descendants(parent: int) -> Iterator[int]:
    """Return the ids of the processes that ``parent`` has started, and these in turn."""
    all_children = _all_children()

    def below(pid: int) -> Iterator[int]:
        for child in all_children.get(pid, ()):
            yield child
            yield from below(child)

    return below(parent)


def environment(pid: int) -> dict[str, str]:
    """Return the variables that a process was started with."""
    lines = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return {name: value for name, _, value in (line.partition("=") for line in lines if line)}


def open_files(pid: int) -> list[str]:
    """Return what the descriptors of a process lead to."""
    return sorted(str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir())


def connections_from(port: int) -> set[str]:
    """Return what descriptors lead to that are connections from a port of this machine."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:])
    return {f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{port:04X}")}


def thread_status(pid: int, key: str) -> set[str]:
    """Return what the kernel says under ``key`` of the threads of a process."""
    return {
        line.partition(":")[2].strip()
        for status in Path(f"/proc/{pid}/task").glob("*/status")
        for line in status.read_text(encoding="utf-8").splitlines()
        if line.startswith(f"{key}:")
    }


def end(parent: int, timeout_s: float = WAIT_S) -> None:
    """Kill a process and all its descendants, and see them gone within a time."""
    with ExitStack() as stack:
        handles = []
        for pid in [parent, *descendants(parent)]:
            with suppress(ProcessLookupError):  # it ended meanwhile
                handles.append(os.pidfd_open(pid))
                stack.callback(os.close, handles[-1])
        for handle in handles:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        for handle in handles:
            assert select.select([handle], [], [], timeout_s)[0], "a process outlives SIGKILL"


def wait_for_end(pid: int, timeout_s: float = WAIT_S) -> None:
    """See a process end by itself within a time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], timeout_s)[0], f"process {pid} goes on"
    finally:
        os.close(handle)
