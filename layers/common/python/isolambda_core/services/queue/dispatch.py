"""Perform queued executions: attempt and retry them, and then send their callbacks.

A message may come twice, or after its execution ended; the record says what is left to be done,
and each write of it is conditional, so that of two that perform the same one goes on.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from isolambda_core.domain.accounts.errors import AccountDisabledError
from isolambda_core.domain.correlation import correlate
from isolambda_core.domain.errors import (
    NotFoundError,
    RevisionConflictError,
    StoreUnavailableError,
    kind_of,
)
from isolambda_core.domain.executions.daily_counts import DailyCount
from isolambda_core.domain.executions.errors import (
    BudgetExhaustedError,
    CallbackFailedError,
    ContextTooLargeError,
    ExecutionNotFoundError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    InputNotAcceptedError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import (
    Callback,
    CallbackStatus,
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.functions.errors import FunctionDisabledError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.late import late
from isolambda_core.domain.limits import (
    BUDGET_RETRY_S,
    CALLBACK_ATTEMPTS,
    CALLBACK_RETRY_AFTER_S,
    QUEUED_S,
    RETRY_AFTER_S,
    RETRY_AFTER_S_MAX,
)
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedBudgetCallback,
    QueuedExecution,
    Retry,
    SendToCallbacks,
    SendToDlq,
)
from isolambda_core.domain.secrets.errors import UnusableSecretError
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_core.ports.accounts import (
    AccountRepository,
    InstallationSecret,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import (
    Callbacks,
    Executor,
)
from isolambda_core.ports.shadows import NoShadows, ShadowQueue
from isolambda_core.ports.store import Store
from isolambda_core.services.executions.budgets import BudgetedExecutor, BudgetService
from isolambda_core.services.executions.callbacks import CallbackService
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_core.services.executions.execution import (
    ExecutionService,
    Resolved,
    open_executions,
)
from isolambda_core.services.executions.records import RecordService
from isolambda_core.services.functions.failures import FailureService
from isolambda_core.services.triggers.failures import TriggerFailureService

if TYPE_CHECKING:
    from isolambda_core.ports.schemas import SchemaChecker
    from isolambda_core.ports.secrets import Sealer
    from isolambda_core.services.accounts.budget_callbacks import BudgetCallbackService
    from isolambda_core.services.executions.observed_executions import ObserveExecution
    from isolambda_core.services.key_values.grants import KvGrants

_RETRIED = (Outcome.EXCEPTION, Outcome.INTERNAL_ERROR)
"""What may end otherwise another time; a limit that was exceeded will be again."""
_NEVER_AGAIN = (
    NotFoundError,
    AccountDisabledError,
    FunctionDisabledError,
    UnusableSecretError,
    PayloadTooLargeError,
    InputNotAcceptedError,
    ContextTooLargeError,
)
"""Why something can no longer be executed that could be when it was asked for."""
_NO_EXECUTOR = ("ExecutionExpired", "no executor in time")
_UNRECORDED_MS = 60_000
"""How long a message waits for its record, which is written right after it was sent."""
_SOON_S, _SOON_S_MAX = 0.01, 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DispatchService:
    """Performs queued executions, one for each message.

    What the shadow of an alias is to repeat is handed to ``shadows`` when it has ended.

    An attempt that began less than ``lease_s`` ago may still run in another process; 0 means that
    no other process performs executions.
    """

    executions: ExecutionService
    executor: Executor
    accounts: AccountRepository
    records: RecordService
    counts: DailyCountService
    failures: FailureService
    trigger_failures: TriggerFailureService
    callbacks: CallbackService
    budget_callbacks: "BudgetCallbackService"
    clock: Clock
    lease_s: float
    budgets: BudgetService
    shadows: ShadowQueue

    def perform(
        self, message: QueuedExecution | QueuedBudgetCallback, received: int
    ) -> Disposition:
        """Attempt an execution; ``received`` counts the deliveries of the message, from 1.

        A callback is left to :meth:`call_back`, since its receiver may take long to answer. Nothing
        that the store, the executor or a function may do makes it raise. The message of
        a budget is all callback.
        """
        if isinstance(message, QueuedBudgetCallback):
            return SendToCallbacks()

        def attempt(record: ExecutionRecord, contents: ExecutionPayload) -> Disposition:
            if record.has_ended:
                return _after(record)
            return self._attempt(message, record, contents, received)

        return self._with_record(message, received, attempt)

    def call_back(
        self, message: QueuedExecution | QueuedBudgetCallback, received: int
    ) -> Disposition:
        """Send the callback of an execution that has ended, or of a budget; see :meth:`perform`."""
        if isinstance(message, QueuedBudgetCallback):
            return self.budget_callbacks.call_back(message, received)

        def call_back(record: ExecutionRecord, contents: ExecutionPayload) -> Disposition:
            # Redriven in the meantime, it has a message of its own again.
            return self._call_back(record, contents) if record.has_ended else Acknowledge()

        return self._with_record(message, received, call_back)

    def _with_record(
        self,
        message: QueuedExecution,
        received: int,
        act: Callable[[ExecutionRecord, ExecutionPayload], Disposition],
    ) -> Disposition:
        try:
            record, contents = self.records.get_whole(
                message.account_id, message.function_id, message.execution_id
            )
            correlate(record.request_id)
            return act(record, contents)
        except ExecutionNotFoundError:
            age_ms = self.clock.now_ms() - message.sent_at_ms
            if age_ms <= _UNRECORDED_MS:
                return _soon(received)
            _log_of(message.execution_id, "given up", "it has no record", logging.WARNING)
            return Acknowledge()
        except (StoreUnavailableError, RevisionConflictError) as error:
            # Of two processes that perform it one goes on.
            _log_of(message.execution_id, "put off", kind_of(error))
            return _soon(received)

    def _attempt(
        self,
        message: QueuedExecution,
        record: ExecutionRecord,
        contents: ExecutionPayload,
        received: int,
    ) -> Disposition:
        now_ms = self.clock.now_ms()
        may_wait = now_ms - message.sent_at_ms <= QUEUED_S * 1000
        other = self._instead(record, now_ms, came_again=received > 1 and may_wait)
        if other is not None:
            return other
        running = self.records.update(record.begun(now_ms))
        try:
            resolved, result, count = self._run(running, contents)
        except (ExecutorBusyError, ExecutorUnavailableError) as error:
            refused = error if isinstance(error, BudgetExhaustedError) else None
            if may_wait:
                self.records.update(running.put_back())
                _log_of(record.execution_id, "put off", kind_of(error))
                return _soon(received) if refused is None else _after_budget(refused)
            if refused is not None:
                return self._give_up(running, "BudgetExhausted", str(refused))
            resolved, result, count = None, _unable(running, *_NO_EXECUTOR), None
        if resolved is not None:
            # What is at fault is what was executed just now, and not what it was when it was asked.
            running = replace(running, draft_revision=resolved.function.revision)
            if _is_worth_another(result, running, resolved.function):
                waiting = self._write(running.to_be_retried(result), result, count)
                _log_of(record.execution_id, "to be attempted again", result.outcome.value)
                return Retry(_backoff_s(waiting.attempts))
        return self._end(running, replace(contents, result=result), result, resolved, count)

    def _instead(
        self, record: ExecutionRecord, now_ms: int, *, came_again: bool
    ) -> Disposition | None:
        """Return what becomes of an execution that is not to be attempted now, if it is not."""
        if record.status is Status.RUNNING and record.began_at_ms is not None:
            left_s = self.lease_s - (now_ms - record.began_at_ms) / 1000
            if left_s > 0:
                return Retry(left_s)
        if record.give_up_at_ms is not None and now_ms > record.give_up_at_ms:
            message = "the event is older than maximum_age_s"
            return self._give_up(record, "ExecutionExpired", message)
        if came_again and record.status is not Status.RUNNING:
            try:
                self.budgets.require(record.account_id)
            except BudgetExhaustedError as error:  # it is not written each time that it waits
                return _after_budget(error)
        return None

    def _give_up(self, record: ExecutionRecord, name: str, message: str) -> Disposition:
        """End what was not executed, which is no failure of its function or its trigger."""
        result = _unable(record, name, message)
        _log_of(record.execution_id, "given up", name, logging.WARNING)
        return _after(self.records.update(record.ended(result, self.clock.now_ms()), result))

    def _end(
        self,
        record: ExecutionRecord,
        payload: ExecutionPayload,
        result: ExecutionResult,
        resolved: Resolved | None,
        count: DailyCount | None,
    ) -> Disposition:
        ended = self._write(record.ended(result, self.clock.now_ms()), result, count)
        if ended.status is Status.FAILED:
            reason = result.outcome.value
            if resolved is None and result.error is not None:
                reason = result.error.name
            _log_of(record.execution_id, "failed for good", reason, logging.WARNING)
        if resolved is not None:
            self.failures.note(resolved.function, ended)
            if resolved.shadow is not None:
                self._shadow(Shadowed(resolved.shadow, ended, payload, is_recorded=True))
        self.trigger_failures.note(ended)
        return _after(ended)

    def _shadow(self, shadowed: Shadowed) -> None:
        added = self.shadows.begin(shadowed)
        if added is not None:
            added()

    def _write(
        self, record: ExecutionRecord, result: ExecutionResult, count: DailyCount | None
    ) -> ExecutionRecord:
        """Write how an attempt ended; one that ended for nothing was executed, and counts."""
        try:
            return self.records.update(record, result, count)
        except RevisionConflictError:
            if count is not None:
                self.counts.counts.add([count])
            raise

    def _run(
        self, record: ExecutionRecord, contents: ExecutionPayload
    ) -> tuple[Resolved | None, ExecutionResult, DailyCount | None]:
        """Execute; an execution that has become impossible fails for good.

        Returns what is to be counted with the record, where the store does that.
        """
        invocation = Invocation(
            record.account_id,
            record.function_id,
            contents.input,
            qualifier=record.version,
            origin=replace(
                contents.origin,
                trigger=record.trigger,
                request_id=record.request_id,
                trigger_id=record.trigger_id,
                event_id=record.event_id,
            ),
            as_callflow=record.as_callflow,
        )
        try:
            account = self.accounts.get(record.account_id)
            if not account.enabled:
                raise AccountDisabledError(record.account_id)
            self.budgets.note(account)
            invocation = replace(invocation, tenant=account.tenant)
            resolved = self.executions.resolve_queued(invocation, record.qualifier)
            request = self.executions.prepare(invocation, resolved, record.execution_id)
            executed = self.executor.execute(request)
        except _NEVER_AGAIN as error:
            name = type(error).__name__.removesuffix("Error")
            return None, _unable(record, name, str(error)), None
        result = self.executions.conclude(invocation, resolved, executed)
        result = replace(result, source_sha256=resolved.source_sha256)
        if self.records.records.adds_counts:
            return resolved, result, self.counts.count_of(invocation, result)
        if self.counts.add(invocation, result):
            self.counts.flush()
        return resolved, result, None

    def _call_back(self, record: ExecutionRecord, contents: ExecutionPayload) -> Disposition:
        callback = record.callback
        if callback is None or callback.status is not CallbackStatus.PENDING:
            return _last(record)
        attempts, reason = callback.attempts + 1, None
        try:
            self.callbacks.tell(record, contents.result, callback.url)
        except CallbackFailedError as error:
            reason = str(error)
            given_up = attempts >= CALLBACK_ATTEMPTS
            status = CallbackStatus.FAILED if given_up else CallbackStatus.PENDING
            what = "its callback failed" + (" for good" if given_up else "")
            _log_of(record.execution_id, what, reason, logging.WARNING)
        else:
            status = CallbackStatus.DELIVERED
            _log_of(record.execution_id, "its callback was delivered", f"attempt {attempts}")
        self.records.update(record.called_back(Callback(callback.url, status, attempts, reason)))
        if status is callback.status:
            return Retry(CALLBACK_RETRY_AFTER_S * 5.0 ** (attempts - 1))
        return _last(record)


def open_dispatch(  # noqa: PLR0913, PLR0917 - everything that differs between AWS and one machine
    store: Store,
    secret: InstallationSecret,
    sealer: "Sealer",
    schemas: "SchemaChecker",
    clock: Clock,
    executor: Executor,
    callbacks: Callbacks,
    trigger_failures: TriggerFailureService,
    *,
    lease_s: float,
    budgets: BudgetService,
    grants: "KvGrants | None" = None,
    counts: DailyCountService | None = None,
    observers: "tuple[ObserveExecution, ...]" = (),
    shadows: ShadowQueue | None = None,
) -> DispatchService:
    """Return the service on a store and an executor; see :class:`DispatchService`.

    ``budgets`` and ``counts`` are those of the process; the counts are by default of these
    executions alone. ``grants`` is as in ``ExecutionService``, and ``observers`` are as for
    ``open_executions``. ``shadows`` has what is to be repeated, by default nothing.
    """
    failures = FailureService(store.records, store.functions, clock)
    return DispatchService(
        open_executions(store, sealer, schemas, clock, grants, observers=observers),
        BudgetedExecutor(executor, budgets),
        store.accounts,
        RecordService(store.records, store.functions, failures),
        counts or DailyCountService(store.daily_counts, clock),
        failures,
        trigger_failures,
        CallbackService(callbacks, secret, clock),
        late(partial(_open_budget_callbacks, store, secret, clock, callbacks)),
        clock,
        lease_s,
        budgets,
        shadows or NoShadows(),
    )


def _log_of(execution_id: str, what: str, reason: str, level: int = logging.INFO) -> None:
    line = {"execution_id": execution_id, "reason": reason}
    _log.log(level, f"%(execution_id)s: {what}: %(reason)s", line, extra=line)


def _open_budget_callbacks(
    store: Store, secret: InstallationSecret, clock: Clock, callbacks: Callbacks
) -> "BudgetCallbackService":
    # Few accounts have a budget, and a cold start does without their callbacks.
    from isolambda_core.services.accounts.budget_callbacks import (  # noqa: PLC0415
        BudgetCallbackService,
    )

    return BudgetCallbackService(store.accounts, store.budgets, callbacks, secret, clock)


def _after(record: ExecutionRecord) -> Disposition:
    """Return what is left to do once an execution has ended."""
    callback = record.callback
    if callback is not None and callback.status is CallbackStatus.PENDING:
        return SendToCallbacks()
    return _last(record)


def _last(record: ExecutionRecord) -> Disposition:
    has_failed = record.status is Status.FAILED and not record.is_cancelled
    return SendToDlq() if has_failed else Acknowledge()


def _is_worth_another(result: ExecutionResult, record: ExecutionRecord, function: Function) -> bool:
    return result.outcome in _RETRIED and record.attempts + 1 < function.attempts


def _unable(record: ExecutionRecord, name: str, message: str) -> ExecutionResult:
    error = ExecutionError(name, message)
    return ExecutionResult(record.execution_id, Outcome.INTERNAL_ERROR, error=error)


def _backoff_s(attempts: int) -> float:
    return float(min(RETRY_AFTER_S * 2 ** (attempts - 1), RETRY_AFTER_S_MAX))


def _after_budget(error: BudgetExhaustedError) -> Disposition:
    """Look again when the period ends, or sooner: an account above may raise the budget."""
    return Retry(float(min(error.retry_after_s, BUDGET_RETRY_S)))


def _soon(received: int) -> Disposition:
    return Retry(min(_SOON_S * 2 ** min(received, 16), _SOON_S_MAX))
