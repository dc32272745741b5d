"""The shape of records that Lambda hands over in batches."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any

from isolambda_core.domain.json_schema import Path

Record = Mapping[str, Any]
"""A record of a batch, as Lambda hands it over."""


@dataclass(frozen=True, slots=True)
class RecordShape:
    """Where a record of one service has its parts.

    The name of the ``service`` is at the key ``service_key``. ``source`` is the path of the ARN of
    the queue, stream or topic, ``item`` that of the identifier for a partial batch response.
    ``of_shard`` says that a batch is of one shard: Lambda resumes at the first record that failed.
    """

    service: str
    item: Path
    source: Path = ("eventSourceARN",)
    service_key: str = "eventSource"
    of_shard: bool = False

    def item_of(self, record: Record) -> str:
        """Return the identifier by which a partial batch response names a record.

        Where a record has none it is an empty text: Lambda then brings the whole batch again.
        """
        with suppress(LookupError, TypeError):
            return str(_at(record, self.item))
        return ""

    def source_of(self, record: Record) -> object:
        """Return what a record has for the ARN of its source.

        Raises:
            LookupError: the record has nothing there.
            TypeError: a part on the way there is no object.
        """
        return _at(record, self.source)

    def with_source(self, record: Record, arn: str) -> Record:
        """Return a record as the source with this ARN sends it."""
        return _replaced(record, self.source, arn)


def _at(record: Record, path: Path) -> Any:
    return reduce(getitem, path, record)


def _replaced(values: Record, path: Path, value: str) -> Record:
    key, *rest = path
    return {**values, key: _replaced(values[key], tuple(rest), value) if rest else value}
