"""Records of executions in DynamoDB, which removes expired ones some time after (TTL)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.records import (
    dump_input,
    dump_record,
    dump_result,
    load_contents,
    load_record,
    load_result,
)
from isolambda_core.adapters.dynamodb import (
    keys,
    record_parts,
)
from isolambda_core.adapters.dynamodb.expiring_counts import ExpiringCounts
from isolambda_core.adapters.dynamodb.quotas import DynamoDbQuotas
from isolambda_core.adapters.dynamodb.table import KEYS, Table, setting
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.daily_counts import DailyCount
from isolambda_core.domain.executions.errors import ExecutionNotFoundError
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.executions.positions import (
    BEFORE_ALL,
    PositionedRecord,
    end_of,
    number_in,
    position_of,
)
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.ports.clock import Clock

if TYPE_CHECKING:
    from isolambda_core.adapters.dynamodb.table import Item

# Or this very request wrote it, and botocore lost the answer.
_AT_REVISION = "revision = :expected OR write_mark = :write_mark"
# Records of earlier releases have none; they expire within a week.
_WAITS_NO_MORE = "waited_bytes = if_not_exists(waiting_bytes, :none) REMOVE waiting_bytes"
_WAITS: "tuple[str, Item]" = ("attribute_exists(waiting_bytes)", {})
_HAS_HEAD: "tuple[str, Item]" = ("attribute_exists(head)", {})
_WAITING_AT_ONCE = 1_000
_SETTLES_MS = 500
"""How long a record may take to the index: clocks differ, and a write takes its time."""
_AHEAD_MS = 60_000
"""How far the clock of another environment may be ahead of this one's."""


