"""Limit the memory of a worker, from the supervisor.

The worker's system call filter forbids it to raise the limit; see ``confinement`` and
infra/adr/0012.
"""

import os
import resource
from typing import Final

from isolambda_core.domain.limits import MIB
from isolambda_executor.frames import BrokenPeerError

_IDLE_GROWTH: Final = 32 * MIB
"""What a worker may allocate between executions, to make isolates and to report."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_DATA: Final = 5  # of /proc/PID/statm


class MemoryLimit:
    """The RLIMIT_DATA of a child process; close it.

    Raises:
        BrokenPeerError: the child is dead.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        try:
            self._statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
            # The server may have inherited a hard limit, which the child has too.
            _, self._hard = resource.prlimit(pid, resource.RLIMIT_DATA)
        except OSError as error:
            raise BrokenPeerError("dead") from error
        self._idle_data = self._data = 0

    def set_for_idleness(self, held_bytes: int, *, has_changed: bool = True) -> None:
        """Limit the child to little more data than it has now, until its next request.

        It says that ``held_bytes`` of the data serve only to use up its limit: they do not count
        for the next execution. If that is not so, it has the less memory then. So it has where it
        says that its memory has not changed since the last call, and that is not so: to look would
        cost a system call.

        Raises:
            BrokenPeerError: it is dead.
        """
        if has_changed:
            try:
                self._data = int(os.pread(self._statm, 256, 0).split()[_DATA]) * _PAGE
            except (OSError, IndexError) as error:  # the file of a dead process is empty
                raise BrokenPeerError("dead") from error
            self._idle_data = max(0, self._data - held_bytes)
        self._set(self._data + _IDLE_GROWTH)

    def set_for_execution(self, memory_bytes: int) -> int:
        """Raise the child's limit by ``memory_bytes`` for an execution, and return it in bytes.

        It includes what the child may allocate before and after the execution.

        Raises:
            BrokenPeerError: it is dead.
        """
        return self._set(self._idle_data + memory_bytes + 2 * _IDLE_GROWTH)

    def close(self) -> None:
        """Close the file in /proc; the limit stays."""
        os.close(self._statm)

    def _set(self, data_max: int) -> int:
        if self._hard != resource.RLIM_INFINITY:
            data_max = min(data_max, self._hard)
        try:
            resource.prlimit(self._pid, resource.RLIMIT_DATA, (data_max, self._hard))
        except OSError as error:
            raise BrokenPeerError("dead") from error
        return data_max
