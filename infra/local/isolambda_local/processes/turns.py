"""Wait for a turn among the executions of all server processes; see ``turns.Turns``."""

import time
from collections import deque
from threading import Condition

from isolambda_core.domain.executions.errors import ExecutorBusyError, TooManyExecutionsError
from isolambda_executor.turns import Turn
from isolambda_executor.waits import Waits
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.processes.turn_table import TurnTable


class _Queue(deque[Turn]):
    """What waits in this process of a tenant, calls apart; ``number`` is the queue's in the table.

    There is one while any waits in it.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class SharedTurns:
    """Grants turns as ``turns.Turns`` does, to the executions of all processes together."""

    def __init__(self, memory: SharedMemory, at_once: int, share: int) -> None:
        self._memory = memory
        self._table = TurnTable(memory, at_once, share)
        self._running: dict[str, list[int]] = {}
        """The places of what runs in this process, by tenant."""
        self._calls: dict[int, _Queue] = {}
        self._others: dict[int, _Queue] = {}
        self._closes = self._is_closed = False
        self._ended = Condition()

    async def take(self, tenant: str, wait_s: float, waits: Waits, *, is_call: bool) -> None:
        """Return once a turn is granted to a tenant; see ``Turns.take``.

        Raises:
            TooManyExecutionsError: too many executions of the tenant wait, or its own ones took too
                long.
            ExecutorBusyError: those of others took too long.
        """
        key = self._memory.key_of(tenant)
        queues = self._calls if is_call else self._others
        turn = Turn(tenant)
        if not self._join(turn, key, queues) and self._begin_or_wait(turn, key, is_call=is_call):
            return
        try:
            granted = await waits.happened(turn.waking(self._memory.threads), wait_s)
        except BaseException:  # a coroutine that is cancelled has no turn
            if not self._withdraw(turn, key, queues):
                self.give_back(tenant)
            raise
        if not granted and self._withdraw(turn, key, queues):
            with self._memory:
                raise self._refusal(key)

    def give_back(self, tenant: str) -> None:
        """End an execution of a tenant, and let the next one begin, in any process."""
        if self._keep(tenant):
            return
        with self._memory:
            places = self._running[tenant]
            self._table.end(places.pop())
            if not places:
                del self._running[tenant]
            others = self._go_on()
        self._ring(others)
        if self._closes:
            with self._ended:
                self._ended.notify_all()

    def close(self) -> None:
        """Wait until no execution is under way in this process, and let none begin."""
        self._closes = True
        with self._ended:
            self._ended.wait_for(lambda: not self._running)
        self._is_closed = True

    def look(self) -> None:
        """Begin what waits in this process, and another process let begin."""
        with self._memory:
            others = self._go_on()
        self._ring(others)

    def forget(self, process: int) -> None:
        """Take back the turns of a process that ended, and let others begin."""
        with self._memory:
            self._table.forget(process)
            self._go_on()
        # It may have ended before it rang for what it granted.
        self._ring(set(range(self._memory.processes)))

    def _join(self, turn: Turn, key: int, queues: dict[int, _Queue]) -> bool:
        """Let an execution wait behind others in this process, if that is all there is to do."""
        with self._memory.threads:
            queue = queues.get(key)
            if self._is_closed or queue is None or not self._table.join(queue.number):
                return False
            queue.append(turn)
            return True

    def _begin_or_wait(self, turn: Turn, key: int, *, is_call: bool) -> bool:
        """Let an execution begin and return True, or wait.

        Raises:
            ExecutorBusyError: it can do neither; see :meth:`take`.
        """
        queues = self._calls if is_call else self._others
        with self._memory:
            if self._is_closed:
                raise ExecutorBusyError
            place = self._table.begin(key)
            if place is not None:
                self._begin(turn.tenant, place)
                return True
            queue = queues.get(key)
            known = None if queue is None else queue.number
            number = self._table.wait(key, known, is_call=is_call)
            if number is None:
                raise self._refusal(key)
            if queue is None:
                queue = queues[key] = _Queue(number)
            queue.append(turn)
            return False

    def _keep(self, tenant: str) -> bool:
        """Let an execution of this process begin in place of one that ends, if it is the next."""
        key = self._memory.key_of(tenant)
        with self._memory.threads:
            waits = key in self._others or key in self._calls
            keeps = waits and self._table.keeps(key, _now_us())
            if keeps:
                self._next(key)
            return keeps

    def _go_on(self) -> set[int]:
        """Let begin what may; return the processes to ring for. The caller has the lock."""
        others: set[int] = set()
        while True:
            for place, key in self._table.granted():
                tenant = self._next(key)
                if tenant is None:  # none waits any more
                    self._table.end(place)
                else:
                    self._begin(tenant, place)
            process = self._table.grant(_now_us())
            if process is None:
                return others
            if process != self._memory.me:
                others.add(process)

    def _next(self, key: int) -> str | None:
        """Wake what waits first of a tenant in this process, and return the tenant's name."""
        queues = self._calls if key in self._calls else self._others
        if key not in queues:
            return None
        turn = queues[key][0]
        self._leave(turn, key, queues)
        turn.wake()
        return turn.tenant

    def _begin(self, tenant: str, place: int) -> None:
        self._running.setdefault(tenant, []).append(place)

    def _withdraw(self, turn: Turn, key: int, queues: dict[int, _Queue]) -> bool:
        """Leave the queue; return False if the turn was granted meanwhile."""
        with self._memory.threads:
            if turn.is_granted:
                return False
            self._leave(turn, key, queues)
            return True

    def _leave(self, turn: Turn, key: int, queues: dict[int, _Queue]) -> None:
        queue = queues[key]
        queue.remove(turn)
        if not queue:
            del queues[key]
        self._table.leave(queue.number)

    def _ring(self, processes: set[int]) -> None:
        for process in processes:
            self._memory.ring(process)

    def _refusal(self, key: int) -> Exception:
        used = self._table.running_of(key)
        if used >= self._table.share:
            return TooManyExecutionsError(self._table.share, used)
        return ExecutorBusyError()


def _now_us() -> int:
    return time.monotonic_ns() // 1000