@dataclass(frozen=True, slots=True)
class DynamoDbRecordRepository:
    """The port ``RecordRepository``.

    What waits is counted just before its record is written, and counts no more just after that says
    that it has ended, in requests of their own: an account's executions would refuse each other's
    transactions. What is killed in between leaves a count until its record would have expired.

    The number of a position is the time of the write, by ``clock``.
    """

    table: Table
    quotas: DynamoDbQuotas
    counts: ExpiringCounts
    clock: Clock

    @property
    def adds_counts(self) -> bool:
        """No: it would be one more write for each record."""
        return False

    def require_room(self, account_id: str, now: int) -> None:
        """Refuse a further execution that waits; see ``RecordRepository.require_room``."""
        path = self.quotas.path_of(account_id)
        self.counts.settle(path, {Quota.WAITING_EXECUTIONS: 1}, now)

    def add(
        self,
        record: ExecutionRecord,
        contents: ExecutionPayload,
        count: DailyCount | None = None,  # noqa: ARG002 - see adds_counts
    ) -> None:
        """Store a new record; see ``RecordRepository.add``.

        One request, and one more each for a long input and a long result, and for what waits.
        """
        payload = {"input": dump_input(contents), "result": dump_result(contents.result)}
        item: Item = {
            **_key_of(record).attributes(),
            **_head_of(record),
            **self._position_of(record),
            "expires_at": {"N": str(record.expires_at)},
        }
        if record.has_ended:
            self._put(record, item, payload)
            return
        waiting_bytes = len(item["head"]["S"]) + sum(map(len, filter(None, payload.values())))
        path, counted = self.quotas.path_of(record.account_id), _counted(waiting_bytes)
        self.counts.add(path, counted, record.expires_at, record.kept_from_ms // 1000)
        item = {**item, "waiting_bytes": {"N": str(waiting_bytes)}}
        if not self._put(record, item, payload):
            self.counts.remove(path, counted, record.expires_at)

    def _put(
        self, record: ExecutionRecord, item: "Item", payload: Mapping[str, bytes | None]
    ) -> bool:
        item = {**item, **self._stored(record, payload)}
        return self.table.put(item, "attribute_not_exists(pk)")

    def get(self, account_id: str, function_id: str, execution_id: str) -> ExecutionRecord:
        """Return a record; see ``RecordRepository.get``."""
        item = self._item(keys.of_record(account_id, function_id, execution_id), execution_id)
        return load_record(item["head"]["S"])

    def get_whole(
        self, account_id: str, function_id: str, execution_id: str
    ) -> tuple[ExecutionRecord, ExecutionPayload]:
        """Return a record and what goes with it; see ``RecordRepository.get_whole``."""
        key = keys.of_record(account_id, function_id, execution_id)
        item = self._item(key, execution_id)
        kept = [name for name in ("stored_input", "stored_result") if name in item]
        stored = [self._content_of(key, item, name, execution_id) for name in kept]
        return load_record(item["head"]["S"]), load_contents(*stored)

    def replace(
        self,
        record: ExecutionRecord,
        expected_revision: int,
        result: ExecutionResult | None = None,
        count: DailyCount | None = None,  # noqa: ARG002 - see adds_counts
    ) -> None:
        """Write the next revision; see ``RecordRepository.replace``."""
        changes, values = setting(
            {
                **_head_of(record),
                **({} if result is None else self._position_of(record)),
                **self._stored(record, {"result": dump_result(result)}),
                "write_mark": {"S": token_hex(16)},
            }
        )
        values = {**values, ":expected": {"N": str(expected_revision)}}
        if record.has_ended:
            changes += f", {_WAITS_NO_MORE}"
            values = {**values, ":none": {"N": "0"}}
        done, item = self.table.update(_key_of(record), changes, _AT_REVISION, values)
        if not done:
            raise RevisionConflictError
        if record.has_ended:
            self._count_no_more(
                record.account_id, int(item["waited_bytes"]["N"]), record.expires_at
            )

    def iterate(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[ExecutionRecord]:
        """Yield records in the order of their ids; see ``RecordRepository.iterate``."""
        start = keys.of_record(account_id, function_id, after or "")
        items = self.table.query(
            start.pk,
            keys.EXECUTION_PREFIX,
            page_size=at_once,
            descending=descending,
            after=None if after is None else start,
            where=_HAS_HEAD,
            attributes=("head",),
        )
        return (load_record(item["head"]["S"]) for item in items)

    def iterate_account(
        self, account_id: str, after: str, *, descending: bool, at_once: int
    ) -> Iterator[PositionedRecord]:
        """Yield records by their positions; see ``RecordRepository.iterate_account``."""
        items = self.table.query_index(
            keys.RECORDS_BY_POSITION,
            f"records_of = :of AND changed {'<' if descending else '>'} :after",
            # DynamoDB takes no empty text; one before all positions stands for it.
            {":of": {"S": account_id}, ":after": {"S": after or BEFORE_ALL}},
            page_size=at_once,
            descending=descending,
        )
        return (
            PositionedRecord(item["changed"]["S"], load_record(item["head"]["S"])) for item in items
        )

    def settled_position(self, account_id: str, after: str | None) -> str | None:  # noqa: ARG002 - of the port
        """Return the end of what is complete; see ``RecordRepository.settled_position``."""
        now_ms = self.clock.now_ms()
        settled = end_of(now_ms - _SETTLES_MS)
        if after is None:
            return settled
        number = number_in(after)
        if number is None or number > now_ms + _AHEAD_MS:
            return None
        return max(after, settled)

    def get_result(self, found: PositionedRecord) -> ExecutionResult | None:
        """Return the result of a record; see ``RecordRepository.get_result``."""
        key = _key_of(found.record)
        item = self._item(key, found.record.id)
        if item.get("changed") != {"S": found.position}:
            raise ExecutionNotFoundError(found.record.id)
        if "stored_result" not in item:
            return None
        return load_result(self._content_of(key, item, "stored_result", found.record.id))

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every record of a function; see ``RecordRepository.remove_all``."""
        pk = keys.of_record(account_id, function_id, "").pk
        self._let_none_wait(account_id, pk)
        for prefix in (keys.EXECUTION_PREFIX, keys.PART_PREFIX):
            self.table.remove_all(pk, prefix)

    def _item(self, key: keys.Key, execution_id: str) -> "Item":
        item = self.table.get(key)
        if item is None:
            raise ExecutionNotFoundError(execution_id)
        return item

    def _content_of(self, key: keys.Key, item: "Item", name: str, execution_id: str) -> bytes:
        try:
            return record_parts.find(self.table, key, item[name])
        except record_parts.PartsMissingError as error:
            # The parts were there before the item: the record has expired, or is being removed.
            raise ExecutionNotFoundError(execution_id) from error

    def _position_of(self, record: ExecutionRecord) -> "Item":
        # Records of earlier releases are in the index from their next attempt on.
        return {
            "records_of": {"S": record.account_id},
            "changed": {"S": position_of(self.clock.now_ms(), record.id)},
        }

    def _let_none_wait(self, account_id: str, pk: str) -> None:
        waiting = self.table.query(
            pk,
            keys.EXECUTION_PREFIX,
            page_size=_WAITING_AT_ONCE,
            where=_WAITS,
            attributes=(*KEYS, "expires_at"),
        )
        for found in waiting:
            key = keys.Key(found["pk"]["S"], found["sk"]["S"])
            values: Item = {":none": {"N": "0"}}
            done, item = self.table.update(key, f"SET {_WAITS_NO_MORE}", _WAITS[0], values)
            if done:
                waited_bytes, expires_at = item["waited_bytes"]["N"], found["expires_at"]["N"]
                self._count_no_more(account_id, int(waited_bytes), int(expires_at))

    def _count_no_more(self, account_id: str, waited_bytes: int, expires_at: int) -> None:
        if waited_bytes:
            path = self.quotas.path_of(account_id)
            self.counts.remove(path, _counted(waited_bytes), expires_at)

    def _stored(self, record: ExecutionRecord, contents: Mapping[str, bytes | None]) -> "Item":
        return {
            f"stored_{name}": record_parts.store(
                self.table, _key_of(record), content, record.expires_at
            )
            for name, content in contents.items()
            if content is not None
        }


def _counted(waiting_bytes: int) -> Mapping[Quota, int]:
    return {Quota.WAITING_EXECUTIONS: 1, Quota.RECORD_BYTES: waiting_bytes}


def _key_of(record: ExecutionRecord) -> keys.Key:
    return keys.of_record(record.account_id, record.function_id, record.execution_id)


def _head_of(record: ExecutionRecord) -> "Item":
    return {"head": {"S": dump_record(record)}, "revision": {"N": str(record.revision)}}
