"""Take the items of a batch: some at a time, and in order where their source keeps one."""

import logging
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Protocol, TypedDict

from isolambda_core.domain.errors import IsolambdaError, kind_of
from isolambda_core.domain.limits import CALLBACK_S, WALL_TIME_MS_MAX
from isolambda_core.domain.queue.messages import Disposition, Retry
from isolambda_core.domain.triggers.types.record_shape import Record, RecordShape
from isolambda_dispatcher.parsing import UnknownEventError

THREADS = 10
"""How many items are taken at a time; each waits for an executor."""
NEEDED_MS = max(WALL_TIME_MS_MAX, CALLBACK_S * 1_000) + 5_000
"""The longest that one item takes: an execution or a callback, and the store around it."""
FAILED = "failed"

_log = logging.getLogger(__name__)


class ItemFailure(TypedDict):
    """An item that stays in its source, by its identifier for Lambda."""

    itemIdentifier: str


class BatchResponse(TypedDict):
    """Lambda's partial batch response: which items must stay in their source."""

    batchItemFailures: list[ItemFailure]


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result of one item or event.

    ``disposition`` is the name of one, or ``failed`` or ``dropped``. ``source`` is the type of the
    trigger, ``execution`` or ``callback``; ``item`` is AWS's own id.
    """

    source: str
    item: str
    disposition: str


class BatchSource(Protocol):
    """A source of batches; several threads call any of its methods at a time."""

    @property
    def name(self) -> str:
        """Its name in :class:`ItemResult`."""
        ...

    def id_of(self, record: Record) -> str:
        """Return AWS's own id of an item, or an empty text where it has none."""
        ...

    def ordering_key(self, record: Record) -> Hashable:
        """Return the key by which items are ordered: one after another, until a Retry.

        Raises:
            UnknownEventError: the item does not say; it is not taken, and stays in its source.
        """
        ...

    def take(self, record: Record) -> Disposition:
        """Take an item; one that is ``SendToDlq`` is among the dead letters once this returns."""
        ...

    def retry_later(self, record: Record, after_s: float) -> None:
        """Have the source deliver an item again after some time, where it can."""
        ...


@dataclass(frozen=True, slots=True)
class Batches:
    """Takes batches, in threads of its own; ``note`` gets the result of each item."""

    note: Callable[[ItemResult], None]
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS))

    def take(
        self,
        records: Sequence[Record],
        shape: RecordShape,
        source: BatchSource,
        left_ms: Callable[[], int],
    ) -> BatchResponse:
        """Take the items of a batch, of one source, and return which must stay there.

        With less than ``NEEDED_MS`` left it begins no item, so that Lambda cuts none off.
        """
        queues: defaultdict[Hashable, list[Record]] = defaultdict(list)
        results: list[tuple[Record, Disposition | Exception]] = []
        for record in records:
            try:
                queues[source.ordering_key(record)].append(record)
            except UnknownEventError as error:
                results.append((record, error))
        context = copy_context()
        running = [
            self.threads.submit(lambda queue: list(_take(queue, source, left_ms, context)), queue)
            for queue in queues.values()
        ]
        for future in running:
            results += future.result()
        failures: list[ItemFailure] = []
        for record, result in results:
            if isinstance(result, Exception):
                item = shape.item_of(record)
                self.note(ItemResult(source.name, item, FAILED))
                line = {"source": source.name, "item": item, "reason": kind_of(result)}
                foreseen = isinstance(result, IsolambdaError)
                _log.error(
                    "%(source)s %(item)s failed: %(reason)s",
                    line,
                    extra=line,
                    exc_info=None if foreseen else result,
                )
            else:
                self.note(ItemResult(source.name, source.id_of(record), result.name))
            if isinstance(result, Retry | Exception):
                failures.append({"itemIdentifier": shape.item_of(record)})
        # Lambda delivers the first of a shard again with all that is behind it.
        return {"batchItemFailures": failures[:1] if shape.of_shard else failures}


def _take(
    queue: Sequence[Record],
    source: BatchSource,
    left_ms: Callable[[], int],
    context: Context,
) -> Iterator[tuple[Record, Disposition | Exception]]:
    """Take the items of one ordering key; after one that comes again, all others do."""
    held: Retry | None = None
    for record in queue:
        # A context for each item, so that no line names the request of another.
        run = context.copy().run
        result: Disposition | Exception
        try:
            result = held or (run(source.take, record) if left_ms() >= NEEDED_MS else Retry())
            if isinstance(result, Retry):
                held = result
                run(source.retry_later, record, result.after_s)
        except Exception as error:
            held, result = held or Retry(), error
        yield record, result
