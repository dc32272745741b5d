"""Wait for a turn among the executions of all server processes; see ``turns.Turns``."""

from collections.abc import Iterable
from threading import Condition

from isolambda_core.domain.executions.errors import ExecutorBusyError, TooManyExecutionsError
from isolambda_executor.turns import Turn
from isolambda_executor.waits import Waits
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.processes.turn_table import TurnTable


class SharedTurns:
    """Grants turns as ``turns.Turns`` does, to the executions of all processes together."""

    def __init__(self, memory: SharedMemory, at_once: int, share: int) -> None:
        self._memory = memory
        self._table = TurnTable(memory, at_once, share)
        self._running: dict[str, list[int]] = {}
        """The places of what runs in this process, by tenant."""
        self._waiting: dict[int, Turn] = {}
        """What waits in this process, by place."""
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
        with self._memory:
            if self._is_closed:
                raise ExecutorBusyError
            place = self._table.begin(key)
            if place is not None:
                self._begin(tenant, place)
                return
            place = self._table.wait(key, is_call=is_call)
            if place is None:
                raise self._refusal(key)
            turn = self._waiting[place] = Turn(tenant)
            self._begin_granted(self._table.grant())
        try:
            granted = turn.is_granted or await waits.happened(turn.waking(self._memory), wait_s)
        except BaseException:  # a coroutine that is cancelled has no turn
            if not self._withdraw(turn, place):
                self.give_back(tenant)
            raise
        if not granted and self._withdraw(turn, place):
            with self._memory:
                raise self._refusal(key)

    def give_back(self, tenant: str) -> None:
        """End an execution of a tenant, and let the next one begin, in any process."""
        with self._memory:
            places = self._running[tenant]
            self._table.end(places.pop())
            if not places:
                del self._running[tenant]
            self._begin_granted(self._table.grant())
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
            self._begin_granted(list(self._waiting))

    def forget(self, process: int) -> None:
        """Take back the turns of a process that ended, and let others begin."""
        with self._memory:
            self._table.forget(process)
            self._table.grant()

    def _begin(self, tenant: str, place: int) -> None:
        self._running.setdefault(tenant, []).append(place)

    def _begin_granted(self, places: Iterable[int]) -> None:
        """Begin what was granted of that which waits in these places; the caller has the lock."""
        for place in places:
            runs_at = self._table.granted(place)
            if runs_at is not None:
                turn = self._waiting.pop(place)
                self._begin(turn.tenant, runs_at)
                turn.wake()

    def _withdraw(self, turn: Turn, place: int) -> bool:
        """Leave the queue; return False if the turn was granted meanwhile."""
        with self._memory:
            if not turn.is_granted:
                self._begin_granted([place])
            if turn.is_granted:
                return False
            self._table.leave(place)
            del self._waiting[place]
            return True

    def _refusal(self, key: int) -> Exception:
        used = self._table.running_of(key)
        if used >= self._table.share:
            return TooManyExecutionsError(self._table.share, used)
        return ExecutorBusyError()
