"""The memory that a worker may have, as the supervisor sets it from outside.

A worker's filter keeps it from lifting a limit; see ``confinement`` and infra/adr/0012.
"""

import os
import resource
from typing import Final

from isolambda_core.domain.limits import MIB
from isolambda_executor.frames import BrokenPeerError

_IDLE_GROWTH: Final = 32 * MIB
"""What a worker may take between executions, to make isolates and to report."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_DATA: Final = 5  # of /proc/PID/statm


class MemoryLimit:
    """The limit of a child's data (RLIMIT_DATA); to be closed.

    Raises:
        BrokenPeerError: the child is dead.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        try:
            self._statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
            # Whoever starts the server may have a limit of its own.
            _, self._hard = resource.prlimit(pid, resource.RLIMIT_DATA)
        except OSError as error:
            raise BrokenPeerError("dead") from error
        self._idle_data = 0

    def set_for_idleness(self) -> None:
        """Let the child have little more data than now, until it is asked.

        Raises:
            BrokenPeerError: it is dead.
        """
        try:
            self._idle_data = int(os.pread(self._statm, 256, 0).split()[_DATA]) * _PAGE
        except (OSError, IndexError) as error:  # IndexError: of the dead the file is empty
            raise BrokenPeerError("dead") from error
        self._set(self._idle_data + _IDLE_GROWTH)

    def set_for_execution(self, memory_bytes: int) -> int:
        """Let the child have so much for an execution, and what it may take before and after it.

        Returns the limit in bytes.

        Raises:
            BrokenPeerError: it is dead.
        """
        return self._set(self._idle_data + memory_bytes + 2 * _IDLE_GROWTH)

    def close(self) -> None:
        """Release what this holds; the limit stays."""
        os.close(self._statm)

    def _set(self, data_max: int) -> int:
        if self._hard != resource.RLIM_INFINITY:
            data_max = min(data_max, self._hard)
        try:
            resource.prlimit(self._pid, resource.RLIMIT_DATA, (data_max, self._hard))
        except OSError as error:
            raise BrokenPeerError("dead") from error
        return data_max
