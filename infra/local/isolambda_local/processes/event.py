"""An event that happens in all server processes."""

from threading import Event

from typing_extensions import override

from isolambda_local.processes.shared_memory import SharedMemory


class SharedEvent(Event):
    """An event that, once it is set, is set in all other processes, too."""

    def __init__(self, memory: SharedMemory) -> None:
        super().__init__()
        self._memory = memory

    @override
    def set(self) -> None:
        """Set it here, and ring for all others."""
        self.hear()
        for process in range(self._memory.processes):
            if process != self._memory.me:
                self._memory.ring(process)

    def hear(self) -> None:
        """Set it here alone, as another process has rung."""
        super().set()
