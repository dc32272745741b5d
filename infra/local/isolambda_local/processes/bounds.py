"""What bounds a server: counted in its one process, or in all of its processes together."""

from asyncio import AbstractEventLoop
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Self

from isolambda_core.ports.accounts import RateLimitRepository
from isolambda_core.ports.counts import Counts, MemoryCounts
from isolambda_executor.turns import FairQueue, Turns
from isolambda_local.metrics.table import MetricTable
from isolambda_local.processes.counts import SharedCounts
from isolambda_local.processes.event import SharedEvent
from isolambda_local.processes.rate_limits import SharedRateLimitRepository
from isolambda_local.processes.serving import Serving
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.processes.turns import SharedTurns
from isolambda_local.rate_limits import MemoryRateLimitRepository


@dataclass(frozen=True, slots=True)
class Bounds:
    """What bounds a process of a server.

    Attributes:
        turns: Says whose execution is next.
        standing: The workers of this process that stand by.
        share: How many executions a tenant has at a time.
        rate_limits: The token buckets.
        bodies: Counts the bytes of bodies under way.
        addresses: Counts the connections from each address.
        waits: Counts the requests of each tenant that wait for an idempotency key, or for logs.
        numbers: What is counted for metrics.
        sent: Is set when something is sent to the queue.
        sent_to_callbacks: Is set when something is sent to the queue of callbacks.
        ending: Is set when this process finishes what is under way, and begins nothing new.
        processes: Returns how many processes serve.
        listen: Begins to listen to the other processes, on an event loop or else in a thread.
        accepts_next: Returns whether the next connection is for this process, where it makes so
            many already.
    """

    turns: FairQueue
    standing: int
    share: int
    rate_limits: RateLimitRepository
    bodies: Counts
    addresses: Counts
    waits: Counts
    numbers: MetricTable
    sent: Event = field(default_factory=Event)
    sent_to_callbacks: Event = field(default_factory=Event)
    ending: Event = field(default_factory=Event)
    processes: Callable[[], int] = lambda: 1
    listen: Callable[[AbstractEventLoop | None], None] = lambda _: None
    accepts_next: Callable[[int], bool] = lambda _: True


def of_one_process(workers: int, share: int) -> Bounds:
    """Return the bounds of a server with one process, where a tenant has ``share`` workers."""
    return Bounds(
        Turns(workers, share),
        workers,
        share,
        MemoryRateLimitRepository(),
        MemoryCounts(),
        MemoryCounts(),
        MemoryCounts(),
        MetricTable(),
    )


@dataclass(frozen=True, slots=True)
class SharedBounds:
    """The tables by which processes share their bounds, as one of them or their parent sees them.

    ``workers`` is how many executions they have at a time together, ``share`` how many of a tenant.
    """

    memory: SharedMemory
    workers: int
    share: int
    turns: SharedTurns
    rate_limits: SharedRateLimitRepository
    bodies: SharedCounts
    addresses: SharedCounts
    waits: SharedCounts
    serving: Serving
    numbers: MetricTable

    @classmethod
    def of(cls, memory: SharedMemory, workers: int, share: int) -> Self:
        """Return the tables in a memory; all processes make them alike."""
        return cls(
            memory,
            workers,
            share,
            SharedTurns(memory, workers, share),
            SharedRateLimitRepository(memory),
            SharedCounts(memory),
            SharedCounts(memory),
            SharedCounts(memory),
            Serving(memory),
            MetricTable(memory),
        )

    def of_process(self, number: int) -> "SharedBounds":
        """Return the tables as the process with this number sees them."""
        return SharedBounds.of(self.memory.of_process(number), self.workers, self.share)

    def bounds(self) -> Bounds:
        """Return the bounds of this process."""
        events = SharedEvent(self.memory), SharedEvent(self.memory)

        def hear() -> None:
            self.turns.look()
            for event in events:
                event.hear()

        return Bounds(
            self.turns,
            -(-self.workers // self.memory.processes),
            self.share,
            self.rate_limits,
            self.bodies,
            self.addresses,
            self.waits,
            self.numbers,
            *events,
            Event(),
            self.serving.count,
            lambda loop: self.memory.listen(hear, loop),
            lambda making: self.serving.has_fewest(self.addresses.of_processes(), making),
        )

    def forget(self, process: int) -> None:
        """Take back all that a process had which ended."""
        self.serving.end(process)
        self.turns.forget(process)
        self.bodies.forget(process)
        self.addresses.forget(process)
        self.waits.forget(process)
        self.numbers.forget(process)
