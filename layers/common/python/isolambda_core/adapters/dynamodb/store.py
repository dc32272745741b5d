"""The repositories on one DynamoDB table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from isolambda_core.adapters.aws.clients import configured
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.accounts import DynamoDbAccountRepository
from isolambda_core.adapters.dynamodb.aliases import DynamoDbAliasRepository
from isolambda_core.adapters.dynamodb.api_keys import DynamoDbApiKeyRepository
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.daily_counts import DynamoDbDailyCountRepository
from isolambda_core.adapters.dynamodb.expiring_counts import ExpiringCounts
from isolambda_core.adapters.dynamodb.functions import DynamoDbFunctionRepository
from isolambda_core.adapters.dynamodb.idempotency import DynamoDbIdempotencyRepository
from isolambda_core.adapters.dynamodb.quotas import DynamoDbQuotas
from isolambda_core.adapters.dynamodb.rate_limits import DynamoDbRateLimitRepository
from isolambda_core.adapters.dynamodb.records import DynamoDbRecordRepository
from isolambda_core.adapters.dynamodb.revoked_tokens import DynamoDbRevokedTokenRepository
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.adapters.dynamodb.triggers import DynamoDbTriggerRepository
from isolambda_core.adapters.dynamodb.usage import DynamoDbUsageRepository
from isolambda_core.adapters.dynamodb.versions import DynamoDbVersionRepository
from isolambda_core.domain.late import late
from isolambda_core.domain.limits import AUDIT_DAYS
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import DependentsOfFunctions

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient

    from isolambda_core.adapters.dynamodb.approvals import DynamoDbApprovalRepository
    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.budgets import DynamoDbBudgetRepository
    from isolambda_core.adapters.dynamodb.key_values import DynamoDbKeyValueRepository
    from isolambda_core.adapters.dynamodb.saved_calls import DynamoDbSavedCallRepository
    from isolambda_core.adapters.dynamodb.secrets import DynamoDbSecretRepository
    from isolambda_core.adapters.dynamodb.shadows import DynamoDbShadowRepository

_HOUR_S, _DAY_S = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class DynamoDbStore:
    """The repositories on the table; any thread may use them, as it may use a botocore client."""

    catalog: DynamoDbCatalog
    functions: DynamoDbFunctionRepository
    versions: DynamoDbVersionRepository
    aliases: DynamoDbAliasRepository
    accounts: DynamoDbAccountRepository
    usage: DynamoDbUsageRepository
    api_keys: DynamoDbApiKeyRepository
    revoked_tokens: DynamoDbRevokedTokenRepository
    records: DynamoDbRecordRepository
    daily_counts: DynamoDbDailyCountRepository
    idempotency_records: DynamoDbIdempotencyRepository
    triggers: DynamoDbTriggerRepository
    key_values: "DynamoDbKeyValueRepository"
    secrets: "DynamoDbSecretRepository"
    saved_calls: "DynamoDbSavedCallRepository"
    approvals: "DynamoDbApprovalRepository"
    audit: "DynamoDbAuditRepository"
    shadows: "DynamoDbShadowRepository"
    budgets: "DynamoDbBudgetRepository"
    rate_limits: DynamoDbRateLimitRepository
    table: Table

    def require_writable(self) -> None:
        """Let pass what writes; see ``Store.require_writable``."""
        # No item has this key, so that the condition holds of none.
        self.table.remove(keys.of_no_item(), "pk = :other", {":other": {"S": "-"}})

    @property
    def dependents(self) -> Sequence[DependentsOfFunctions]:
        """The repositories whose items go with their function; see ``Store.dependents``."""
        return (
            self.aliases,
            self.versions,
            self.records,
            self.idempotency_records,
            self.secrets,
            self.saved_calls,
        )


def client_config() -> "Config":
    """Return the configuration of the client: an answer or an error within about 10 seconds.

    A second try is safe for every write here, except that a token bucket may charge twice, and a
    failure of a trigger and an execution that waits may count twice. botocore's own timeout is
    minutes. An ``increment`` whose answer was lost may add twice where another write came in
    between.
    """
    return configured(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
    )


def open_store(
    table_name: str,
    client: "DynamoDBClient",
    clock: Clock | None = None,
    *,
    audit_days: int = AUDIT_DAYS,
) -> DynamoDbStore:
    """Return the repositories on a table whose key is ``pk`` and ``sk``, both strings.

    It has the index that ``keys`` describes. The ``clock`` is the system's unless another is given;
    what changes is in the audit for ``audit_days``.
    """
    clock = clock or SystemClock()
    table = Table(table_name, client)
    catalog = DynamoDbCatalog(table)
    quotas = DynamoDbQuotas(table)
    audit = late(partial(_open_audit, table, clock, audit_days))
    versions = DynamoDbVersionRepository(table, catalog, quotas, audit)
    aliases = DynamoDbAliasRepository(table, catalog, versions, audit)
    key_counts = ExpiringCounts(table, keys.of_key_usage, _HOUR_S)
    approval_counts = ExpiringCounts(table, keys.of_approval_usage, _HOUR_S)
    execution_counts = ExpiringCounts(table, keys.of_execution_usage, _DAY_S)
    value_counts = ExpiringCounts(table, keys.of_value_usage, _HOUR_S)
    return DynamoDbStore(
        catalog=catalog,
        functions=DynamoDbFunctionRepository(table, catalog, quotas, audit),
        versions=versions,
        aliases=aliases,
        accounts=DynamoDbAccountRepository(table, catalog, quotas, audit),
        usage=DynamoDbUsageRepository(
            quotas, key_counts, approval_counts, execution_counts, value_counts
        ),
        api_keys=DynamoDbApiKeyRepository(table, catalog, audit),
        revoked_tokens=DynamoDbRevokedTokenRepository(table),
        records=DynamoDbRecordRepository(table, quotas, execution_counts, clock),
        daily_counts=DynamoDbDailyCountRepository(table),
        idempotency_records=DynamoDbIdempotencyRepository(table, quotas, key_counts),
        triggers=DynamoDbTriggerRepository(table, quotas, audit),
        key_values=late(partial(_open_key_values, table, quotas, value_counts)),
        secrets=late(partial(_open_secrets, table, catalog, audit)),
        saved_calls=late(partial(_open_saved_calls, table, audit)),
        approvals=late(partial(_open_approvals, table, quotas, approval_counts, audit)),
        audit=audit,
        shadows=late(partial(_open_shadows, table, aliases)),
        budgets=late(partial(_open_budgets, table)),
        rate_limits=DynamoDbRateLimitRepository(table),
        table=table,
    )


# Few requests use values, secrets, saved calls, approvals, shadows, budgets or the audit, and a
# cold start does without what reads them.


def _open_audit(table: Table, clock: Clock, days: int) -> "DynamoDbAuditRepository":
    from isolambda_core.adapters.dynamodb.audit import (  # noqa: PLC0415 - see above
        DynamoDbAuditRepository,
    )

    counts = ExpiringCounts(table, keys.of_audit_usage, _DAY_S)
    return DynamoDbAuditRepository(table, counts, clock, days)


def _open_key_values(
    table: Table, quotas: DynamoDbQuotas, counts: ExpiringCounts
) -> "DynamoDbKeyValueRepository":
    from isolambda_core.adapters.dynamodb.key_values import (  # noqa: PLC0415 - see above
        DynamoDbKeyValueRepository,
    )

    return DynamoDbKeyValueRepository(table, quotas, counts)


def _open_secrets(
    table: Table, catalog: DynamoDbCatalog, audit: "DynamoDbAuditRepository"
) -> "DynamoDbSecretRepository":
    from isolambda_core.adapters.dynamodb.secrets import (  # noqa: PLC0415 - see above
        DynamoDbSecretRepository,
    )

    return DynamoDbSecretRepository(table, catalog, audit)


def _open_saved_calls(
    table: Table, audit: "DynamoDbAuditRepository"
) -> "DynamoDbSavedCallRepository":
    from isolambda_core.adapters.dynamodb.saved_calls import (  # noqa: PLC0415 - see above
        DynamoDbSavedCallRepository,
    )

    return DynamoDbSavedCallRepository(table, audit)


def _open_approvals(
    table: Table,
    quotas: DynamoDbQuotas,
    counts: ExpiringCounts,
    audit: "DynamoDbAuditRepository",
) -> "DynamoDbApprovalRepository":
    from isolambda_core.adapters.dynamodb.approvals import (  # noqa: PLC0415 - see above
        DynamoDbApprovalRepository,
    )

    return DynamoDbApprovalRepository(table, quotas, counts, audit)


def _open_shadows(table: Table, aliases: DynamoDbAliasRepository) -> "DynamoDbShadowRepository":
    from isolambda_core.adapters.dynamodb.shadows import (  # noqa: PLC0415 - see above
        DynamoDbShadowRepository,
    )

    return DynamoDbShadowRepository(table, aliases)


def _open_budgets(table: Table) -> "DynamoDbBudgetRepository":
    from isolambda_core.adapters.dynamodb.budgets import (  # noqa: PLC0415 - see above
        DynamoDbBudgetRepository,
    )

    return DynamoDbBudgetRepository(table)
