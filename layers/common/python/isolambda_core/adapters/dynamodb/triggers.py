"""Triggers in DynamoDB: each is written in one transaction with the row that its source has.

``failures`` is an attribute of its own, so that a failure is counted without a new revision.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.triggers import (
    dump_trigger,
    load_trigger,
)
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.quotas import DynamoDbQuotas
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.limits import TRIGGERS
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import Trigger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.table import Item

_IS_NEW = "attribute_not_exists(pk)"
_AT_REVISION = "revision = :expected"


@dataclass(frozen=True, slots=True)
class DynamoDbTriggerRepository:
    """The port ``TriggerRepository``."""

    table: Table
    quotas: DynamoDbQuotas
    audit: "DynamoDbAuditRepository"

    def add(self, trigger: Trigger) -> None:
        """Keep a new trigger; see ``TriggerRepository.add``."""
        puts: list[TransactWriteItemTypeDef] = [
            {"Put": {"TableName": self.table.name, "Item": item, "ConditionExpression": _IS_NEW}}
            for item in (_item_of(trigger), *_source_items_of(trigger))
        ]
        path = self.quotas.path_of(trigger.account_id)
        counts = list(self.quotas.changes(path, dict.fromkeys(trigger.quotas, 1)))
        while not self.audit.transact(self.table.transact, None, trigger, *puts, *counts):
            if not self._is_there(trigger):
                self.quotas.settle(path, trigger.quotas)
                continue
            if trigger.source is None:
                raise RevisionConflictError
            raise SourceInUseError(trigger.source)

    def get(self, account_id: str, function_id: str, trigger_id: str) -> Trigger:
        """Return a trigger; see ``TriggerRepository.get``."""
        item = self.table.get(keys.of_trigger(account_id, function_id, trigger_id))
        if item is None:
            raise TriggerNotFoundError(trigger_id)
        return _trigger_of(item)

    def of_source(self, source: str) -> Trigger:
        """Return the trigger that listens to a source; see ``TriggerRepository.of_source``.

        Two reads; a trigger that goes between them is not found.
        """
        item = self.table.get(keys.of_source(source))
        if item is None:
            raise TriggerNotFoundError(source)
        return self.get(item["account_id"]["S"], item["function_id"]["S"], item["trigger_id"]["S"])

    def of_function(self, account_id: str, function_id: str) -> Sequence[Trigger]:
        """Return the triggers of a function; see ``TriggerRepository.of_function``."""
        pk = keys.of_trigger(account_id, function_id, "").pk
        items = self.table.query(pk, keys.TRIGGER_PREFIX, page_size=TRIGGERS + 1)
        return [_trigger_of(item) for item in items]

    def replace(self, trigger: Trigger, before: Trigger) -> None:
        """Write the next revision; see ``TriggerRepository.replace``."""
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": _item_of(trigger),
                "ConditionExpression": _AT_REVISION,
                "ExpressionAttributeValues": _expecting(before.revision),
            }
        }
        if not self.audit.transact(self.table.transact, before, trigger, put):
            raise RevisionConflictError

    def remove(self, trigger: Trigger) -> None:
        """Remove a trigger; see ``TriggerRepository.remove``."""
        delete: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self.table.name,
                "Key": _key_of(trigger).attributes(),
                "ConditionExpression": _AT_REVISION,
                "ExpressionAttributeValues": _expecting(trigger.revision),
            }
        }
        free: list[TransactWriteItemTypeDef] = [
            {"Delete": {"TableName": self.table.name, "Key": key.attributes()}}
            for key in _source_keys_of(trigger)
        ]
        path = self.quotas.path_of(trigger.account_id)
        counts = list(self.quotas.changes(path, dict.fromkeys(trigger.quotas, -1)))
        while not self.audit.transact(self.table.transact, trigger, None, delete, *free, *counts):
            if not self.quotas.count_missing(path, trigger.quotas):
                raise RevisionConflictError

    def _is_there(self, trigger: Trigger) -> bool:
        """Return whether a trigger has this id, or another one this source."""
        taken = (_key_of(trigger), *_source_keys_of(trigger))
        return any(self.table.get(key) is not None for key in taken)

    def count_failure(self, trigger: Trigger) -> int:
        """Count one more failure; see ``TriggerRepository.count_failure``.

        When botocore loses the answer it tries again, and a failure may count twice.
        """
        values: Item = {**_expecting(trigger.revision), ":one": {"N": "1"}}
        counted, item = self.table.update(
            _key_of(trigger), "ADD failures :one", _AT_REVISION, values
        )
        return int(item["failures"]["N"]) if counted else 0

    def forget_failures(self, trigger: Trigger) -> None:
        """Begin the count again; see ``TriggerRepository.forget_failures``."""
        values: Item = {**_expecting(trigger.revision), ":none": {"N": "0"}}
        self.table.update(_key_of(trigger), "SET failures = :none", _AT_REVISION, values)


def _key_of(trigger: Trigger) -> keys.Key:
    return keys.of_trigger(trigger.account_id, trigger.function_id, trigger.id)


def _source_keys_of(trigger: Trigger) -> Iterator[keys.Key]:
    """Yield the key of the row that the source of a trigger has, if it has one."""
    if trigger.source is not None:
        yield keys.of_source(trigger.source)


def _item_of(trigger: Trigger) -> "Item":
    return {
        **_key_of(trigger).attributes(),
        "revision": {"N": str(trigger.revision)},
        "failures": {"N": "0"},
        "trigger": {"S": dump_trigger(trigger)},
    }


def _source_items_of(trigger: Trigger) -> "Iterator[Item]":
    for key in _source_keys_of(trigger):
        yield {
            **key.attributes(),
            "account_id": {"S": trigger.account_id},
            "function_id": {"S": trigger.function_id},
            "trigger_id": {"S": trigger.id},
        }


def _trigger_of(item: "Item") -> Trigger:
    return load_trigger(item["trigger"]["S"], int(item["failures"]["N"]))


def _expecting(revision: int) -> "Item":
    return {":expected": {"N": str(revision)}}
