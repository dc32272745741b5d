"""An event that happens in all server processes."""

from threading import Event

from typing_extensions import override

from isolambda_local.processes.shared_memory import SharedMemory


class SharedEvent(Event):
    """An event that, once it is set, is set in all other processes, too."""

    def __init__(self, memory: SharedMemory) -> None:
        super().__init__()
        self._memory = memory
        self._is_set_in = memory.reserve(memory.processes)
        """1 for a process that has not heard of it yet."""

    @override
    def set(self) -> None:
        """Set it here, and ring for all others."""
        super().set()
        for process in range(self._memory.processes):
            if process != self._memory.me:
                self._is_set_in[process] = 1
                self._memory.ring(process)

    def hear(self) -> None:
        """Set it here, if another process has set it; one that rings may mean something else."""
        if self._is_set_in[self._memory.me]:
            self._is_set_in[self._memory.me] = 0
            super().set()
