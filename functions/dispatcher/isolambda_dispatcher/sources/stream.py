"""Triggers of type ``stream``: records of a DynamoDB stream, or of Kinesis."""

from typing import ClassVar

from typing_extensions import override

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.triggers.triggers import TriggerEvent, TriggerType
from isolambda_core.domain.triggers.types.record_shape import Record
from isolambda_dispatcher.inline import InlineSource
from isolambda_dispatcher.parsing import iso, reading, text
from isolambda_dispatcher.sources.attribute_values import plain

_EVENTS = {"INSERT": "insert", "MODIFY": "modify", "REMOVE": "remove"}


class StreamSource(InlineSource):
    """A shard, whose records are executed one after the other."""

    name: ClassVar[str] = TriggerType.STREAM

    @override
    def id_of(self, record: Record) -> str:
        return str(record.get("eventID", ""))

    @override
    def ordering_key(self, record: Record) -> None:
        """Return the same for all: a batch is of one shard."""

    @override
    def read(self, record: Record) -> TriggerEvent:
        return read(record)

    @override
    def retry_later(self, record: Record, after_s: float) -> None:
        """Do nothing: a shard comes again from where it stopped, when Lambda sees fit."""


@reading("record of a stream")
def read(record: Record) -> TriggerEvent:
    """Return the event of a record, with what the function gets as ``call``.

    Raises:
        UnknownEventError: it is no record of a stream.
    """
    return _read_kinesis(record) if "kinesis" in record else _read_dynamodb(record)


@reading("record of a Kinesis stream")
def _read_kinesis(record: Record) -> TriggerEvent:
    data = record["kinesis"]
    at_ms = round(float(data["approximateArrivalTimestamp"]) * 1000)
    payload: JsonValue = {
        "event": "record",
        "data": text(data["data"]),
        "partition_key": text(data["partitionKey"]),
        "sequence_number": text(data["sequenceNumber"]),
        "time": iso(at_ms),
    }
    return TriggerEvent(text(record["eventID"]), at_ms, dump(payload))


@reading("record of a DynamoDB stream")
def _read_dynamodb(record: Record) -> TriggerEvent:
    change = record["dynamodb"]
    at_ms = round(float(change["ApproximateCreationDateTime"]) * 1000)
    payload: JsonValue = {
        "event": _EVENTS[record["eventName"]],
        "keys": plain(change["Keys"]),
        "new": plain(change["NewImage"]) if "NewImage" in change else None,
        "old": plain(change["OldImage"]) if "OldImage" in change else None,
        "sequence_number": text(change["SequenceNumber"]),
        "time": iso(at_ms),
    }
    return TriggerEvent(text(record["eventID"]), at_ms, dump(payload))
