"""The keys of the table: which item is where.

| item | pk | sk |
|---|---|---|
| account | ``ACCOUNT#{account}`` | ``ACCOUNT`` |
| epoch of an account | ``ACCOUNT#{account}`` | ``EPOCH`` |
| account, listed under its parent | ``ACCOUNT#{parent}`` | ``CHILD#{account}`` |
| account at the top, listed | ``ACCOUNTS`` | ``CHILD#{account}`` |
| API key | ``KEY#{sha256}`` | ``KEY`` |
| API key, listed under its account | ``ACCOUNT#{account}`` | ``KEY#{sha256}`` |
| function, with its source | ``ACCOUNT#{account}`` | ``FUNCTION#{function}`` |
| version | ``FUNCTION#{account}#{function}`` | ``VERSION#{number, ten digits}`` |
| part of a long source | ``FUNCTION#{account}#{function}`` | ``DRAFT_SOURCE#{revision}#{id}#{n}`` |
| … of a version | ``FUNCTION#{account}#{function}`` | ``VERSION_SOURCE#{number}#1#{id}#{n}`` |
| alias | ``FUNCTION#{account}#{function}`` | ``ALIAS#{name}`` |
| what its shadow found | ``FUNCTION#{account}#{function}`` | ``SHADOW#{name of the alias}`` |
| trigger | ``FUNCTION#{account}#{function}`` | ``TRIGGER#{trigger}`` |
| saved call | ``FUNCTION#{account}#{function}`` | ``CALL#{name}`` |
| approval of a call of a tool (TTL) | ``ACCOUNT#{account}`` | ``APPROVAL#{approval}`` |
| … of one that is not used, by its call (TTL) | ``ACCOUNT#{account}`` | ``ASKED#{sha256}`` |
| secret of an account (sealed) | ``ACCOUNT#{account}`` | ``SECRET#{name}`` |
| … of a function (sealed) | ``FUNCTION#{account}#{function}`` | ``SECRET#{name}`` |
| whose a queue, stream or topic is | ``SOURCE#{arn}`` | ``TRIGGER`` |
| whose the path of an HTTP function is | ``SOURCE#/http/{account}/{path}`` | ``TRIGGER`` |
| execution record (TTL) | ``FUNCTION#{account}#{function}`` | ``EXECUTION#{execution}`` |
| part of contents (TTL) | ``FUNCTION#{account}#{function}`` | ``PART#{execution}#{digest}#{n}`` |
| idempotency key (TTL) | ``FUNCTION#{account}#{function}`` | ``CLAIM#{sha256}`` |
| value of functions (TTL) | ``KV#{account}#{namespace}`` | ``KEY#{key}`` |
| what a function executed on a day (TTL) | ``DAYS#{account}`` | ``DAY#{date}#{function}`` |
| what an account used of a budget in a period (TTL) | ``BUDGET#{account}`` | ``{date or month}`` |
| entry of the audit of an account (TTL) | ``AUDIT#{account}`` | ``ENTRY#{entry}`` |
| revoked token (TTL) | ``TOKEN#{token}`` | ``TOKEN`` |
| counts of an account: functions, accounts, triggers | ``ACCOUNT#{account}`` | ``USAGE`` |
| … of idempotency keys | ``ACCOUNT#{account}`` | ``USAGE#KEYS`` |
| … of approvals | ``ACCOUNT#{account}`` | ``USAGE#APPROVALS`` |
| … of entries of its audit | ``AUDIT#{account}`` | ``USAGE`` |
| … of executions that wait | ``ACCOUNT#{account}`` | ``USAGE#EXECUTIONS`` |
| … of values of functions, and the account's namespaces | ``ACCOUNT#{account}`` | ``USAGE#KV`` |
| count of a function's versions | ``FUNCTION#{account}#{function}`` | ``USAGE`` |
| … of its saved calls | ``FUNCTION#{account}#{function}`` | ``USAGE#CALLS`` |
| token bucket (TTL) | ``BUCKET#{bucket}`` | ``BUCKET`` |

The index ``records_by_position`` has execution records alone, by attributes that no other item has:

| item | records_of | changed |
|---|---|---|
| execution record | ``{account}`` | ``{Unix milliseconds, 13 digits}#{end of the id}`` |
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

FUNCTION_PREFIX = "FUNCTION#"
CHILD_PREFIX = "CHILD#"
API_KEY_PREFIX = "KEY#"
VERSION_PREFIX = "VERSION#"
ALIAS_PREFIX = "ALIAS#"
SHADOW_PREFIX = "SHADOW#"
TRIGGER_PREFIX = "TRIGGER#"
SAVED_CALL_PREFIX = "CALL#"
APPROVAL_PREFIX = "APPROVAL#"
AUDIT_ENTRY_PREFIX = "ENTRY#"
SECRET_PREFIX = "SECRET#"  # noqa: S105 - of keys
EXECUTION_PREFIX = "EXECUTION#"
PART_PREFIX = "PART#"
VERSION_SOURCE_PREFIX = "VERSION_SOURCE#"
CLAIM_PREFIX = "CLAIM#"
VALUE_PREFIX = "KEY#"
RECORDS_BY_POSITION = "records_by_position"
DAILY_COUNT_PREFIX = "DAY#"


@dataclass(frozen=True, slots=True)
class Key:
    """The key of one item."""

    pk: str
    sk: str

    def attributes(self) -> "dict[str, AttributeValueTypeDef]":
        """Return the key as DynamoDB takes it."""
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


def of_no_item() -> Key:
    """Return a key that no item ever has."""
    return Key("NONE", "NONE")


def of_account(account_id: str) -> Key:
    """Return the key of an account; its ``pk`` is also that of what the account owns."""
    return Key(f"ACCOUNT#{account_id}", "ACCOUNT")


def of_epoch(account_id: str) -> Key:
    """Return the key of an account's epoch, which says whether what is kept of it is current."""
    return Key(of_account(account_id).pk, "EPOCH")


