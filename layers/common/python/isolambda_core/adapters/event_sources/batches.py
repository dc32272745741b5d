"""Send items in batches, each as large as AWS takes in a request."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from isolambda_core.adapters.event_sources.errors import (
    FAILURES,
    code_of,
    is_invalid,
)
from isolambda_core.domain.limits import KIB
from isolambda_core.domain.triggers.errors import SourcesUnavailableError

_AT_ONCE = 10
_BYTES_AT_ONCE = 256 * KIB

_Item = TypeVar("_Item")

_log = logging.getLogger(__name__)


def send_all(
    items: Sequence[_Item],
    size_of: Callable[[_Item], int],
    send: Callable[[Sequence[_Item]], Sequence[str | None]],
) -> Sequence[str | None]:
    """Send items, and return an id for each; None for one that AWS did not take.

    ``size_of`` is in bytes; ``send`` sends one batch, and returns its ids.

    Raises:
        SourcesUnavailableError: AWS did not answer, or refused, and none was taken.
    """
    ids: list[str | None] = []
    failure: Exception | None = None
    for batch in _batches(items, size_of):
        try:
            ids += send(batch)
        except FAILURES as error:
            _log.warning("%d were not taken: %s", len(batch), code_of(error))
            ids += [None] * len(batch)
            failure = failure if is_invalid(error) else error
    if failure is not None and not any(ids):
        raise SourcesUnavailableError from failure
    return ids


def _batches(items: Sequence[_Item], size_of: Callable[[_Item], int]) -> Iterator[Sequence[_Item]]:
    batch: list[_Item] = []
    used = 0
    for item in items:
        size = size_of(item)
        if batch and (len(batch) == _AT_ONCE or used + size > _BYTES_AT_ONCE):
            yield batch
            batch, used = [], 0
        batch.append(item)
        used += size
    if batch:
        yield batch
