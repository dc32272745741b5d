"""Streams: of a table in DynamoDB, or in Kinesis."""

from contextlib import suppress
from dataclasses import dataclass

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.queue.messages import Disposition
from isolambda_core.domain.triggers.triggers import (
    TriggerEvent,
    TriggerType,
)
from isolambda_dispatcher.inline import InPlace
from isolambda_dispatcher.parsing import (
    iso,
    reading,
    text,
)
from isolambda_dispatcher.sources.attribute_values import plain

Record = DynamoDBRecord | KinesisStreamRecord


@dataclass(frozen=True, slots=True)
class StreamSource:
    """Executes the records of a shard in place, one after the other."""

    in_place: InPlace

    @property
    def name(self) -> str:
        """See ``BatchSource.name``."""
        return TriggerType.STREAM

    def id_of(self, record: Record) -> str:
        """Return the id of a record; see ``BatchSource.id_of``."""
        return str(record.get("eventID", ""))

    def identifier_of(self, record: Record) -> str:
        """Return the sequence number of a record; see ``BatchSource.identifier_of``."""
        with suppress(LookupError, TypeError):
            if isinstance(record, KinesisStreamRecord):
                return str(record.kinesis.sequence_number)
            return str(record["dynamodb"]["SequenceNumber"])
        return ""

    def ordering_key(self, record: Record) -> None:
        """Return the same for all: a batch is of one shard."""

    def take(self, record: Record) -> Disposition:
        """Execute a record; see ``InPlace.take``."""
        return self.in_place.take(record.raw_event, self.id_of(record), lambda: read(record))

    def retry_later(self, record: Record, after_s: float) -> None:
        """Do nothing: a shard comes again from where it stopped, when Lambda sees fit."""


def read(record: Record) -> TriggerEvent:
    """Return what a function is told of a record.

    Raises:
        UnknownEventError: it is none.
    """
    if isinstance(record, KinesisStreamRecord):
        return _read_kinesis(record)
    return _read_dynamodb(record)


@reading("record of a Kinesis stream")
def _read_kinesis(record: KinesisStreamRecord) -> TriggerEvent:
    at_ms = round(record.kinesis.approximate_arrival_timestamp * 1000)
    payload: JsonValue = {
        "event": "record",
        "data": text(record.kinesis.data),
        "partition_key": text(record.kinesis.partition_key),
        "sequence_number": text(record.kinesis.sequence_number),
        "time": iso(at_ms),
    }
    return TriggerEvent(text(record.event_id), at_ms, dump(payload))


@reading("record of a DynamoDB stream")
def _read_dynamodb(record: DynamoDBRecord) -> TriggerEvent:
    # Not by its properties, which take a time for whole seconds, and lose digits of numbers.
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
    return TriggerEvent(text(record.event_id), at_ms, dump(payload))


_EVENTS = {"INSERT": "insert", "MODIFY": "modify", "REMOVE": "remove"}
