"""The executions of all server processes that run or wait, and which of them is next.

The rules are those of ``turns.Turns``, and one more says in which process the next one is. The
caller of a method has the lock of the memory, unless the method says that it needs none.
"""

from typing import Final

from isolambda_core.domain.limits import (
    EXECUTIONS_WAITING_IN_ALL_MAX,
    EXECUTIONS_WAITING_MAX,
)
from isolambda_local.processes.shared_memory import SharedMemory

KEEPS_US: Final = 10_000
"""How long a process may pass over others that wait for a tenant's turn, and keep it."""
_LATER: Final = 1 << 62
"""Added to the order of what is no call; it is more than any ticket."""
_END, _LATEST_TICKET = 0, 1
_COUNTERS: Final = 2


class TurnTable:
    """Up to ``at_once`` executions run at a time, ``share`` of them of one tenant.

    A tenant is known by its key; see ``SharedMemory.key_of``. Each execution that runs has a place.
    What waits has a queue for each tenant in each process, calls apart. Only its process knows who
    is in it, and alone changes how many: a place is granted to the first one there, whoever that is
    by then. Times are in microseconds, of a clock that all processes have.
    """

    def __init__(self, memory: SharedMemory, at_once: int, share: int) -> None:
        self._me = memory.me
        self.share = share
        # Of each place:
        self._running = memory.reserve(at_once)
        """The key of the tenant; 0 where the place is free."""
        self._runners = memory.reserve(at_once)
        """The process in which it runs."""
        self._granted = memory.reserve(at_once)
        """The queue that it is granted to, and 1; 0 once its execution has begun."""
        # Of each queue:
        self._counts = memory.reserve(EXECUTIONS_WAITING_IN_ALL_MAX)
        """How many wait in it; 0 where there is no queue."""
        self._orders = memory.reserve(EXECUTIONS_WAITING_IN_ALL_MAX)
        """When its tenant began to wait, or last had its turn; ``_LATER`` more if not of calls."""
        self._keys = memory.reserve(EXECUTIONS_WAITING_IN_ALL_MAX)
        self._processes = memory.reserve(EXECUTIONS_WAITING_IN_ALL_MAX)
        self._passed_at = memory.reserve(EXECUTIONS_WAITING_IN_ALL_MAX)
        """When the first one in it was passed over for the first time; 0 if it was not."""
        self._counters = memory.reserve(_COUNTERS)
        """Where the queues end that there are, and the latest ticket."""

    def running_of(self, key: int) -> int:
        """Return how many executions of a tenant run."""
        return self._running.tolist().count(key)

    def begin(self, key: int) -> int | None:
        """Return a place for an execution of this process, if one more of the tenant may run.

        Then none of the tenant waits: it would have begun.
        """
        running = self._running.tolist()
        if 0 not in running or running.count(key) >= self.share:
            return None
        place = running.index(0)
        self._run(place, key, self._me, 0)
        return place

    def wait(self, key: int, queue: int | None, *, is_call: bool) -> int | None:
        """Add an execution to a queue of this process, a new one for None, and return the queue.

        None where too many wait.
        """
        later = 0 if is_call else _LATER
        waiting = self._waiting()
        of_tenant = [
            at
            for at, count in enumerate(waiting)
            if count > 0 and self._keys[at] == key and self._orders[at] & _LATER == later
        ]
        is_full = sum(waiting[at] for at in of_tenant) >= EXECUTIONS_WAITING_MAX
        if is_full or sum(waiting) >= EXECUTIONS_WAITING_IN_ALL_MAX:
            return None
        order = self._orders[of_tenant[0]] if of_tenant else later | self._next_ticket()
        if queue is None:
            queue = self._new_queue()
            self._keys[queue], self._processes[queue] = key, self._me
            self._passed_at[queue] = 0
        self._orders[queue] = order
        self._counts[queue] += 1
        return queue

    def join(self, queue: int) -> bool:
        """Add an execution to a queue of this process in which some wait; False if it is not added.

        It needs no lock: nothing that waits there may begin, and so neither may this one. Where a
        place was granted meanwhile, or more wait than one tenant may have, :meth:`wait` decides.
        """
        self._counts[queue] += 1  # before it looks, so that one of two processes sees the other
        is_next = queue + 1 in self._granted.tolist()
        if is_next or sum(self._counts[: self._counters[_END]]) > EXECUTIONS_WAITING_MAX:
            self._counts[queue] -= 1
            return False
        return True

    def leave(self, queue: int) -> None:
        """Let the first execution in a queue of this process begin, or any wait no more.

        It needs no lock.
        """
        self._passed_at[queue] = 0
        self._counts[queue] -= 1

    def keeps(self, key: int, now_us: int) -> bool:
        """Return whether, when an execution of a tenant ends, its place is for the next one here.

        It is where no other tenant waits, and no other process for too long. It needs no lock: what
        begins to wait meanwhile comes after it.
        """
        counts = self._counts[: self._counters[_END]].tolist()
        of_tenant = [at for at, count in enumerate(counts) if count]
        if not of_tenant:
            return False
        orders = []
        for at in of_tenant:
            if self._keys[at] != key:
                return False
            orders.append(self._orders[at])
        first = min(orders)  # of what was read, as another process may write meanwhile
        if first != max(orders):
            of_tenant = [at for at, its in zip(of_tenant, orders, strict=True) if its == first]
        return self._processes[self._choose(of_tenant, now_us)] == self._me

    def grant(self, now_us: int) -> int | None:
        """Grant a place to the queue that is next, and return its process; None if none may."""
        running = self._running.tolist()
        if 0 not in running:
            return None
        full = {key for key in set(running) if running.count(key) >= self.share}
        queues = [
            (self._orders[at], at)
            for at, count in enumerate(self._waiting())
            if count > 0 and self._keys[at] not in full
        ]
        if not queues:
            return None
        order, _ = min(queues)
        of_tenant = [at for its, at in queues if its == order]
        queue = self._choose(of_tenant, now_us)
        turn = order & _LATER | self._next_ticket()
        for at in of_tenant:
            self._orders[at] = turn
        self._passed_at[queue] = 0
        process = self._processes[queue]
        self._run(running.index(0), self._keys[queue], process, queue + 1)
        return process

    def granted(self) -> list[tuple[int, int]]:
        """Return each place that was granted to this process, and the key of its tenant."""
        found = []
        for place, queue in enumerate(self._granted.tolist()):
            if queue and self._running[place] and self._runners[place] == self._me:
                self._granted[place] = 0
                found.append((place, self._running[place]))
        return found

    def end(self, place: int) -> None:
        """Let an execution run no more."""
        self._running[place] = 0

    def forget(self, process: int) -> None:
        """Let nothing wait or run of a process that ended."""
        for at in range(self._counters[_END]):
            if self._processes[at] == process:
                self._counts[at] = 0
        for place, runner in enumerate(self._runners.tolist()):
            if runner == process:
                self.end(place)

    def _waiting(self) -> list[int]:
        """Return how many wait in each queue for which no place is granted yet."""
        counts = self._counts[: self._counters[_END]].tolist()
        for place, queue in enumerate(self._granted.tolist()):
            if queue and self._running[place] and queue <= len(counts):
                counts[queue - 1] -= 1
        return counts

    def _choose(self, queues: list[int], now_us: int) -> int:
        """Return the queue that is next of a tenant's, and note that the others are passed over.

        It is the one of this process, unless another one was passed over for too long.
        """
        own, longest, since = -1, queues[0], now_us
        for at in queues:
            passed_at = self._passed_at[at] or now_us
            if passed_at < since:
                longest, since = at, passed_at
            if self._processes[at] == self._me:
                own = at
        chosen = longest if own < 0 or now_us - since >= KEEPS_US else own
        for at in queues:
            if at != chosen and not self._passed_at[at]:
                self._passed_at[at] = now_us
        return chosen

    def _new_queue(self) -> int:
        counts = self._counts[: self._counters[_END]].tolist()
        while counts and not counts[-1]:
            counts.pop()
        queue = counts.index(0) if 0 in counts else len(counts)
        self._counters[_END] = max(len(counts), queue + 1)
        return queue

    def _run(self, place: int, key: int, process: int, granted: int) -> None:
        # In this order, a process that is killed in between leaves the place free.
        self._runners[place] = process
        self._granted[place] = granted
        self._running[place] = key

    def _next_ticket(self) -> int:
        self._counters[_LATEST_TICKET] += 1
        return self._counters[_LATEST_TICKET]
