"""Revoked tokens in DynamoDB, which removes them in its own time after they expire."""

from dataclasses import dataclass

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.accounts.api_keys import Token


@dataclass(frozen=True, slots=True)
class DynamoDbRevokedTokenRepository:
    """The port ``RevokedTokenRepository``."""

    table: Table

    def add(self, token: Token) -> None:
        """Keep a token as revoked; see ``RevokedTokenRepository.add``."""
        self.table.put(
            {
                **keys.of_revoked_token(token.id).attributes(),
                "expires_at": {"N": str(token.expires_at)},
            },
            "attribute_not_exists(pk)",
        )

    def has(self, token: Token) -> bool:
        """Return whether a token was revoked; see ``RevokedTokenRepository.has``."""
        return self.table.get(keys.of_revoked_token(token.id)) is not None
