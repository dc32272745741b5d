"""Idempotency keys in DynamoDB, which removes expired ones some time after (TTL)."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import Table, setting
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.idempotency import IdempotencyRecord

if TYPE_CHECKING:
    from isolambda_core.adapters.dynamodb.table import Item

_IS_FREE = "attribute_not_exists(pk) OR expires_at <= :now"
_IS_FOR = "execution_id = :held_by"


@dataclass(frozen=True, slots=True)
class DynamoDbIdempotencyRepository:
    """The port ``IdempotencyRepository``."""

    table: Table

    def add(self, claim: IdempotencyRecord, now: int) -> IdempotencyRecord:
        """Store a record, or return the one that is there; see ``IdempotencyRepository.add``.

        One request. When its answer is lost, the second try finds what the first one wrote.
        """
        changes, values = setting(_attributes_of(claim))
        values = {**values, ":now": {"N": str(now)}}
        _, item = self.table.update(_key_of(claim), changes, _IS_FREE, values)
        return replace(
            claim,
            fingerprint=item["fingerprint"]["S"],
            execution_id=item["execution_id"]["S"],
            lease_until_ms=int(item["lease_until_ms"]["N"]),
            expires_at=int(item["expires_at"]["N"]),
        )

    def replace(self, claim: IdempotencyRecord, before: IdempotencyRecord) -> None:
        """Write a claim over another; see ``ClaimRepository.replace``."""
        item = {**_key_of(claim).attributes(), **_attributes_of(claim)}
        if not self.table.put(item, _IS_FOR, _held_by(before)):
            raise RevisionConflictError

    def remove(self, claim: IdempotencyRecord) -> None:
        """Remove a claim; see ``ClaimRepository.remove``."""
        self.table.remove(_key_of(claim), _IS_FOR, _held_by(claim))

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every claim of a function; see ``ClaimRepository.remove_all``."""
        self.table.remove_all(keys.of_claim(account_id, function_id, "").pk, keys.CLAIM_PREFIX)


def _key_of(claim: IdempotencyRecord) -> keys.Key:
    return keys.of_claim(claim.account_id, claim.function_id, claim.key_sha256)


def _attributes_of(claim: IdempotencyRecord) -> "Item":
    return {
        "fingerprint": {"S": claim.fingerprint},
        "execution_id": {"S": claim.execution_id},
        "lease_until_ms": {"N": str(claim.lease_until_ms)},
        "expires_at": {"N": str(claim.expires_at)},
    }


def _held_by(claim: IdempotencyRecord) -> "Item":
    return {":held_by": {"S": claim.execution_id}}
