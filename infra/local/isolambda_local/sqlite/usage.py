"""What accounts have of their quotas, in SQLite."""

from collections.abc import Mapping
from dataclasses import dataclass

from isolambda_core.domain.accounts.quotas import OF_ACCOUNTS, Quota
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import used


@dataclass(frozen=True, slots=True)
class SqliteUsageRepository:
    """The port ``UsageRepository``."""

    database: Database

    def used(self, account_id: str, now: int) -> Mapping[Quota, int]:
        """Return how much an account has of each quota; see ``UsageRepository.used``."""
        with self.database.connection() as connection:
            return {quota: used(connection, quota, account_id, now=now) for quota in OF_ACCOUNTS}
