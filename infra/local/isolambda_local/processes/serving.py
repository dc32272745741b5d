"""Which processes of a server serve."""

from collections.abc import Sequence

from isolambda_local.processes.shared_memory import SharedMemory


class Serving:
    """One word for each process, which is 1 while it serves."""

    def __init__(self, memory: SharedMemory) -> None:
        self._me = memory.me
        self._words = memory.reserve(memory.processes)

    def begin(self) -> None:
        """Note that this process serves."""
        self._words[self._me] = 1

    def end(self, process: int) -> None:
        """Note that a process serves no more."""
        self._words[process] = 0

    def count(self) -> int:
        """Return how many serve."""
        return sum(self._words)

    def has_fewest(self, held: Sequence[int], besides: int) -> bool:
        """Return whether no process that serves holds fewer than this one does with ``besides``."""
        return all(
            held[self._me] + besides <= its
            for process, its in enumerate(held)
            if process != self._me and self._words[process]
        )
