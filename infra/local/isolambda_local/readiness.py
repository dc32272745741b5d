"""What is checked of one machine, before it counts as ready."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from isolambda_api.http.readiness import Check, Checks
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.limits import QUEUE_STILL_S
from isolambda_core.ports.clock import Clock
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.queue import Head, SqliteExecutionQueue

_FLOOR_SHARE = 2
"""A tenant can fill a disk down to what records leave free, and is not to end the readiness."""


def checks_of(
    confinement: Confinement,
    database: Database,
    queue: SqliteExecutionQueue,
    clock: Clock,
    workers_start: Callable[[], Check],
    *,
    unconfined: bool,
) -> Checks:
    """Return the checks; ``unconfined`` says that the operator serves without a filter."""
    is_confined = Confinement.SYSTEM_CALLS in confinement

    def workers_confined() -> Check:
        return Check(is_confined or unconfined, {"confined": is_confined})

    def disk() -> Check:
        space = database.space()
        floor_bytes = space.reserved // _FLOOR_SHARE
        facts = {"free_bytes": space.free, "floor_bytes": floor_bytes}
        return Check(space.free >= floor_bytes, facts)

    return {
        "workers_confined": workers_confined,
        "disk": disk,
        "queue": QueueWatch(queue, clock).check,
        "workers_start": workers_start,  # late, as it may take a while
    }


@dataclass(slots=True)
class QueueWatch:
    """Sees whether the queue moves.

    How old its oldest message is does not tell: a tenant may send more than it gets done. But each
    message that is done, put off or given up changes the first one of its tenant.
    """

    queue: SqliteExecutionQueue
    clock: Clock
    now: Callable[[], float] = monotonic
    _heads: Sequence[Head] = field(default=())
    _since: float = 0.0

    def check(self) -> Check:
        """Find it still where messages are due and none has moved for ``limits.QUEUE_STILL_S``."""
        now_ms = self.clock.now_ms()
        heads = self.queue.heads(now_ms)
        if heads != self._heads:
            self._heads, self._since = heads, self.now()
        oldest_ms = now_ms - heads[0].due_at_ms if heads else 0
        is_still = bool(heads) and self.now() - self._since >= QUEUE_STILL_S
        return Check(not is_still, {"oldest_ms": oldest_ms})
