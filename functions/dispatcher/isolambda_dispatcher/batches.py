"""Take the items of a batch: some at a time, and in order where their source keeps one."""

import logging
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Protocol, TypedDict, TypeVar

from isolambda_core.domain.limits import CALLBACK_S, WALL_TIME_MS_MAX
from isolambda_core.domain.queue.messages import (
    Disposition,
    Retry,
)
from isolambda_dispatcher.parsing import UnknownEventError

THREADS = 10
"""Items that are taken at a time; each waits for an executor."""
NEEDED_MS = WALL_TIME_MS_MAX + CALLBACK_S * 1_000 + 5_000
"""The most that one item takes: an execution, a callback, and the store around them."""
FAILED = "failed"

_Record = TypeVar("_Record")
_Record_contra = TypeVar("_Record_contra", contravariant=True)

_log = logging.getLogger(__name__)


class ItemFailure(TypedDict):
    """An item that stays in its source, by the identifier that Lambda knows it by."""

    itemIdentifier: str


class BatchResponse(TypedDict):
    """Lambda's partial batch response: which items must stay in their source."""

    batchItemFailures: list[ItemFailure]


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What came of one item or event: ``done``, ``again``, ``dead``, ``failed`` or ``dropped``.

    ``source`` is the type of the trigger, or ``execution``; ``item`` is AWS's own id.
    """

    source: str
    item: str
    disposition: str


class BatchSource(Protocol[_Record_contra]):
    """What brings items in batches; any method of it is called in several threads at a time."""

    @property
    def name(self) -> str:
        """What it is called in :class:`ItemResult`."""
        ...

    def id_of(self, record: _Record_contra) -> str:
        """Return AWS's own id of an item, or an empty text where it has none."""
        ...

    def identifier_of(self, record: _Record_contra) -> str:
        """Return what a partial batch response calls an item.

        Where it has no name, an empty text: Lambda then brings the whole batch again.
        """
        ...

    def ordering_key(self, record: _Record_contra) -> Hashable:
        """Return what orders an item: those of one key go one after another, until a Retry.

        Raises:
            UnknownEventError: the item does not say; it is not taken, and stays in its source.
        """
        ...

    def take(self, record: _Record_contra) -> Disposition:
        """Take an item; what is to be ``SendToDlq`` is among the dead letters once this returns."""
        ...

    def retry_later(self, record: _Record_contra, after_s: float) -> None:
        """Have an item come again after some time, if the source can be asked to."""
        ...


@dataclass(frozen=True, slots=True)
class Batches:
    """Takes batches, in threads of its own; ``note`` gets the result of each item."""

    note: Callable[[ItemResult], None]
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS))

    def take(
        self,
        records: Iterable[_Record],
        source: BatchSource[_Record],
        left_ms: Callable[[], int],
    ) -> BatchResponse:
        """Take every item of a batch, and return which must stay in their source.

        With less than ``NEEDED_MS`` left none is begun any more, so that none is cut off.
        """
        queues: defaultdict[Hashable, list[_Record]] = defaultdict(list)
        results: list[tuple[_Record, Disposition | Exception]] = []
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
                item = source.identifier_of(record)
                self.note(ItemResult(source.name, item, FAILED))
                _log.error("%s %s failed", source.name, item, exc_info=result)
            else:
                self.note(ItemResult(source.name, source.id_of(record), result.name))
            if isinstance(result, Retry | Exception):
                failures.append({"itemIdentifier": source.identifier_of(record)})
        return {"batchItemFailures": failures}


def _take(
    queue: Sequence[_Record],
    source: BatchSource[_Record],
    left_ms: Callable[[], int],
    context: Context,
) -> Iterator[tuple[_Record, Disposition | Exception]]:
    """Take the items of one ordering key; behind one that comes again, all others do."""
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
