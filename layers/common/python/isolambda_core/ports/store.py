"""All that one database keeps."""

from typing import Protocol

from isolambda_core.ports.accounts import (
    AccountRepository,
    ApiKeyRepository,
    RevokedTokenRepository,
)
from isolambda_core.ports.executions import IdempotencyRepository, RecordRepository
from isolambda_core.ports.functions import AliasRepository, FunctionRepository, VersionRepository
from isolambda_core.ports.triggers import TriggerRepository


class Store(Protocol):
    """The repositories of one database."""

    @property
    def functions(self) -> FunctionRepository:
        """Where functions are kept."""
        ...

    @property
    def versions(self) -> VersionRepository:
        """Where versions are kept."""
        ...

    @property
    def aliases(self) -> AliasRepository:
        """Where aliases are kept."""
        ...

    @property
    def accounts(self) -> AccountRepository:
        """Where accounts are kept."""
        ...

    @property
    def api_keys(self) -> ApiKeyRepository:
        """Where API keys are kept."""
        ...

    @property
    def revoked_tokens(self) -> RevokedTokenRepository:
        """Where revoked tokens are kept."""
        ...

    @property
    def records(self) -> RecordRepository:
        """Where records of executions are kept."""
        ...

    @property
    def idempotency_records(self) -> IdempotencyRepository:
        """Where idempotency keys are kept."""
        ...

    @property
    def triggers(self) -> TriggerRepository:
        """Where triggers are kept."""
        ...
