"""Turns whose executions are counted while they wait and while they run."""

from isolambda_executor.turns import FairQueue
from isolambda_executor.waits import Waits
from isolambda_local.metrics.server_metrics import ServerMetrics


class CountedTurns:
    """The turns of a server; see ``Turns``."""

    def __init__(self, turns: FairQueue, metrics: ServerMetrics) -> None:
        self._turns = turns
        self._metrics = metrics

    async def take(self, tenant: str, wait_s: float, waits: Waits, *, is_call: bool) -> None:
        """Return once a turn is granted; see ``Turns.take``.

        Raises:
            TooManyExecutionsError: as ``Turns.take``.
            ExecutorBusyError: as ``Turns.take``.
        """
        self._metrics.wait(1)
        try:
            await self._turns.take(tenant, wait_s, waits, is_call=is_call)
        finally:
            self._metrics.wait(-1)
        self._metrics.run(1)

    def give_back(self, tenant: str) -> None:
        """End an execution of a tenant."""
        self._metrics.run(-1)
        self._turns.give_back(tenant)

    def close(self) -> None:
        """Wait until no execution of this process is under way, and let none begin."""
        self._turns.close()
