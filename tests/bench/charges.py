"""What DynamoDB would charge for the requests that a client makes, counted from what they carry.

moto counts no units. So an item is as large as AWS documents it, names and values; a strongly
consistent read is a unit for each 4 KB of all items that a request examined, a write one for each
KB of the item, and no request is free.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import boto3
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table as MotoTable

from tests.support.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TABLE: Final = "isolambda-bench"
_REGION: Final = "eu-central-1"
_READ_UNIT: Final = 4096
_WRITE_UNIT: Final = 1024
_INDEXED: Final = ("pk", "sk", "records_of", "changed", "head")

_Item = Mapping[str, Mapping[str, Any]]


@contextmanager
def moto_table() -> Iterator[tuple[str, "DynamoDBClient"]]:
    """Have an empty table under moto; yield its name and a client, for one request at a time."""
    with mock_aws(), closing(_client()) as client, _no_collections():
        make_table(client, _TABLE)
        yield _TABLE, client


def moto_items(table: str) -> MotoTable:
    """Return where moto keeps the items of a table."""
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][_REGION].tables[table]


@dataclass
class Charges:
    """Units, and how often each operation was asked for."""

    reads: int = 0
    writes: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    reads_of: Counter[str] = field(default_factory=Counter)
    writes_of: Counter[str] = field(default_factory=Counter)
    """Units by partition key."""

    @classmethod
    @contextmanager
    def of(cls, client: "DynamoDBClient") -> Iterator[Self]:
        """Count what a client asks for, within the context."""
        charges = cls()
        events = client.meta.events
        events.register("provide-client-params.dynamodb", charges._asked)
        events.register("after-call.dynamodb", charges._answered)
        yield charges
        events.unregister("provide-client-params.dynamodb", charges._asked)
        events.unregister("after-call.dynamodb", charges._answered)

    def units(self) -> str:
        """Return the units in words."""
        counts = ((self.reads, "RCU"), (self.writes, "WCU"))
        return " + ".join(f"{count} {kind}" for count, kind in counts if count)

    def requests(self) -> str:
        """Return the operations in words, the most frequent first."""
        return ", ".join(f"{count} {name}" for name, count in self.operations.most_common())

    def _asked(self, params: Mapping[str, Any], **_: object) -> None:
        self._params = params

    def _answered(self, model: Any, parsed: Mapping[str, Any], **_: object) -> None:
        self.count(model.name, self._params, parsed)

    def count(self, operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Add what a request costs, refused ones too: they are charged like the others."""
        self.operations[operation] += 1
        match operation:
            case "GetItem" | "Query" | "TransactGetItems":
                self._count_reads(operation, asked, answer)
            case "PutItem":
                self._write(asked["Item"])
                self._write_index(asked["Item"], 1)
            case "UpdateItem":
                self._count_update(asked, answer)
            case "BatchWriteItem":
                [requests] = asked["RequestItems"].values()
                for request in requests:
                    self._write(request["PutRequest"]["Item"])
            case "TransactWriteItems":
                for write in asked["TransactItems"]:
                    self._count_twice(write)
            case other:
                raise AssertionError(f"the costs of {other} are unknown")

    def _count_update(self, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        item = {**asked["Key"], **(answer.get("Attributes") or answer.get("Item", {}))}
        self._write(item)
        if "Attributes" in answer:
            self._write_index(item, _index_writes(asked["ExpressionAttributeValues"]))

    def _count_twice(self, write: Mapping[str, Any]) -> None:
        """Add a write of a transaction, which DynamoDB charges to prepare and to commit."""
        [(kind, parts)] = write.items()
        for _ in range(2):
            # Of an update or a deletion only the key is known here: the items are of one unit.
            self._write(parts["Item"] if kind == "Put" else parts["Key"])

    def _count_reads(
        self, operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> None:
        match operation:
            case "GetItem":
                self._read(asked["Key"]["pk"]["S"], [answer.get("Item", {})])
            case "Query":
                assert answer["Count"] == answer["ScannedCount"]  # else more was examined than seen
                self._read(asked["ExpressionAttributeValues"][":pk"]["S"], answer["Items"])
            case "TransactGetItems":
                for get, found in zip(asked["TransactItems"], answer["Responses"], strict=True):
                    for _ in range(2):  # DynamoDB charges to prepare, and to read
                        self._read(get["Get"]["Key"]["pk"]["S"], [found.get("Item", {})])

    def _read(self, pk: str, items: Iterable[_Item]) -> None:
        units = _units(items, _READ_UNIT)
        self.reads += units
        self.reads_of[pk] += units

    def _write(self, item: _Item) -> None:
        units = _units([item], _WRITE_UNIT)
        self.writes += units
        self.writes_of[item["pk"]["S"]] += units

    def _write_index(self, item: _Item, times: int) -> None:
        """Add what DynamoDB writes to the index, where the item is in there."""
        if "records_of" in item:
            units = times * _units([{name: item[name] for name in _INDEXED}], _WRITE_UNIT)
            self.writes += units
            self.writes_of[f"INDEX#{item['records_of']['S']}"] += units


def _index_writes(changed: _Item) -> int:
    """Return how often an update writes to the index: an item that moves is removed and put."""
    if ":changed" in changed:
        return 2
    return 1 if ":head" in changed else 0


@contextmanager
def _no_collections() -> Iterator[None]:
    """Keep Python from looking for garbage among a hundred thousand items, again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _client() -> "DynamoDBClient":
    return boto3.client(
        "dynamodb",
        region_name=_REGION,
        aws_access_key_id="bench",
        aws_secret_access_key="bench",  # noqa: S106 - no secret: nothing checks it
    )


def _units(items: Iterable[_Item], unit: int) -> int:
    size = sum(_size(item) for item in items)
    return max(1, -(-size // unit))


def _size(item: _Item) -> int:
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    match dict(value):
        case {"S": text}:
            return len(text.encode())
        case {"B": data}:
            return len(data)
        case {"N": number}:
            return len(number) // 2 + 1
        case {"BOOL": _}:
            return 1
        case {"SS": members}:
            return sum(len(member.encode()) for member in members)
        case {"L": members}:
            return 3 + sum(1 + _value_size(member) for member in members)
        case other:
            raise AssertionError(f"the size of {other} is unknown")
