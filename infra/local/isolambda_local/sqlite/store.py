"""The repositories on one SQLite database."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.limits import AUDIT_DAYS
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import DependentsOfFunctions
from isolambda_core.services.accounts.tenants import Tenants
from isolambda_local.sqlite.accounts import SqliteAccountRepository
from isolambda_local.sqlite.aliases import SqliteAliasRepository
from isolambda_local.sqlite.api_keys import SqliteApiKeyRepository
from isolambda_local.sqlite.approvals import SqliteApprovalRepository
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.budgets import SqliteBudgetRepository
from isolambda_local.sqlite.daily_counts import SqliteDailyCountRepository
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.folder_state import SqliteWatches
from isolambda_local.sqlite.functions import SqliteFunctionRepository
from isolambda_local.sqlite.idempotency import SqliteIdempotencyRepository
from isolambda_local.sqlite.key_values import SqliteKeyValueRepository
from isolambda_local.sqlite.queue import SqliteExecutionQueue
from isolambda_local.sqlite.records import SqliteRecordRepository
from isolambda_local.sqlite.revoked_tokens import SqliteRevokedTokenRepository
from isolambda_local.sqlite.saved_calls import SqliteSavedCallRepository
from isolambda_local.sqlite.secrets import SqliteSecretRepository
from isolambda_local.sqlite.shadows import SqliteShadowRepository
from isolambda_local.sqlite.triggers import SqliteTriggerRepository
from isolambda_local.sqlite.usage import SqliteUsageRepository
from isolambda_local.sqlite.versions import SqliteVersionRepository


class UnkeptCatalog:
    """The port ``Catalog``; keeps nothing, so each read is of the database."""

    def reading(self) -> AbstractContextManager[None]:
        """Change nothing; see ``Catalog.reading``."""
        return nullcontext()


@dataclass(frozen=True, slots=True)
class SqliteStore:
    """An open database and what is kept in it; :meth:`close` it. Any thread may use it."""

    database: Database
    functions: SqliteFunctionRepository
    versions: SqliteVersionRepository
    aliases: SqliteAliasRepository
    accounts: SqliteAccountRepository
    usage: SqliteUsageRepository
    api_keys: SqliteApiKeyRepository
    revoked_tokens: SqliteRevokedTokenRepository
    records: SqliteRecordRepository
    daily_counts: SqliteDailyCountRepository
    idempotency_records: SqliteIdempotencyRepository
    triggers: SqliteTriggerRepository
    key_values: SqliteKeyValueRepository
    secrets: SqliteSecretRepository
    saved_calls: SqliteSavedCallRepository
    approvals: SqliteApprovalRepository
    audit: SqliteAuditRepository
    shadows: SqliteShadowRepository
    budgets: SqliteBudgetRepository
    watches: SqliteWatches
    queue: SqliteExecutionQueue

    @property
    def catalog(self) -> "UnkeptCatalog":
        """What may come from memory within one request: nothing."""
        return UnkeptCatalog()

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

    def has_keys(self) -> bool:
        """Return whether an API key exists, and so whether the secret is in use."""
        with self.database.connection() as connection:
            [(found,)] = connection.execute("SELECT EXISTS (SELECT 1 FROM api_keys)").fetchall()
        return bool(found)

    def require_writable(self) -> None:
        """Let pass what writes; see ``Store.require_writable``."""
        try:
            self.database.require_writable()
        except OSError as error:
            raise StoreUnavailableError from error

    def close(self) -> None:
        """Close the database, as soon as the operations under way are done."""
        self.database.close()


def open_store(
    path: Path | None,
    sent: Event | None = None,
    sent_to_callbacks: Event | None = None,
    clock: Clock | None = None,
    *,
    audit_days: int = AUDIT_DAYS,
) -> SqliteStore:
    """Open the database in the file at ``path``, made when there is none; in memory for None.

    ``sent`` and ``sent_to_callbacks`` are set when something is sent to the queue. What changes is
    in the audit for ``audit_days``, by the ``clock``, the system's unless another is given.

    Raises:
        NewerSchemaError: the file was written by a newer Isolambda.
        ForeignDatabaseError: the file is a database of another program.
        DamagedLogError: the file with its latest changes is damaged.
        StoreUnavailableError: the file cannot be opened, or is no database.
        OSError: the file with its latest changes cannot be read.
    """
    database = Database(path)
    audit = SqliteAuditRepository(database, clock or SystemClock(), audit_days)
    accounts = SqliteAccountRepository(database, audit)
    return SqliteStore(
        database,
        functions=SqliteFunctionRepository(database, audit),
        versions=SqliteVersionRepository(database, audit),
        aliases=SqliteAliasRepository(database, audit),
        accounts=accounts,
        usage=SqliteUsageRepository(database),
        api_keys=SqliteApiKeyRepository(database, audit),
        revoked_tokens=SqliteRevokedTokenRepository(database),
        records=SqliteRecordRepository(database),
        daily_counts=SqliteDailyCountRepository(database),
        idempotency_records=SqliteIdempotencyRepository(database),
        triggers=SqliteTriggerRepository(database, audit),
        key_values=SqliteKeyValueRepository(database),
        secrets=SqliteSecretRepository(database, audit),
        saved_calls=SqliteSavedCallRepository(database, audit),
        approvals=SqliteApprovalRepository(database, audit),
        audit=audit,
        shadows=SqliteShadowRepository(database),
        budgets=SqliteBudgetRepository(database),
        watches=SqliteWatches(database),
        queue=SqliteExecutionQueue(
            database, Tenants(accounts).of, sent or Event(), sent_to_callbacks or Event()
        ),
    )
