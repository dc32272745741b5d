"""The store: one database with all repositories."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from isolambda_core.ports.accounts import (
    AccountRepository,
    ApiKeyRepository,
    RevokedTokenRepository,
    UsageRepository,
)
from isolambda_core.ports.catalog import Catalog
from isolambda_core.ports.executions import (
    DailyCountRepository,
    IdempotencyRepository,
    RecordRepository,
)
from isolambda_core.ports.functions import (
    AliasRepository,
    DependentsOfFunctions,
    FunctionRepository,
    VersionRepository,
)
from isolambda_core.ports.triggers import TriggerRepository

if TYPE_CHECKING:
    from isolambda_core.ports.approvals import ApprovalRepository
    from isolambda_core.ports.audit import AuditRepository
    from isolambda_core.ports.budgets import BudgetRepository
    from isolambda_core.ports.contracts import SavedCallRepository
    from isolambda_core.ports.key_values import KeyValueRepository
    from isolambda_core.ports.secrets import SecretRepository
    from isolambda_core.ports.shadows import ShadowRepository


class Changes(Protocol):
    """Counts the changes of what requests read; safe for threads.

    That is accounts, keys, functions, versions, aliases and secrets.
    """

    def count(self) -> int:
        """Return a number that is another one after each change, by any process.

        Raises:
            StoreUnavailableError: it cannot be known now.
        """
        ...


class Store(Protocol):
    """The repositories of one database."""

    @property
    def catalog(self) -> Catalog:
        """What may come from memory within one request."""
        ...

    @property
    def functions(self) -> FunctionRepository:
        """The repository of functions."""
        ...

    @property
    def versions(self) -> VersionRepository:
        """The repository of versions."""
        ...

    @property
    def aliases(self) -> AliasRepository:
        """The repository of aliases."""
        ...

    @property
    def accounts(self) -> AccountRepository:
        """The repository of accounts."""
        ...

    @property
    def usage(self) -> UsageRepository:
        """The repository of what accounts have of their quotas."""
        ...

    @property
    def api_keys(self) -> ApiKeyRepository:
        """The repository of API keys."""
        ...

    @property
    def revoked_tokens(self) -> RevokedTokenRepository:
        """The repository of revoked tokens."""
        ...

    @property
    def records(self) -> RecordRepository:
        """The repository of records of executions."""
        ...

    @property
    def daily_counts(self) -> DailyCountRepository:
        """The repository of what functions executed on a day."""
        ...

    @property
    def idempotency_records(self) -> IdempotencyRepository:
        """The repository of idempotency keys."""
        ...

    @property
    def triggers(self) -> TriggerRepository:
        """The repository of triggers."""
        ...

    @property
    def key_values(self) -> "KeyValueRepository":
        """The repository of the values of functions."""
        ...

    @property
    def secrets(self) -> "SecretRepository":
        """The repository of secrets."""
        ...

    @property
    def saved_calls(self) -> "SavedCallRepository":
        """The repository of saved calls."""
        ...

    @property
    def approvals(self) -> "ApprovalRepository":
        """The repository of approvals."""
        ...

    @property
    def audit(self) -> "AuditRepository":
        """The repository of what was changed."""
        ...

    @property
    def shadows(self) -> "ShadowRepository":
        """The repository of what shadows find."""
        ...

    def require_writable(self) -> None:
        """Let pass what writes, by a write that changes nothing.

        Raises:
            StoreUnavailableError: nothing can be written now.
        """
        ...

    @property
    def budgets(self) -> "BudgetRepository":
        """The repository of what accounts used of their budgets."""
        ...

    @property
    def dependents(self) -> Sequence[DependentsOfFunctions]:
        """The repositories whose items go with their function, in the order of removal.

        Triggers are none of them: ``TriggersOfFunctions`` also removes their sources.
        """
        ...
