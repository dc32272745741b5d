"""The executions of all server processes that run or wait, and which of them is next.

The rules are those of ``turns.Turns``. The caller of each method has the lock of the memory.
"""

from collections.abc import Iterator
from typing import Final

from isolambda_core.domain.limits import (
    EXECUTIONS_WAITING_IN_ALL_MAX,
    EXECUTIONS_WAITING_MAX,
)
from isolambda_local.processes.shared_memory import SharedMemory

_WIDTH: Final = 5
_IS_LATER, _TENANTS_TURN, _TICKET, _KEY, _PROCESS = range(_WIDTH)
"""What a row has of an execution that waits; by the first three, it is the order of two.

``_IS_LATER`` is 0 for a call. ``_TENANTS_TURN`` is when the tenant began to wait, or last had its
turn. ``_TICKET`` is when the execution began to wait; it is 0 in a row that is free, and negative
once the execution may begin, in the place ``-ticket - 1`` of those that run.
"""
_END, _LATEST_TICKET = 0, 1
_COUNTERS: Final = 2


class TurnTable:
    """Up to ``at_once`` executions run at a time, ``share`` of them of one tenant.

    A tenant is known by its key; see ``SharedMemory.key_of``. An execution has a place among those
    that wait, and then another one among those that run.
    """

    def __init__(self, memory: SharedMemory, at_once: int, share: int) -> None:
        self._memory = memory
        self.share = share
        self._running = memory.reserve(at_once)
        """The key of the tenant of each execution that runs."""
        self._runners = memory.reserve(at_once)
        """The process in which it runs."""
        self._waiting = memory.reserve(EXECUTIONS_WAITING_IN_ALL_MAX * _WIDTH)
        self._counters = memory.reserve(_COUNTERS)
        """Where the rows end that are in use, and the latest ticket."""

    def running_of(self, key: int) -> int:
        """Return how many executions of a tenant run."""
        return self._running.tolist().count(key)

    def begin(self, key: int) -> int | None:
        """Return a place among those that run, if none waits and one more may begin."""
        running = self._running.tolist()
        if self._counters[_END] or 0 not in running or running.count(key) >= self.share:
            return None
        place = running.index(0)
        self._run(place, key, self._memory.me)
        return place

    def wait(self, key: int, *, is_call: bool) -> int | None:
        """Return a place among those that wait, None where there are too many."""
        is_later = int(not is_call)
        place = end = self._counters[_END]
        tenants_turn, own = 0, 0
        for at, row in self._rows():
            if not row[_TICKET]:
                place = min(place, at)
            elif row[_KEY] == key and row[_IS_LATER] == is_later and row[_TICKET] > 0:
                tenants_turn = row[_TENANTS_TURN]
                own += 1
        if own >= EXECUTIONS_WAITING_MAX or place >= EXECUTIONS_WAITING_IN_ALL_MAX:
            return None
        ticket = self._next_ticket()
        at = place * _WIDTH
        self._waiting[at + _IS_LATER] = is_later
        self._waiting[at + _TENANTS_TURN] = tenants_turn or ticket
        self._waiting[at + _KEY] = key
        self._waiting[at + _PROCESS] = self._memory.me
        self._counters[_END] = max(end, place + 1)
        self._waiting[at + _TICKET] = ticket
        return place

    def grant(self) -> list[int]:
        """Let begin what may; return where those of this process waited, and ring for others."""
        mine = []
        running = self._running.tolist()
        while 0 in running and (granted := self._next(running)):
            at, (is_later, _, _, key, process) = granted
            place = running.index(0)
            turn = self._next_ticket()
            for other, row in self._rows():
                if row[_KEY] == key and row[_IS_LATER] == is_later:
                    self._waiting[other * _WIDTH + _TENANTS_TURN] = turn
            # In this order, a process that is killed in between leaves no place in use for good.
            self._waiting[at * _WIDTH + _TICKET] = -place - 1
            self._run(place, key, process)
            running[place] = key
            if process == self._memory.me:
                mine.append(at)
            else:
                self._memory.ring(process)
        return mine

    def granted(self, place: int) -> int | None:
        """Return where an execution runs that waited, and leave its place; None if it waits."""
        ticket = self._waiting[place * _WIDTH + _TICKET]
        if ticket > 0:
            return None
        self.leave(place)
        return -ticket - 1

    def leave(self, place: int) -> None:
        """Let an execution wait no more."""
        self._waiting[place * _WIDTH + _TICKET] = 0
        end = self._counters[_END]
        while end and not self._waiting[(end - 1) * _WIDTH + _TICKET]:
            end -= 1
        self._counters[_END] = end

    def end(self, place: int) -> None:
        """Let an execution run no more."""
        self._running[place] = 0

    def forget(self, process: int) -> None:
        """Let nothing wait or run of a process that ended."""
        for at, row in list(self._rows()):
            if row[_TICKET] and row[_PROCESS] == process:
                self.leave(at)
        for place, runner in enumerate(self._runners.tolist()):
            if runner == process:
                self.end(place)

    def _next(self, running: list[int]) -> tuple[int, list[int]] | None:
        """Return the place and the row of the execution that begins before all others, if any."""
        found = None
        for at, row in self._rows():
            if (
                row[_TICKET] > 0
                and (found is None or row < found[1])
                and running.count(row[_KEY]) < self.share
            ):
                found = at, row
        return found

    def _rows(self) -> Iterator[tuple[int, list[int]]]:
        words = self._waiting[: self._counters[_END] * _WIDTH].tolist()
        for place in range(len(words) // _WIDTH):
            yield place, words[place * _WIDTH : (place + 1) * _WIDTH]

    def _run(self, place: int, key: int, process: int) -> None:
        self._runners[place] = process
        self._running[place] = key

    def _next_ticket(self) -> int:
        self._counters[_LATEST_TICKET] += 1
        return self._counters[_LATEST_TICKET]
