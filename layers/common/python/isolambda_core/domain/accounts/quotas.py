"""Quotas: what a tenant may store. A tenant is an account at the top with all accounts below it.

What counts for a quota is in the store: each store counts it within the write that adds to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from isolambda_core.domain import limits


class Quota(StrEnum):
    """What is counted; a closed set, whose words are those of the answers."""

    FUNCTIONS = "functions"
    ACCOUNTS = "accounts"
    TRIGGERS = "triggers"
    EVENT_TRIGGERS = "event_triggers"
    BUCKET_TRIGGERS = "bucket_triggers"
    VERSIONS = "versions"
    SAVED_CALLS = "saved_calls"
    AUDIT_ENTRIES = "audit_entries"
    IDEMPOTENCY_KEYS = "idempotency_keys"
    APPROVALS = "approvals"
    WAITING_EXECUTIONS = "waiting_executions"
    RECORD_BYTES = "record_bytes"
    KV_ITEMS = "kv_items"
    KV_BYTES = "kv_bytes"
    DISK_BYTES = "disk_bytes"


@dataclass(frozen=True, slots=True)
class QuotaRule:
    """What is counted, for a person to read, and how much of it there may be.

    ``retry_after_s`` is when it may be less without the tenant's doing; None for never.
    """

    limit: int
    counted: str
    retry_after_s: int | None = None


RULES: Mapping[Quota, QuotaRule] = {
    Quota.FUNCTIONS: QuotaRule(limits.TENANT_FUNCTIONS, "functions of the tenant"),
    Quota.ACCOUNTS: QuotaRule(limits.TENANT_ACCOUNTS, "accounts below the one at the top"),
    Quota.TRIGGERS: QuotaRule(limits.TENANT_TRIGGERS, "triggers of the tenant"),
    Quota.EVENT_TRIGGERS: QuotaRule(
        limits.TENANT_EVENT_TRIGGERS, "triggers of type event of the tenant"
    ),
    Quota.BUCKET_TRIGGERS: QuotaRule(
        limits.TENANT_BUCKET_TRIGGERS, "triggers of type bucket of the tenant"
    ),
    Quota.VERSIONS: QuotaRule(limits.FUNCTION_VERSIONS, "versions of the function"),
    Quota.SAVED_CALLS: QuotaRule(limits.SAVED_CALLS, "saved calls of the function"),
    Quota.AUDIT_ENTRIES: QuotaRule(limits.AUDIT_ENTRIES, "entries of the audit of the account"),
    Quota.IDEMPOTENCY_KEYS: QuotaRule(
        limits.TENANT_IDEMPOTENCY_KEYS, "valid idempotency keys of the tenant", 60
    ),
    Quota.APPROVALS: QuotaRule(
        limits.TENANT_APPROVALS, "approvals of the tenant that have not expired", 60
    ),
    Quota.WAITING_EXECUTIONS: QuotaRule(
        limits.TENANT_WAITING_EXECUTIONS, "asynchronous executions of the tenant that wait", 5
    ),
    Quota.RECORD_BYTES: QuotaRule(
        limits.TENANT_RECORD_BYTES, "bytes of records and inputs of the tenant", 60
    ),
    Quota.KV_ITEMS: QuotaRule(limits.TENANT_KV_ITEMS, "values of the tenant"),
    Quota.KV_BYTES: QuotaRule(limits.TENANT_KV_BYTES, "bytes of values of the tenant"),
}
"""The rules of every quota of a tenant; the disk, which all share, has its own size."""

_OF_ONE = (Quota.VERSIONS, Quota.SAVED_CALLS, Quota.AUDIT_ENTRIES)
OF_ACCOUNTS = tuple(quota for quota in RULES if quota not in _OF_ONE)
"""The quotas of which an account uses some, with all accounts below it.

The others are of one function, or of one account: the audit, whose oldest entries go for new ones.
"""


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """What an account may have of a quota, and what it has."""

    limit: int
    used: int
