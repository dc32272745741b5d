"""Take the items of a batch: some at a time, and in order where their source keeps one."""

import logging
from asyncio import Lock, get_running_loop
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    EventType,
    async_process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.limits import CALLBACK_S, WALL_TIME_MS_MAX
from isolambda_core.domain.queue.messages import Disposition, Retry

THREADS = 10
"""Items that are taken at a time; each waits for an executor."""
NEEDED_MS = WALL_TIME_MS_MAX + CALLBACK_S * 1_000 + 5_000
"""The most that one item takes: an execution, a callback, and the store around them."""
FAILED = "failed"

_AT_ONCE = Retry()
_Record = TypeVar("_Record")
_Record_contra = TypeVar("_Record_contra", contravariant=True)

_log = logging.getLogger(__name__)


class ComesAgainError(IsolambdaError):
    """The item is to come again; this tells Lambda that it must stay in its source."""


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
        """Return AWS's own id of an item."""
        ...

    def ordering_key(self, record: _Record_contra) -> Hashable:
        """Return what orders an item: those of one key go one after another, until a Retry."""
        ...

    def take(self, record: _Record_contra) -> Disposition:
        """Take an item; what is to be ``SendToDlq`` is among the dead letters once this returns."""
        ...

    def retry_later(self, record: _Record_contra, after_s: float) -> None:
        """Have an item come again after some time, if the source can be told."""
        ...


@dataclass(frozen=True, slots=True)
class Batches:
    """Takes batches, in threads of its own; ``note`` is told of each item."""

    note: Callable[[ItemResult], None]
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS))

    def take(
        self,
        event: Mapping[str, Any],
        event_type: EventType,
        source: BatchSource[_Record],
        left_ms: Callable[[], int],
    ) -> PartialItemFailureResponse:
        """Take every item of an event, and return which must stay in their source.

        With less than ``NEEDED_MS`` left none is begun any more, so that none is cut off.
        """
        batch = _Batch(source, left_ms, self.note, self.threads)
        processor = AsyncBatchProcessor(event_type, raise_on_entire_batch_failure=False)
        answer = async_process_partial_response(dict(event), batch.take, processor)
        failures = zip(answer["batchItemFailures"], processor.exceptions, strict=True)
        for staying, (_, error, _) in failures:
            if not isinstance(error, ComesAgainError):
                item = str(staying["itemIdentifier"])
                self.note(ItemResult(source.name, item, FAILED))
                _log.error("%s %s failed", source.name, item, exc_info=error)
        return answer


@dataclass(slots=True)
class _Key:
    """``held`` is the disposition of the item that holds up the others; None lets the next go."""

    turn: Lock = field(default_factory=Lock)  # which lets them in in the order in which they came
    held: Disposition | None = None


@dataclass(frozen=True, slots=True)
class _Batch(Generic[_Record]):
    source: BatchSource[_Record]
    left_ms: Callable[[], int]
    note: Callable[[ItemResult], None]
    threads: ThreadPoolExecutor
    keys: defaultdict[Hashable, _Key] = field(default_factory=lambda: defaultdict(_Key))

    async def take(self, record: _Record) -> None:
        key = self.keys[self.source.ordering_key(record)]
        async with key.turn:
            # A context for each item, so that no line names the request of another.
            disposition = await get_running_loop().run_in_executor(
                self.threads, copy_context().run, self._take, record, key
            )
        self.note(ItemResult(self.source.name, self.source.id_of(record), disposition.name))
        if isinstance(disposition, Retry):
            raise ComesAgainError

    def _take(self, record: _Record, key: _Key) -> Disposition:
        disposition = key.held
        key.held = _AT_ONCE  # until this one has gone well, whatever happens
        if disposition is None:
            disposition = self.source.take(record) if self.left_ms() >= NEEDED_MS else _AT_ONCE
        if isinstance(disposition, Retry):
            key.held = disposition
            self.source.retry_later(record, disposition.after_s)
        else:
            key.held = None
        return disposition
