"""What requests and responses of accounts hold."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel, patch_of
from isolambda_api.kazoo.schemas import (
    Closed,
    Gregorian,
    Id,
    Paged,
    ReadOnly,
    Success,
)
from isolambda_core.domain.accounts.accounts import ACCOUNT_SCHEMA


class AccountInput(TableModel):
    """An account as a client sends it; custom keys are kept as they are."""

    model_config = ConfigDict(extra="allow")
    table = ACCOUNT_SCHEMA


class AccountPatch(TableModel):
    """Some keys of an account; `null` removes a key, objects are merged."""

    model_config = ConfigDict(extra="allow")
    table = patch_of(
        ACCOUNT_SCHEMA, removable=("enabled", "quotas", "net", "budget", "budget_callback")
    )


class AccountDocument(AccountInput):
    """An account as the server keeps it."""

    id: Id
    created: Gregorian
    read_only: Annotated[ReadOnly | None, Field(alias="_read_only")] = None


class AccountSummary(Closed):
    """An account in a list."""

    id: Id
    name: str


class AccountRequest(BaseModel):
    """A whole account in Kazoo's envelope."""

    data: AccountInput


class AccountPatchRequest(BaseModel):
    """A part of an account in Kazoo's envelope."""

    data: AccountPatch


class AccountResponse(Success):
    """One account."""

    data: AccountDocument


class AccountListResponse(Paged):
    """A page of accounts."""

    data: list[AccountSummary]


class UsageOfQuota(Closed):
    """A quota of an account."""

    limit: Annotated[int, Field(ge=0, description="What there may be at most.")]
    used: Annotated[int, Field(ge=0, description="What there is.")]


class UsedOfBudget(Closed):
    """What is used of a budget in the period that is now."""

    value: Annotated[float, Field(ge=0, description="What may be used.")]
    used: Annotated[
        float, Field(description="What is used, or lent to a process that may still use it.")
    ]
    ends_at: Annotated[str, Field(description="When the period ends; RFC 3339.")] = ""


class BudgetUsage(Closed):
    """A budget by period."""

    day: UsedOfBudget | None = None
    month: UsedOfBudget | None = None
    most: UsedOfBudget | None = None


class BudgetsUsage(Closed):
    """The budget of an account, with all accounts below it."""

    executions: BudgetUsage | None = None
    cpu_ms: BudgetUsage | None = None
    fetch_bytes: BudgetUsage | None = None
    stored_bytes: BudgetUsage | None = None


class AccountUsage(Closed):
    """What an account may have and has, with all accounts below it."""

    functions: UsageOfQuota
    accounts: UsageOfQuota
    triggers: UsageOfQuota
    event_triggers: UsageOfQuota
    bucket_triggers: UsageOfQuota
    idempotency_keys: UsageOfQuota
    approvals: UsageOfQuota
    waiting_executions: UsageOfQuota
    record_bytes: UsageOfQuota
    kv_items: UsageOfQuota
    kv_bytes: UsageOfQuota
    budget: BudgetsUsage | None = None


class DailyCount(Closed):
    """What a function executed on a day, or all functions of the account together."""

    day: Annotated[date, Field(description="In UTC.")]
    function_id: Annotated[
        Id, Field(description="The function, which may be deleted; absent in sums.")
    ] = ""
    executions: Annotated[
        int, Field(ge=0, description="Those that ended; each attempt of one counts.")
    ]
    failures: Annotated[int, Field(ge=0, description="Those whose outcome was not `ok`.")]
    cpu_ms: Annotated[float, Field(ge=0, description="The processor time of all of them.")]


class AccountUsageResponse(Paged):
    """The usage of one account: of its quotas, or a page of what it executed."""

    data: AccountUsage | list[DailyCount]


BODIES = {
    "create_account": Bodies(AccountResponse, AccountRequest),
    "create_child_account": Bodies(AccountResponse, AccountRequest),
    "fetch_account": Bodies(AccountResponse),
    "change_account": Bodies(AccountResponse, AccountRequest),
    "patch_account": Bodies(AccountResponse, AccountPatchRequest, required=False),
    "remove_account": Bodies(AccountResponse),
    "show_usage": Bodies(AccountUsageResponse),
    "list_children": Bodies(AccountListResponse),
}
"""By the name of the route."""
