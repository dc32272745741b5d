"""Count what a tenant has, within the transaction that adds to it.

A write is made, what counts is counted, and the transaction is undone where that is too much. So no
number is kept that could be wrong, but ``record_bytes`` and ``key_value_usage``, which triggers of
SQLite keep.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from isolambda_core.domain.accounts.errors import quota_exceeded
from isolambda_core.domain.accounts.quotas import OF_ACCOUNTS, RULES, Quota

TREE = """
WITH tree (id) AS (
    SELECT :account_id
    UNION ALL
    SELECT accounts.id FROM accounts
    WHERE substr(accounts.ancestor_ids, 1, 32) = coalesce(
        (SELECT nullif(substr(ancestor_ids, 1, 32), '') FROM accounts WHERE id = :account_id),
        :account_id
    ) AND instr(accounts.ancestor_ids, :account_id)
)
"""
"""The account ``:account_id`` and all below it, for a statement to begin with."""
_OWN_LIMIT = "SELECT json_extract(document, '$.quotas.' || ?) FROM accounts WHERE id = ?"
_ANCESTOR_IDS = "SELECT ancestor_ids FROM accounts WHERE id = ?"
_COUNTS: Mapping[Quota, str] = {
    Quota.FUNCTIONS: "count(*) FROM functions WHERE account_id IN tree AND deleted = 0",
    Quota.ACCOUNTS: "count(*) - 1 FROM tree",
    Quota.TRIGGERS: "count(*) FROM triggers WHERE account_id IN tree",
    Quota.EVENT_TRIGGERS: ("count(*) FROM triggers WHERE type = 'event' AND account_id IN tree"),
    Quota.BUCKET_TRIGGERS: ("count(*) FROM triggers WHERE type = 'bucket' AND account_id IN tree"),
    Quota.VERSIONS: (
        "count(*) FROM versions "
        "WHERE account_id = :account_id AND function_id = :function_id AND removed = 0"
    ),
    Quota.SAVED_CALLS: (
        "count(*) FROM saved_calls WHERE account_id = :account_id AND function_id = :function_id"
    ),
    Quota.IDEMPOTENCY_KEYS: (
        "count(*) FROM claims WHERE account_id IN tree AND lease_until_ms > 0 AND expires_at > :now"
    ),
    Quota.APPROVALS: "count(*) FROM approvals WHERE account_id IN tree AND expires_at > :now",
    Quota.WAITING_EXECUTIONS: ("count(*) FROM records WHERE account_id IN tree AND has_ended = 0"),
    Quota.RECORD_BYTES: "ifnull(sum(used), 0) FROM record_bytes WHERE account_id IN tree",
    Quota.KV_ITEMS: (
        "ifnull(sum(items), 0) - (SELECT count(*) FROM key_values "
        "WHERE account_id IN tree AND expires_at <= :now) "
        "FROM key_value_usage WHERE account_id IN tree"
    ),
    Quota.KV_BYTES: (
        "ifnull(sum(bytes), 0) - (SELECT ifnull(sum(bytes), 0) FROM key_values "
        "WHERE account_id IN tree AND expires_at <= :now) "
        "FROM key_value_usage WHERE account_id IN tree"
    ),
}


def used(connection: sqlite3.Connection, quota: Quota, account_id: str, **names: str | int) -> int:
    """Return how much of a quota an account has with all below it."""
    statement = f"{TREE} SELECT {_COUNTS[quota]}"
    found = connection.execute(statement, {"account_id": account_id, **names}).fetchone()
    return int(found[0])


def path_of(connection: sqlite3.Connection, account_id: str) -> Sequence[str]:
    """Return the accounts in which an account's rows count: from the top down to itself."""
    found = connection.execute(_ANCESTOR_IDS, (account_id,)).fetchone()
    return (*(found[0].split() if found else ()), account_id)


def require_within(
    connection: sqlite3.Connection, quota: Quota, account_id: str, **names: str | int
) -> None:
    """Let pass what was written in this transaction if the quota allows it.

    Raises:
        QuotaExceededError: the account, or one above it, now has one more than it may have.
    """
    for root, limit in limits(connection, quota, account_id):
        count = used(connection, quota, root, **names)
        if count > limit:
            raise quota_exceeded(quota, count - 1, limit)


def limits(
    connection: sqlite3.Connection, quota: Quota, account_id: str
) -> Iterator[tuple[str, int]]:
    """Yield the accounts with a limit of a quota, and it: the account's, and of those above it."""
    rule = RULES[quota].limit
    if quota not in OF_ACCOUNTS:
        yield account_id, rule
        return
    path = path_of(connection, account_id)
    for each in path:
        found = connection.execute(_OWN_LIMIT, (quota, each)).fetchone()
        own = found[0] if found and type(found[0]) is int else rule
        if own < rule or each == path[0]:
            yield each, min(own, rule)
