"""Count what a tenant has, within the transaction that adds to it.

A write is made, what counts is counted, and the transaction is undone where that is too much. So no
number is kept that could be wrong, but one: ``record_bytes``, which triggers of SQLite keep.
"""

import sqlite3
from collections.abc import Mapping

from isolambda_core.domain.accounts.errors import quota_exceeded
from isolambda_core.domain.accounts.quotas import RULES, Quota

TENANT = """
WITH top (id) AS (
    SELECT coalesce(
        (SELECT nullif(substr(ancestor_ids, 1, 32), '') FROM accounts WHERE id = :account_id),
        :account_id
    )
),
tenant (id) AS (
    SELECT id FROM top
    UNION ALL
    SELECT accounts.id FROM accounts, top WHERE substr(accounts.ancestor_ids, 1, 32) = top.id
)
"""
"""The accounts of the tenant that ``:account_id`` is of, for a statement to begin with."""
_COUNTS: Mapping[Quota, str] = {
    Quota.FUNCTIONS: "count(*) FROM functions WHERE account_id IN tenant AND deleted = 0",
    Quota.ACCOUNTS: "count(*) - 1 FROM tenant",
    Quota.TRIGGERS: "count(*) FROM triggers WHERE account_id IN tenant",
    Quota.EVENT_TRIGGERS: ("count(*) FROM triggers WHERE type = 'event' AND account_id IN tenant"),
    Quota.BUCKET_TRIGGERS: (
        "count(*) FROM triggers WHERE type = 'bucket' AND account_id IN tenant"
    ),
    Quota.VERSIONS: (
        "count(*) FROM versions "
        "WHERE account_id = :account_id AND function_id = :function_id AND removed = 0"
    ),
    Quota.IDEMPOTENCY_KEYS: (
        "count(*) FROM claims "
        "WHERE account_id IN tenant AND lease_until_ms > 0 AND expires_at > :now"
    ),
    Quota.WAITING_EXECUTIONS: (
        "count(*) FROM records WHERE account_id IN tenant AND has_ended = 0"
    ),
    Quota.RECORD_BYTES: "ifnull(sum(used), 0) FROM record_bytes WHERE account_id IN tenant",
}


def used(connection: sqlite3.Connection, quota: Quota, account_id: str, **names: str | int) -> int:
    """Return how much of a quota the tenant of an account has."""
    statement = f"{TENANT} SELECT {_COUNTS[quota]}"
    found = connection.execute(statement, {"account_id": account_id, **names}).fetchone()
    return int(found[0])


def require_within(
    connection: sqlite3.Connection, quota: Quota, account_id: str, **names: str | int
) -> None:
    """Let pass what was written in this transaction if the quota allows it.

    Raises:
        QuotaExceededError: the tenant now has one more than it may have.
    """
    count = used(connection, quota, account_id, **names)
    if count > RULES[quota].limit:
        raise quota_exceeded(quota, count - 1)