def of_child(parent_id: str | None, account_id: str) -> Key:
    """Return the key of the row that lists an account under its parent, or at the top."""
    pk = "ACCOUNTS" if parent_id is None else of_account(parent_id).pk
    return Key(pk, f"{CHILD_PREFIX}{account_id}")


def of_api_key(sha256: str) -> Key:
    """Return the key of an API key."""
    return Key(f"KEY#{sha256}", "KEY")


def of_listed_api_key(account_id: str, sha256: str) -> Key:
    """Return the key of the row that lists an API key under its account."""
    return Key(of_account(account_id).pk, f"{API_KEY_PREFIX}{sha256}")


def of_function(account_id: str, function_id: str) -> Key:
    """Return the key of a function."""
    return Key(of_account(account_id).pk, f"{FUNCTION_PREFIX}{function_id}")


def of_tools(account_id: str) -> Key:
    """Return what the catalog keeps the tools of an account by; no item has it."""
    return Key(of_account(account_id).pk, "TOOLS")


def of_version(account_id: str, function_id: str, version_id: str) -> Key:
    """Return the key of a version, by its number with zeros in front."""
    return Key(_below_function(account_id, function_id), f"{VERSION_PREFIX}{version_id}")


def of_draft_source(account_id: str, function_id: str) -> Key:
    """Return the beginning of the keys of the parts of a draft's source."""
    return Key(_below_function(account_id, function_id), "DRAFT_SOURCE#")


def of_version_source(account_id: str, function_id: str, version_id: str) -> Key:
    """Return the beginning of the keys of the parts of a version's source."""
    sk = f"{VERSION_SOURCE_PREFIX}{version_id}#"
    return Key(_below_function(account_id, function_id), sk)


def of_alias(account_id: str, function_id: str, name: str) -> Key:
    """Return the key of an alias."""
    return Key(_below_function(account_id, function_id), f"{ALIAS_PREFIX}{name}")


def of_shadow(account_id: str, function_id: str, name: str) -> Key:
    """Return the key of what the shadow of an alias found."""
    return Key(_below_function(account_id, function_id), f"{SHADOW_PREFIX}{name}")


def of_trigger(account_id: str, function_id: str, trigger_id: str) -> Key:
    """Return the key of a trigger."""
    return Key(_below_function(account_id, function_id), f"{TRIGGER_PREFIX}{trigger_id}")


def of_saved_call(account_id: str, function_id: str, name: str) -> Key:
    """Return the key of a saved call."""
    return Key(_below_function(account_id, function_id), f"{SAVED_CALL_PREFIX}{name}")


def of_approval(account_id: str, approval_id: str) -> Key:
    """Return the key of an approval."""
    return Key(of_account(account_id).pk, f"{APPROVAL_PREFIX}{approval_id}")


