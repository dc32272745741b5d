"""How the use cases are put together, whatever store and executor they stand on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from isolambda_api.http.services import Services
from isolambda_core.adapters.jwt_tokens import JwtSigner
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.late import late
from isolambda_core.domain.limits import JWKS_BYTES, JWKS_FETCH_S
from isolambda_core.ports.accounts import (
    InstallationSecret,
    RateLimitRepository,
)
from isolambda_core.ports.blocking import Blocking, directly
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.counts import Counts, MemoryCounts
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.queues import ExecutionQueue
from isolambda_core.ports.store import Changes, Store
from isolambda_core.ports.triggers import EventSources
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.accounts.accounts import open_accounts
from isolambda_core.services.accounts.rate_limits import RateLimiter
from isolambda_core.services.accounts.tenants import Tenants
from isolambda_core.services.executions.admissions import AdmissionService
from isolambda_core.services.executions.budgets import (
    BudgetedExecutor,
    BudgetService,
    open_budgets,
)
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_core.services.executions.execution import ExecutionService, open_executions
from isolambda_core.services.executions.idempotency import IdempotencyService
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.executions.pivot_calls import CallService
from isolambda_core.services.executions.records import RecordService
from isolambda_core.services.functions.aliases import AliasService
from isolambda_core.services.functions.failures import FailureService
from isolambda_core.services.functions.source_checks import SourceCheckService
from isolambda_core.services.functions.versions import VersionService
from isolambda_core.services.triggers.events import open_events
from isolambda_core.services.triggers.reconciler import open_reconciler
from isolambda_core.services.triggers.triggers import open_triggers

if TYPE_CHECKING:
    from isolambda_api.http.readiness import Checks, Readiness
    from isolambda_core.adapters.aes_gcm import AesGcmSealer
    from isolambda_core.ports.bearer_tokens import BearerTokens
    from isolambda_core.ports.schemas import SchemaChecker
    from isolambda_core.ports.secrets import Sealer
    from isolambda_core.ports.shadows import ShadowQueue
    from isolambda_core.services.audit.audit import AuditService
    from isolambda_core.services.contracts.gate import AliasGate
    from isolambda_core.services.contracts.runs import SavedCallRunner
    from isolambda_core.services.contracts.saved_calls import SavedCallService
    from isolambda_core.services.executions.account_records import AccountRecordService
    from isolambda_core.services.executions.http_functions import HttpFunctionService
    from isolambda_core.services.executions.observed_executions import (
        ObserveExecution,
        ObserveFallback,
    )
    from isolambda_core.services.executions.receipts import ReceiptService
    from isolambda_core.services.functions.live_functions import LiveFunctionService
    from isolambda_core.services.functions.tools import ToolService
    from isolambda_core.services.key_values.grants import KvGrants
    from isolambda_core.services.key_values.key_values import KeyValueService
    from isolambda_core.services.replays.replays import ReplayService
    from isolambda_core.services.shadows.intake import ShadowIntake
    from isolambda_core.services.tools.approvals import ApprovalService
    from isolambda_core.services.tools.calls import ToolCallService
    from isolambda_core.services.tools.code import CodeService
    from isolambda_core.services.tools.grants import ToolGrants
    from isolambda_core.services.tools.tasks import TaskService


def compose(  # noqa: PLR0913 - everything that differs between AWS and one machine
    store: Store,
    secret: InstallationSecret,
    clock: Clock,
    *,
    executor: Executor,
    call_executor: Executor,
    many_executor: Executor | None = None,
    queue: ExecutionQueue,
    sources: EventSources,
    rate_limits: RateLimitRepository | None,
    size: RateLimit,
    budget: RateLimitRepository | None = None,
    changes: Changes | None = None,
    blocking: Blocking = directly,
    private_callbacks: bool = False,
    public_url: str | None = None,
    function_hosts: Sequence[str] = (),
    processes: Callable[[], int] = lambda: 1,
    waits: Counts | None = None,
    is_ending: Callable[[], bool] = bool,
    own_url: str = "",
    counts: DailyCountService | None = None,
    budgets: BudgetService | None = None,
    shadow_queue: "ShadowQueue | None" = None,
    checks: Callable[[], "Checks"] = dict,
    observers: "tuple[ObserveExecution, ...]" = (),
    observe_fallback: "ObserveFallback | None" = None,
    open_sealer: "Callable[[], Sealer] | None" = None,
) -> Services:
    """Return everything the API can do.

    ``call_executor`` is the executor for calls, and to compile sources, which gives up after
    ``limits.CALL_TIMEOUT_S``; ``many_executor`` is the one for many executions of one request, by
    default ``executor``; without ``rate_limits`` no requests are counted; ``budget`` counts the
    calls of tools by an execution with those below it, and without it each counts its own;
    ``changes`` counts those of the store; ``blocking`` calls the store from the event loop; with
    ``private_callbacks`` callbacks may go anywhere; ``public_url`` is where the service is reached
    from outside, if the operator sets it; ``function_hosts`` are left to functions;
    ``processes`` returns how many processes serve; ``waits`` counts the requests that wait for an
    idempotency key or for logs, by default in this process; ``is_ending`` returns whether the
    server is about to end;
    ``own_url`` is where an executor without a store reaches this API, empty where it has one;
    ``counts`` and ``budgets`` are those of the process, by default of what this API executes alone;
    ``shadow_queue`` has what is to be repeated on shadows, by default nothing;
    ``checks`` returns what is checked of readiness besides the store; ``observers`` are called with
    each execution that ends, and ``observe_fallback`` as in ``open_executions``; ``open_sealer``
    returns what seals secrets, by default under the key that derives from ``secret``.
    """
    reconciler = open_reconciler(store, sources, queue, clock)
    triggers = open_triggers(store, sources, reconciler, secret, clock)
    schemas = late(_open_schemas)
    accounts = replace(
        open_accounts(store, secret, schemas, clock, triggers), private_callbacks=private_callbacks
    )
    failures = FailureService(store.records, store.functions, clock)
    grants = late(partial(_open_grants, secret, clock, own_url))
    sealer = late(open_sealer or partial(_open_sealer, secret))
    tool_grants = late(partial(_open_tool_grants, secret, clock, own_url))
    executions = open_executions(
        store,
        sealer,
        schemas,
        clock,
        grants,
        tool_grants,
        observers,
        observe_fallback=observe_fallback,
    )
    tools = late(partial(_open_tools, store, executions))
    approvals = late(partial(_open_approvals, store, executions, clock))
    counts = counts or DailyCountService(store.daily_counts, clock)
    records = RecordService(store.records, store.functions, failures)
    waits = waits or MemoryCounts()
    tenant_of = Tenants(store.accounts).of
    source_checks = SourceCheckService(call_executor, executor, tenant_of)
    budgets = budgets or open_budgets(store, queue, clock)
    within = partial(BudgetedExecutor, budgets=budgets, blocking=blocking)
    many = within(many_executor or executor)
    idempotency = IdempotencyService(
        store.idempotency_records,
        records,
        tenant_of,
        blocking,
        clock,
        waiting=waits,
    )
    access = AccessService(
        store.accounts,
        store.api_keys,
        store.revoked_tokens,
        JwtSigner(secret),
        clock,
        budgets.note,
    )
    shadows = late(partial(_open_shadows, shadow_queue, records, blocking, clock))
    account_records = late(partial(_open_account_records, store, blocking, clock, waits))
    invocations = InvocationService(
        executions,
        within(executor),
        blocking,
        records,
        counts,
        idempotency,
        queue,
        clock,
        private_callbacks,
        budgets,
        shadows,
    )
    aliases = AliasService(store.functions, store.aliases, clock)
    runner = late(partial(_open_runner, store, invocations, schemas, many))
    return Services(
        catalog=store.catalog,
        access=access,
        accounts=accounts,
        keys=accounts.api_keys,
        rates=RateLimiter(rate_limits, size, clock),
        functions=accounts.functions,
        live_functions=late(partial(_open_live_functions, store)),
        versions=VersionService(store.functions, store.versions, source_checks, clock),
        aliases=aliases,
        shadow_reports=store.shadows,
        alias_gate=late(partial(_open_gate, aliases, store, runner, blocking)),
        saved_calls=late(partial(_open_saved_calls, store, schemas, clock)),
        saved_call_runner=runner,
        replays=late(partial(_open_replays, invocations, records, many)),
        secrets=executions.secrets,
        invocations=invocations,
        calls=CallService(
            executions, within(call_executor), blocking, records, counts, clock, shadows
        ),
        records=records,
        account_records=account_records,
        receipts=late(partial(_open_receipts, records, secret, public_url)),
        counts=counts,
        budgets=budgets,
        source_checks=source_checks,
        failures=failures,
        triggers=triggers,
        http_functions=cache(partial(_open_http_functions, store, invocations, changes)),
        bearer_tokens=cache(
            partial(_open_bearer_tokens, blocking, clock, private=private_callbacks)
        ),
        tools=tools,
        tool_grants=tool_grants,
        approvals=approvals,
        audit=late(partial(_open_audit, store, clock)),
        tool_calls=late(
            partial(_open_tool_calls, tools, access, invocations, approvals, budget, changes)
        ),
        code=late(partial(_open_code, invocations, tool_grants, observers)),
        tasks=late(partial(_open_tasks, records, account_records, secret, invocations, waits)),
        sources=sources,
        events=open_events(store, executions, queue, clock),
        key_values=late(partial(_open_key_values, store, clock)),
        kv_grants=grants,
        executor=executor,
        readiness=late(partial(_open_readiness, store, checks)),
        clock=clock,
        changes=changes,
        admissions=None
        if changes is None
        else AdmissionService(access, executions, changes, blocking, clock),
        public_url=public_url,
        function_hosts=function_hosts,
        processes=processes,
        is_ending=is_ending,
    )


# A cold start does without what few executions need.


def _open_http_functions(
    store: Store, invocations: InvocationService, changes: Changes | None
) -> "HttpFunctionService":
    from isolambda_core.services.executions.http_functions import (  # noqa: PLC0415 - see above
        open_http_functions,
    )

    return open_http_functions(store, invocations, changes)


def _open_tools(store: Store, executions: ExecutionService) -> "ToolService":
    from isolambda_core.services.functions.tools import ToolService  # noqa: PLC0415 - see above

    return ToolService(store.functions, executions)


def _open_tool_grants(secret: InstallationSecret, clock: Clock, url: str) -> "ToolGrants":
    from isolambda_core.services.tools.grants import ToolGrants  # noqa: PLC0415 - see above

    return ToolGrants(secret, clock, url)


def _open_tool_calls(
    tools: "ToolService",
    access: AccessService,
    invocations: InvocationService,
    approvals: "ApprovalService",
    budget: RateLimitRepository | None,
    changes: Changes | None,
) -> "ToolCallService":
    from isolambda_core.services.tools.calls import open_tool_calls  # noqa: PLC0415 - see above

    return open_tool_calls(tools, access, invocations, approvals, budget, changes)


def _open_approvals(store: Store, executions: ExecutionService, clock: Clock) -> "ApprovalService":
    from isolambda_core.services.tools.approvals import ApprovalService  # noqa: PLC0415 - see above

    return ApprovalService(store.approvals, executions, clock)


def _open_audit(store: Store, clock: Clock) -> "AuditService":
    from isolambda_core.services.audit.audit import AuditService  # noqa: PLC0415 - see above

    return AuditService(store.audit, clock)


def _open_code(
    invocations: InvocationService,
    grants: "ToolGrants",
    observers: "tuple[ObserveExecution, ...]",
) -> "CodeService":
    from isolambda_core.services.tools.code import CodeService  # noqa: PLC0415 - see above

    of = invocations
    return CodeService(of.executor, grants, of.counts, of.blocking, of.clock, observers)


def _open_tasks(
    records: RecordService,
    account_records: "AccountRecordService",
    secret: InstallationSecret,
    invocations: InvocationService,
    waits: Counts,
) -> "TaskService":
    from isolambda_core.services.tools.tasks import TaskService  # noqa: PLC0415 - see above

    of = invocations
    return TaskService(records, account_records, secret, of.blocking, of.clock, waiting=waits)


def _open_account_records(
    store: Store, blocking: Blocking, clock: Clock, waits: Counts
) -> "AccountRecordService":
    from isolambda_core.services.executions.account_records import (  # noqa: PLC0415 - see above
        AccountRecordService,
    )

    return AccountRecordService(store.records, blocking, clock, waiting=waits)


def _open_receipts(
    records: RecordService, secret: InstallationSecret, public_url: str | None
) -> "ReceiptService":
    from isolambda_core.adapters.receipt_signer import (  # noqa: PLC0415 - see above
        Ed25519ReceiptSigner,
    )
    from isolambda_core.services.executions.receipts import ReceiptService  # noqa: PLC0415

    return ReceiptService(records, Ed25519ReceiptSigner(secret), public_url)


def _open_live_functions(store: Store) -> "LiveFunctionService":
    from isolambda_core.services.functions.live_functions import (  # noqa: PLC0415 - see above
        LiveFunctionService,
    )

    return LiveFunctionService(store.functions, store.versions, store.aliases)


def _open_schemas() -> "SchemaChecker":
    from isolambda_core.adapters.json_schemas import JsonSchemaChecker  # noqa: PLC0415 - see above

    return JsonSchemaChecker()


def _open_saved_calls(store: Store, schemas: "SchemaChecker", clock: Clock) -> "SavedCallService":
    from isolambda_core.services.contracts.saved_calls import (  # noqa: PLC0415 - see above
        SavedCallService,
    )

    return SavedCallService(store.functions, store.saved_calls, schemas, clock)


def _open_runner(
    store: Store, invocations: InvocationService, schemas: "SchemaChecker", executor: Executor
) -> "SavedCallRunner":
    from isolambda_core.services.contracts.runs import (  # noqa: PLC0415 - see above
        SavedCallRunner,
    )

    return SavedCallRunner(store.saved_calls, replace(invocations, executor=executor), schemas)


def _open_replays(
    invocations: InvocationService, records: RecordService, executor: Executor
) -> "ReplayService":
    from isolambda_core.services.replays.comparer import Comparer  # noqa: PLC0415 - see above
    from isolambda_core.services.replays.replays import ReplayService  # noqa: PLC0415 - see above

    return ReplayService(Comparer(replace(invocations, executor=executor)), records)


def _open_gate(
    aliases: AliasService, store: Store, runner: "SavedCallRunner", blocking: Blocking
) -> "AliasGate":
    from isolambda_core.services.contracts.gate import AliasGate  # noqa: PLC0415 - see above

    return AliasGate(aliases, store.versions, runner, blocking)


def _open_shadows(
    queue: "ShadowQueue | None", records: RecordService, blocking: Blocking, clock: Clock
) -> "ShadowIntake":
    from isolambda_core.ports.shadows import NoShadows  # noqa: PLC0415 - see above
    from isolambda_core.services.shadows.intake import ShadowIntake  # noqa: PLC0415 - see above

    return ShadowIntake(queue or NoShadows(), records, blocking, clock)


def _open_readiness(store: Store, checks: Callable[[], "Checks"]) -> "Readiness":
    from isolambda_api.http.readiness import Check, Readiness  # noqa: PLC0415 - see above

    def store_writable() -> Check:
        store.require_writable()
        return Check(ok=True)

    # Last, as it may wait for others that write.
    return Readiness({**checks(), "store_writable": store_writable})


def _open_sealer(secret: InstallationSecret) -> "AesGcmSealer":
    from isolambda_core.adapters.aes_gcm import AesGcmSealer  # noqa: PLC0415 - see above

    return AesGcmSealer(secret)


def _open_grants(secret: InstallationSecret, clock: Clock, url: str) -> "KvGrants":
    from isolambda_core.services.key_values.grants import KvGrants  # noqa: PLC0415 - see above

    return KvGrants(secret, clock, url)


def _open_key_values(store: Store, clock: Clock) -> "KeyValueService":
    from isolambda_core.services.key_values.key_values import (  # noqa: PLC0415 - see above
        KeyValueService,
    )

    return KeyValueService(store.key_values, clock)


def _open_bearer_tokens(blocking: Blocking, clock: Clock, *, private: bool) -> "BearerTokens":
    from isolambda_core.adapters.bearer_tokens import JwksBearerTokens  # noqa: PLC0415 - see above
    from isolambda_core.adapters.http_documents import HttpsDocuments  # noqa: PLC0415 - see above

    fetcher = HttpsDocuments(JWKS_BYTES, JWKS_FETCH_S, private=private)
    return JwksBearerTokens(fetcher, blocking, clock)
