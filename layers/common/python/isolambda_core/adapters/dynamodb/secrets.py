"""Secrets in DynamoDB, whose values are sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.secrets import dump_secret, load_secret
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.limits import SECRETS
from isolambda_core.domain.secrets.errors import SecretNotFoundError
from isolambda_core.domain.secrets.secrets import Place, Secret

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.table import Item

_IS_NEW = "attribute_not_exists(pk)"
_AS_BEFORE = "sealing = :before"
"""Not the revision, which one that was removed and made again may have as well."""


@dataclass(frozen=True, slots=True)
class DynamoDbSecretRepository:
    """The port ``SecretRepository``."""

    table: Table
    catalog: DynamoDbCatalog
    audit: "DynamoDbAuditRepository"

    def add(self, secret: Secret) -> None:
        """Keep a new secret; see ``SecretRepository.add``."""
        self._put(None, secret, _IS_NEW)

    def get(self, place: Place, name: str) -> Secret:
        """Return a secret; see ``SecretRepository.get``."""
        item = self.table.get(keys.of_secret(place.account_id, place.function_id, name))
        if item is None:
            raise SecretNotFoundError(name)
        return _secret_of(item)

    def replace(self, secret: Secret, before: Secret) -> None:
        """Write the next revision; see ``SecretRepository.replace``."""
        self._put(before, secret, _AS_BEFORE, _expecting(before))

    def remove(self, secret: Secret) -> None:
        """Remove a secret; see ``SecretRepository.remove``."""
        removed = self.audit.transact(
            partial(self.catalog.change, secret.place.account_id),
            secret,
            None,
            {
                "Delete": {
                    "TableName": self.table.name,
                    "Key": _key_of(secret).attributes(),
                    "ConditionExpression": _AS_BEFORE,
                    "ExpressionAttributeValues": _expecting(secret),
                }
            },
        )
        if not removed:
            raise RevisionConflictError

    def of_place(self, place: Place) -> Sequence[Secret]:
        """Return the secrets of a place; see ``SecretRepository.of_place``."""
        pk = keys.of_secret(place.account_id, place.function_id, "").pk
        items = self.table.query(pk, keys.SECRET_PREFIX, page_size=SECRETS + 1)
        return [_secret_of(item) for item in items]

    def for_function(
        self, account_id: str, function_id: str, names: Sequence[str]
    ) -> Sequence[Secret]:
        """Return the secrets of a function; see ``SecretRepository.for_function``."""
        of_function = [keys.of_secret(account_id, function_id, name) for name in names]
        of_account = [keys.of_secret(account_id, "", name) for name in names]
        together = keys.Key(of_function[0].pk, f"{keys.SECRET_PREFIX}{','.join(names)}")
        wanted = (*of_function, *of_account)
        found = self.catalog.get_all(together, wanted, _texts_of, account_id)
        own, others = found[: len(names)], found[len(names) :]
        chosen = [mine or other for mine, other in zip(own, others, strict=True)]
        return [load_secret(text) for text in chosen if text is not None]

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every secret of a function; see ``SecretRepository.remove_all``."""
        pk = keys.of_secret(account_id, function_id, "").pk
        self.catalog.remove_all(account_id, pk, keys.SECRET_PREFIX)

    def remove_all_of_account(self, account_id: str) -> None:
        """Remove every secret of an account; see ``SecretRepository.remove_all_of_account``."""
        self.remove_all(account_id, "")

    def _put(
        self, before: Secret | None, secret: Secret, condition: str, values: "Item | None" = None
    ) -> None:
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": {
                    **_key_of(secret).attributes(),
                    "sealing": {"S": secret.sealing},
                    "sealed_secret": {"S": dump_secret(secret)},
                },
                "ConditionExpression": condition,
            }
        }
        if values is not None:
            put["Put"]["ExpressionAttributeValues"] = values
        change = partial(self.catalog.change, secret.place.account_id)
        if not self.audit.transact(change, before, secret, put):
            raise RevisionConflictError


def _key_of(secret: Secret) -> keys.Key:
    return keys.of_secret(secret.place.account_id, secret.place.function_id, secret.name)


def _expecting(before: Secret) -> "Item":
    return {":before": {"S": before.sealing}}


def _secret_of(item: "Item") -> Secret:
    return load_secret(item["sealed_secret"]["S"])


def _texts_of(items: "Sequence[Item | None]") -> Sequence[str | None]:
    # The catalog counts what it keeps by how long its text is, and that of a secret hides a part.
    return [None if item is None else item["sealed_secret"]["S"] for item in items]
