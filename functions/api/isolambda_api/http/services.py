"""The use cases, and how an endpoint asks for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from isolambda_core.ports.catalog import Catalog
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.store import Changes
from isolambda_core.ports.triggers import EventSources
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.accounts.accounts import AccountService
from isolambda_core.services.accounts.api_keys import KeyService
from isolambda_core.services.accounts.rate_limits import RateLimiter
from isolambda_core.services.executions.admissions import AdmissionService
from isolambda_core.services.executions.budgets import BudgetService
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.executions.pivot_calls import CallService
from isolambda_core.services.executions.records import RecordService
from isolambda_core.services.functions.aliases import AliasService
from isolambda_core.services.functions.failures import FailureService
from isolambda_core.services.functions.functions import FunctionService
from isolambda_core.services.functions.source_checks import SourceCheckService
from isolambda_core.services.functions.versions import VersionService
from isolambda_core.services.triggers.events import EventService
from isolambda_core.services.triggers.triggers import TriggerService

if TYPE_CHECKING:
    from isolambda_api.http.readiness import Readiness
    from isolambda_core.ports.bearer_tokens import BearerTokens
    from isolambda_core.ports.shadows import ShadowRepository
    from isolambda_core.services.audit.audit import AuditService
    from isolambda_core.services.contracts.gate import AliasGate
    from isolambda_core.services.contracts.runs import SavedCallRunner
    from isolambda_core.services.contracts.saved_calls import SavedCallService
    from isolambda_core.services.executions.account_records import AccountRecordService
    from isolambda_core.services.executions.http_functions import HttpFunctionService
    from isolambda_core.services.executions.receipts import ReceiptService
    from isolambda_core.services.functions.live_functions import LiveFunctionService
    from isolambda_core.services.functions.tools import ToolService
    from isolambda_core.services.key_values.grants import KvGrants
    from isolambda_core.services.key_values.key_values import KeyValueService
    from isolambda_core.services.replays.replays import ReplayService
    from isolambda_core.services.secrets.secrets import SecretService
    from isolambda_core.services.tools.approvals import ApprovalService
    from isolambda_core.services.tools.calls import ToolCallService
    from isolambda_core.services.tools.code import CodeService
    from isolambda_core.services.tools.grants import ToolGrants
    from isolambda_core.services.tools.tasks import TaskService


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the API can do; a composition root puts it together.

    ``changes`` and ``admissions`` are None where the store does not say whether anything has
    changed. ``public_url`` is where it is reached from outside, None where only requests say it.
    ``function_hosts`` are left to functions: hosts, and ``*.`` for all below one.
    ``processes`` returns how many processes serve, this one among them; ``is_ending`` whether this
    one is about to end, and waits no longer. What HTTP functions need is made when a request first
    needs it.
    """

    catalog: Catalog
    access: AccessService
    accounts: AccountService
    keys: KeyService
    rates: RateLimiter
    functions: FunctionService
    live_functions: "LiveFunctionService"
    versions: VersionService
    aliases: AliasService
    shadow_reports: "ShadowRepository"
    alias_gate: "AliasGate"
    saved_calls: "SavedCallService"
    saved_call_runner: "SavedCallRunner"
    replays: "ReplayService"
    secrets: "SecretService"
    invocations: InvocationService
    calls: CallService
    records: RecordService
    account_records: "AccountRecordService"
    receipts: "ReceiptService"
    counts: DailyCountService
    budgets: BudgetService
    source_checks: SourceCheckService
    failures: FailureService
    triggers: TriggerService
    http_functions: Callable[[], "HttpFunctionService"]
    bearer_tokens: Callable[[], "BearerTokens"]
    tools: "ToolService"
    tool_grants: "ToolGrants"
    approvals: "ApprovalService"
    audit: "AuditService"
    tool_calls: "ToolCallService"
    code: "CodeService"
    tasks: "TaskService"
    sources: EventSources
    events: EventService
    key_values: "KeyValueService"
    kv_grants: "KvGrants"
    executor: Executor
    readiness: "Readiness"
    clock: Clock
    changes: Changes | None = None
    admissions: AdmissionService | None = None
    public_url: str | None = None
    function_hosts: Sequence[str] = ()
    processes: Callable[[], int] = lambda: 1
    is_ending: Callable[[], bool] = bool


def services_of(request: Request) -> Services:
    """Return the use cases of the app that a request came to."""
    return cast("Services", request.app.state.services)


async def _services(request: Request) -> Services:
    return services_of(request)


UseCases = Annotated[Services, Depends(_services)]
"""The use cases, as an endpoint asks for them."""