def of_asked_call(account_id: str, fingerprint: str) -> Key:
    """Return the key of the row that names the approval of a call, until that is used."""
    return Key(of_account(account_id).pk, f"ASKED#{fingerprint}")


def of_secret(account_id: str, function_id: str, name: str) -> Key:
    """Return the key of a secret of a function; of an account without ``function_id``."""
    pk = _below_function(account_id, function_id) if function_id else of_account(account_id).pk
    return Key(pk, f"{SECRET_PREFIX}{name}")


def of_source(arn: str) -> Key:
    """Return the key of the row that names the trigger of a queue, stream, topic or path."""
    return Key(f"SOURCE#{arn}", "TRIGGER")


def of_record(account_id: str, function_id: str, execution_id: str) -> Key:
    """Return the key of the record of an execution."""
    return Key(_below_function(account_id, function_id), f"{EXECUTION_PREFIX}{execution_id}")


def of_part(record: Key, digest: str, number: str) -> Key:
    """Return the key of a part of a record's payload; the digest of the whole names it."""
    execution_id = record.sk.removeprefix(EXECUTION_PREFIX)
    return Key(record.pk, f"{PART_PREFIX}{execution_id}#{digest}#{number}")


def of_claim(account_id: str, function_id: str, key_sha256: str) -> Key:
    """Return the key of an idempotency key."""
    return Key(_below_function(account_id, function_id), f"{CLAIM_PREFIX}{key_sha256}")


def of_revoked_token(token_id: str) -> Key:
    """Return the key of a token that was revoked."""
    return Key(f"TOKEN#{token_id}", "TOKEN")


def of_value(account_id: str, namespace: str, key: str) -> Key:
    """Return the key of a value of functions; a namespace has no ``#``."""
    return Key(f"KV#{account_id}#{namespace}", f"{VALUE_PREFIX}{key}")


def of_daily_count(account_id: str, count_id: str) -> Key:
    """Return the key of what a function executed on a day, by the id of the count."""
    return Key(f"DAYS#{account_id}", f"{DAILY_COUNT_PREFIX}{count_id}")


def of_budget_meter(account_id: str, name: str) -> Key:
    """Return the key of what an account used in a period, by the name of the period."""
    return Key(f"BUDGET#{account_id}", name)


def of_audit_entry(account_id: str, entry_id: str) -> Key:
    """Return the key of an entry of the audit of an account."""
    return Key(f"AUDIT#{account_id}", f"{AUDIT_ENTRY_PREFIX}{entry_id}")


def of_audit_usage(account_id: str) -> Key:
    """Return the key of the count of the entries of an account's audit."""
    return Key(of_audit_entry(account_id, "").pk, "USAGE")


def of_bucket(bucket: str) -> Key:
    """Return the key of a token bucket."""
    return Key(f"BUCKET#{bucket}", "BUCKET")


def of_usage(account_id: str) -> Key:
    """Return the key of the counts of what an account and all below it have stored."""
    return Key(of_account(account_id).pk, "USAGE")


def of_key_usage(account_id: str) -> Key:
    """Return the key of the count of the idempotency keys of an account and all below it."""
    return Key(of_account(account_id).pk, "USAGE#KEYS")


def of_approval_usage(account_id: str) -> Key:
    """Return the key of the count of the approvals of an account and all below it."""
    return Key(of_account(account_id).pk, "USAGE#APPROVALS")


def of_execution_usage(account_id: str) -> Key:
    """Return the key of the counts of what waits to be executed in an account and all below it."""
    return Key(of_account(account_id).pk, "USAGE#EXECUTIONS")


def of_value_usage(account_id: str) -> Key:
    """Return the key of the counts of the values of an account and all below it."""
    return Key(of_account(account_id).pk, "USAGE#KV")


def of_version_usage(account_id: str, function_id: str) -> Key:
    """Return the key of the count of a function's versions."""
    return Key(_below_function(account_id, function_id), "USAGE")


def of_saved_call_usage(account_id: str, function_id: str) -> Key:
    """Return the key of the count of a function's saved calls, and of their changes."""
    return Key(_below_function(account_id, function_id), "USAGE#CALLS")


def _below_function(account_id: str, function_id: str) -> str:
    return f"FUNCTION#{account_id}#{function_id}"
