"""Decide whose execution is next: a tenant has a share of the workers, and tenants take turns.

A tenant is the account at the top with all below it: accounts below add no workers.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from isolambda_core.domain.executions.errors import ExecutorBusyError, TooManyExecutionsError
from isolambda_core.domain.limits import EXECUTIONS_WAITING_MAX
from isolambda_executor.waits import Register, Waits


class Turn:
    """A place in the queue of a tenant, and then one of the executions at a time."""

    __slots__ = ("_granted", "_wake", "tenant")

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self._granted = False
        self._wake: Callable[[], None] | None = None

    @property
    def is_granted(self) -> bool:
        """Whether the execution may begin."""
        return self._granted

    def wake(self) -> None:
        """Grant it, and call what waits for that."""
        self._granted = True
        if self._wake is not None:
            self._wake()

    def waking(self, lock: AbstractContextManager[object]) -> Register:
        """Return what registers a callback for when it is granted, under the lock of all grants."""
        return partial(self._register, lock)

    def _register(self, lock: AbstractContextManager[object], wake: Callable[[], None]) -> None:
        with lock:
            if self._granted:
                wake()
            self._wake = wake


class FairQueue(Protocol):
    """Grants turns to the executions of one process, or of several together; see ``Turns``."""

    async def take(self, tenant: str, wait_s: float, waits: Waits, *, is_call: bool) -> None:
        """Return once a turn is granted to a tenant; see ``Turns.take``."""
        ...

    def give_back(self, tenant: str) -> None:
        """End an execution of a tenant, and let the next one begin."""
        ...

    def close(self) -> None:
        """Wait until no execution of this process is under way, and let none begin."""
        ...


_Queues = OrderedDict[str, deque[Turn]]


class Turns:
    """Grants up to ``at_once`` executions at a time, ``share`` of them to one tenant.

    Calls come before all others; tenants that wait take turns, and have up to ``waiting_max`` that
    wait. Safe for threads and event loops.
    """

    def __init__(self, at_once: int, share: int, waiting_max: int = EXECUTIONS_WAITING_MAX) -> None:
        self._free = self._at_once = at_once
        self._share = share
        self._waiting_max = waiting_max
        self._running: dict[str, int] = {}
        self._calls: _Queues = OrderedDict()
        self._others: _Queues = OrderedDict()
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._closes = False

    async def take(self, tenant: str, wait_s: float, waits: Waits, *, is_call: bool) -> None:
        """Return once a turn is granted to a tenant; give it back by :meth:`give_back`.

        Raises:
            TooManyExecutionsError: too many executions of the tenant wait, or its own ones took too
                long.
            ExecutorBusyError: those of others took too long.
        """
        with self._lock:
            # None of those that wait may begin, so this one goes before none of them.
            if self._free and self._begin(tenant):
                return
            queues = self._calls if is_call else self._others
            turn = Turn(tenant)
            waiting = queues.setdefault(tenant, deque())
            if len(waiting) >= self._waiting_max:
                raise self._refusal(tenant)
            waiting.append(turn)
        try:
            granted = await waits.happened(turn.waking(self._lock), wait_s)
        except BaseException:  # a coroutine that is cancelled has no turn
            self._leave(turn, queues)
            raise
        if not granted and self._withdraw(turn, queues):
            with self._lock:
                raise self._refusal(tenant)

    def give_back(self, tenant: str) -> None:
        """End an execution of a tenant, and let the next one begin."""
        with self._lock:
            self._free += 1
            left = self._running[tenant] - 1
            if left:
                self._running[tenant] = left
            else:
                del self._running[tenant]
            if self._calls or self._others:
                self._grant()
            if self._closes:
                self._ended.notify_all()

    def close(self) -> None:
        """Wait until no execution is under way, and let none begin."""
        with self._lock:
            self._closes = True
            self._ended.wait_for(lambda: self._free == self._at_once)
            self._free = 0

    def _begin(self, tenant: str) -> bool:
        """Begin an execution of a tenant, if it has a share left; return whether it has."""
        running = self._running.get(tenant, 0)
        if running >= self._share:
            return False
        self._free -= 1
        self._running[tenant] = running + 1
        return True

    def _grant(self) -> None:
        """Grant the turn that an execution leaves: no more than one, as none was left before."""
        for queues in (self._calls, self._others):
            tenant = next(filter(self._begin, queues), None)
            if tenant is not None:
                queues[tenant].popleft().wake()
                queues.move_to_end(tenant)
                _drop_if_empty(queues, tenant)
                return

    def _withdraw(self, turn: Turn, queues: _Queues) -> bool:
        """Leave the queue; return False if the turn was granted meanwhile."""
        with self._lock:
            if turn.is_granted:
                return False
            queues[turn.tenant].remove(turn)
            _drop_if_empty(queues, turn.tenant)
            return True

    def _leave(self, turn: Turn, queues: _Queues) -> None:
        if not self._withdraw(turn, queues):
            self.give_back(turn.tenant)

    def _refusal(self, tenant: str) -> Exception:
        used = self._running.get(tenant, 0)
        if used >= self._share:
            return TooManyExecutionsError(self._share, used)
        return ExecutorBusyError()


def _drop_if_empty(queues: _Queues, tenant: str) -> None:
    if not queues[tenant]:
        del queues[tenant]
