"""Answer requests: execute the function that has the path, and take what it returned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import ExecutionResult, Origin, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.errors import FunctionDisabledError, QualifierNotFoundError
from isolambda_core.domain.functions.functions import LATEST, Function
from isolambda_core.domain.functions.versions import number_of
from isolambda_core.domain.http_answers import (
    HOP_BY_HOP,
    HttpAnswer,
    InvalidAnswerError,
    answer_of,
    answer_of_fallback,
)
from isolambda_core.domain.http_hosts import is_one_of
from isolambda_core.domain.secrets.errors import UnusableSecretError
from isolambda_core.domain.triggers.errors import TriggerNotFoundError
from isolambda_core.domain.triggers.triggers import Trigger, TriggerType
from isolambda_core.domain.triggers.types.http import auth_of, cors_of, methods_of, withheld_of
from isolambda_core.ports.accounts import AccountRepository
from isolambda_core.ports.functions import FunctionRepository
from isolambda_core.ports.store import Changes, Store
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.executions.admissions import Remembered
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.executions.invocations import InvocationService


class HttpExecutionFailedError(IsolambdaError):
    """The execution that was to answer failed, as ``result`` says, and there is no fallback."""

    def __init__(self, result: ExecutionResult) -> None:
        super().__init__(f"the function has not answered: {result.outcome}")
        self.result = result


class NoHttpAnswerError(IsolambdaError):
    """The execution ``execution_id`` returned what is no answer, and there is no fallback."""

    def __init__(self, execution_id: str, cause: str) -> None:
        super().__init__(cause)
        self.execution_id = execution_id


@dataclass(frozen=True)
class HttpFunction:
    """The function that has a path or a host: its trigger, its account, and its draft.

    ``resolved`` is what runs, None where an alias decides that for each request. What the trigger
    says of its requests is made out once for all of them.
    """

    trigger: Trigger
    account: Account
    function: Function
    resolved: Resolved | None

    @cached_property
    def auth(self) -> Mapping[str, str]:
        """How a request shows that it may come in; see ``auth_of``."""
        return auth_of(self.trigger.document)

    @cached_property
    def methods(self) -> frozenset[str]:
        """The methods that it answers."""
        return frozenset(methods_of(self.trigger.document))

    @cached_property
    def cors(self) -> Mapping[str, Any] | None:
        """What it says of other origins; see ``cors_of``."""
        return cors_of(self.trigger.document)

    @cached_property
    def withheld(self) -> frozenset[bytes]:
        """The headers of a request, in lower case, that the function does not get."""
        names = HOP_BY_HOP | withheld_of(self.trigger.document)
        return frozenset(name.encode("latin-1") for name in names)

    @cached_property
    def is_enabled(self) -> bool:
        """Whether neither its account nor its trigger is disabled."""
        return self.account.enabled and self.trigger.enabled

    @property
    def source_characters(self) -> int:
        """The characters of the sources that it has in memory."""
        characters = self.function.source_characters
        if self.resolved is not None and self.resolved.function is not self.function:
            characters += self.resolved.function.source_characters
        return characters


@dataclass(frozen=True, slots=True)
class HttpFunctionService:
    """Finds and executes HTTP functions; it belongs to one event loop.

    Where ``changes`` counts what may have changed, a function is read once for many requests.
    """

    triggers: TriggerRepository
    functions: FunctionRepository
    accounts: AccountRepository
    invocations: InvocationService
    changes: Changes | None
    _memory: Remembered[str, HttpFunction] = field(default_factory=Remembered)

    async def find(self, source: str) -> HttpFunction:
        """Return the function that has a path, or a host; see ``types.http.source_of``.

        Raises:
            TriggerNotFoundError: no trigger has it, or its account may not have the host.
            FunctionNotFoundError: another request removes the function now.
            AccountNotFoundError: the same of the account.
            StoreUnavailableError: the store does not answer.
        """
        if self.changes is None:
            return await self.invocations.blocking(self._read, source)
        memory, count = self._memory, self.changes.count()
        if memory.count != count:
            memory.begin(count)
        known = memory.items.get(source)
        if known is not None:
            return known
        found = await self.invocations.blocking(self._read, source)
        # Something may have changed while it was read.
        if self.changes.count() == count == memory.count:
            memory.keep(source, found, found.source_characters)
        return found

    async def answer(
        self, found: HttpFunction, payload: bytes, request_id: str, hops: int = 0
    ) -> HttpAnswer:
        """Execute a function for a request, its payload, and return its answer.

        ``hops`` are as of ``Origin``.
        When it fails, is disabled or cannot be executed now, the ``fallback`` answers.

        Raises:
            QualifierNotFoundError: the function has no such version or alias.
            FunctionDisabledError: it is disabled, and has no fallback.
            UnusableSecretError: a secret that it names is at fault, and there is no fallback.
            PayloadTooLargeError: the request is too large, and there is no fallback.
            ExecutorBusyError: no worker came free in time, and there is no fallback.
            ExecutorUnavailableError: the executor did not answer, and there is no fallback.
            HttpExecutionFailedError: it failed, and there is no fallback.
            NoHttpAnswerError: what it returned is no answer, and there is no fallback.
        """
        trigger = found.trigger
        invocation = Invocation(
            trigger.account_id,
            trigger.function_id,
            payload,
            trigger.qualifier,
            origin=Origin(TriggerType.HTTP, request_id, trigger_id=trigger.id, hops=hops),
            tenant=found.account.tenant,
        )
        resolved = found.resolved
        if resolved is None:
            resolve = self.invocations.executions.resolve
            resolved = await self.invocations.blocking(resolve, invocation, found.function)
        try:
            return await self._execute(invocation, resolved)
        except (
            FunctionDisabledError,
            UnusableSecretError,
            PayloadTooLargeError,
            ExecutorBusyError,
            ExecutorUnavailableError,
            HttpExecutionFailedError,
            NoHttpAnswerError,
        ) as error:
            fallback = resolved.function.fallback
            if not isinstance(fallback, dict):
                raise
            failed = error.result if isinstance(error, HttpExecutionFailedError) else error
            self.invocations.executions.note_fallback(resolved.function, failed)
            return answer_of_fallback(fallback)

    async def _execute(self, invocation: Invocation, resolved: Resolved) -> HttpAnswer:
        executed = await self.invocations.execute_resolved(invocation, resolved)
        result = executed.result
        if result.outcome is not Outcome.OK:
            raise HttpExecutionFailedError(result)
        try:
            return answer_of(result.result)
        except InvalidAnswerError as error:
            raise NoHttpAnswerError(result.execution_id, str(error)) from error

    def _read(self, source: str) -> HttpFunction:
        trigger = self.triggers.of_source(source)
        if trigger.type is not TriggerType.HTTP:
            raise TriggerNotFoundError(source)
        account_id = trigger.account_id
        account = self.accounts.get(account_id)
        if trigger.host is not None and not is_one_of(trigger.host, account.http_hosts):
            raise TriggerNotFoundError(source)
        self.invocations.budgets.note(account)
        function = self.functions.get(account_id, trigger.function_id)
        resolved = None
        if trigger.qualifier == LATEST or number_of(trigger.qualifier) is not None:
            invocation = Invocation(account_id, function.id, b"", trigger.qualifier)
            try:
                resolved = self.invocations.executions.resolve(invocation, function)
            except QualifierNotFoundError:
                resolved = None  # as the request will find
        return HttpFunction(trigger, account, function, resolved)


def open_http_functions(
    store: Store, invocations: InvocationService, changes: Changes | None
) -> HttpFunctionService:
    """Return the service on a store."""
    return HttpFunctionService(
        store.triggers, store.functions, store.accounts, invocations, changes
    )
