"""Count what a server does, in about a microsecond for each thing."""

from bisect import bisect_left
from collections.abc import Mapping
from threading import Lock
from typing import Final

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_local.metrics.doors import door_of
from isolambda_local.metrics.families import (
    ACCOUNT_EXECUTIONS,
    ACCOUNTS_MAX,
    BOUNDS_S,
    DROPPED,
    EXECUTION_SECONDS,
    EXECUTIONS,
    FALLBACKS,
    FETCHES_MADE,
    HISTOGRAM_WORDS,
    LIMITS_MET,
    NO_ANSWER,
    OFFSETS,
    OTHER,
    REQUEST_SECONDS,
    REQUESTS,
    RUNNING,
    STATUSES,
    WAITING,
    Family,
)
from isolambda_local.metrics.limits import limit_of
from isolambda_local.metrics.table import MetricTable

_BOUNDS_MS: Final = tuple(bound * 1000 for bound in BOUNDS_S)
_SUM: Final = HISTOGRAM_WORDS - 1
_STATUSES: Final = {None: STATUSES.index(NO_ANSWER)} | {
    status: STATUSES.index(str(status) if str(status) in STATUSES else f"{status // 100}xx")
    for status in range(100, 600)
}
_EXECUTION_SECONDS: Final = OFFSETS[EXECUTION_SECONDS.name]
_ACCOUNTS: Final = OFFSETS[ACCOUNT_EXECUTIONS.name]
_FALLBACKS: Final = OFFSETS[FALLBACKS.name]
_RUNNING: Final = OFFSETS[RUNNING.name]
_WAITING: Final = OFFSETS[WAITING.name]
_DROPPED: Final = OFFSETS[DROPPED.name]


def _places(family: Family) -> Mapping[str, int]:
    """Return where the rows of a metric with one label are, by the value of the label."""
    return {row[0]: OFFSETS[family.name] + at for at, row in enumerate(family.rows)}


_OUTCOMES: Final = _places(EXECUTIONS)
_FETCHES: Final = _places(FETCHES_MADE)
_LIMITS: Final = _places(LIMITS_MET)
_DOORS: Final = {
    door: (
        OFFSETS[REQUESTS.name] + at * len(STATUSES),
        OFFSETS[REQUEST_SECONDS.name] + at * HISTOGRAM_WORDS,
    )
    for at, door in enumerate(REQUESTS.values[0])
}
"""Where the rows of an API begin: of its requests, and of their times."""


class ServerMetrics:
    """Counts in the column of this process. Safe for threads."""

    def __init__(self, table: MetricTable) -> None:
        self._table = table
        self._words = table.mine
        self._lock = Lock()
        self._doors: dict[str, tuple[int, int]] = {}  # as many as there are routes
        self._slots: dict[str, int] = {}  # as many as there are rows

    def request(self, route: str, status: int | None, duration_ms: float) -> None:
        """Count a request; see ``Observe``."""
        door = self._doors.get(route)
        if door is None:
            door = self._doors[route] = _DOORS[door_of(route)]
        requests, seconds = door
        words = self._words
        with self._lock:
            words[requests + _STATUSES[status]] += 1
            words[seconds + bisect_left(_BOUNDS_MS, duration_ms)] += 1
            words[seconds + _SUM] += int(duration_ms * 1000)

    def execution(self, invocation: Invocation, result: ExecutionResult) -> None:
        """Count an execution that has ended; see ``ObserveExecution``."""
        tenant = invocation.tenant or invocation.account_id
        slot = self._slots.get(tenant)
        if slot is None:
            slot = self._find(tenant)
        wall_ms = result.usage.wall_ms
        words = self._words
        with self._lock:
            words[_OUTCOMES[result.outcome]] += 1
            words[_EXECUTION_SECONDS + bisect_left(_BOUNDS_MS, wall_ms)] += 1
            words[_EXECUTION_SECONDS + _SUM] += int(wall_ms * 1000)
            words[_ACCOUNTS + slot] += 1
            for fetch in result.fetches:
                words[_FETCHES[_outcome_of(fetch)]] += 1
            if result.error is not None and result.error.exceeded is not None:
                words[_LIMITS.get(result.error.exceeded.limit, _LIMITS[OTHER])] += 1

    def error(self, error: Exception) -> None:
        """Count a request that was refused because of a limit, and no other one."""
        limit = limit_of(error)
        if limit is not None:
            with self._lock:
                self._words[_LIMITS.get(limit, _LIMITS[OTHER])] += 1

    def fallback(self, reason: IsolambdaError | ExecutionResult) -> None:
        """Count a request that a fallback answered, and the limit that was met, if one was."""
        with self._lock:
            self._words[_FALLBACKS] += 1
        if isinstance(reason, IsolambdaError):  # an execution was counted itself
            self.error(reason)

    def wait(self, amount: int) -> None:
        """Let so many more executions wait."""
        with self._lock:
            self._words[_WAITING] += amount

    def run(self, amount: int) -> None:
        """Let so many more executions run."""
        with self._lock:
            self._words[_RUNNING] += amount

    def drop(self, amount: int) -> None:
        """Count spans and log lines that do not reach the collector."""
        with self._lock:
            self._words[_DROPPED] += amount

    def _find(self, tenant: str) -> int:
        if len(self._slots) == ACCOUNTS_MAX:
            return ACCOUNTS_MAX
        slot = self._table.slot_of(tenant)
        if slot is None:
            return ACCOUNTS_MAX
        self._slots[tenant] = slot
        return slot


def _outcome_of(fetch: FetchRecord) -> str:
    """Return the code of what went wrong, or the class of the status."""
    outcome = fetch.error or f"{(fetch.status or 0) // 100}xx"
    return outcome if outcome in _FETCHES else OTHER
