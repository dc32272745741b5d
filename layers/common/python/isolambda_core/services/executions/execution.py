"""Execute a function: its draft, or one of its versions."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from random import random
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from isolambda_core.domain.errors import IsolambdaError, kind_of
from isolambda_core.domain.executions.callflow_result import demand_callflow
from isolambda_core.domain.executions.errors import (
    InputNotAcceptedError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import PLACEHOLDER_PREFIX, GrantedSecret, KvGrant
from isolambda_core.domain.functions.aliases import (
    Alias,
    is_name,
    share_of,
)
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    QualifierNotFoundError,
)
from isolambda_core.domain.functions.functions import (
    LATEST,
    RECORDS,
    Function,
)
from isolambda_core.domain.functions.versions import number_of
from isolambda_core.domain.json_text import JsonValue, changed_integers, dump
from isolambda_core.domain.late import late
from isolambda_core.domain.limits import (
    AFFINITY_CHARACTERS,
    PAYLOAD_BYTES,
    WALL_TIME_MS_MAX,
    Limits,
)
from isolambda_core.domain.secrets.errors import UnusableSecretError
from isolambda_core.domain.triggers.triggers import TriggerType
from isolambda_core.ports.accounts import AccountRepository
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import (
    AliasRepository,
    FunctionRepository,
    VersionRepository,
)
from isolambda_core.ports.store import Store
from isolambda_core.services.executions.ceilings import net_of

if TYPE_CHECKING:
    from isolambda_core.ports.schemas import SchemaChecker
    from isolambda_core.ports.secrets import Sealer
    from isolambda_core.services.executions.observed_executions import (
        ObserveExecution,
        ObserveFallback,
    )
    from isolambda_core.services.key_values.grants import KvGrants
    from isolambda_core.services.secrets.secrets import SecretService
    from isolambda_core.services.tools.grants import ToolGrants

NOT_OF_SCHEMA: Final = "InvalidResult"
"""Name of the error when the result does not fit the ``result_schema`` of the function."""

_, _, _REPLAYABLE, _ = RECORDS

_HTTP = TriggerType.HTTP.value
"""As a feature it has an isolate take its input for a request; no document names it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resolved:
    """A resolved qualifier: the version, and the function with the frozen keys of that version.

    ``version`` is ``$LATEST`` or a number; ``net`` is as in ``ExecutionRequest``. ``secrets`` are
    those of its document, still without placeholders; ``unusable`` is why it cannot be executed,
    where one of them is at fault. ``is_drawn``: the next invocation of its alias may get another
    version, or another ``shadow``. That is the alias, where its shadow is to repeat what is
    executed.
    """

    function: Function
    version: str
    qualifier: str
    net: tuple[tuple[str, ...], ...] = ()
    secrets: tuple[GrantedSecret, ...] = ()
    unusable: UnusableSecretError | None = None
    is_drawn: bool = False
    shadow: Alias | None = None

    @cached_property
    def request(self) -> ExecutionRequest:
        """What all requests to execute it have, and no input."""
        function = self.function
        return ExecutionRequest(
            execution_id="",
            account_id=function.account_id,
            function_id=function.id,
            version=self.version,
            source=function.source if function.compiled is None else function.compiled,
            input=b"",
            language_pack=function.language_pack,
            modules=function.compiled is not None,
            isolation=function.isolation,
            features=function.features,
            limits=function.limits,
            net=self.net,
            kv=KvGrant(function.namespaces) if function.namespaces else None,
            record_operations=self.record == _REPLAYABLE or self.shadow is not None,
        )

    @cached_property
    def context(self) -> str:
        """What all contexts of its executions have, as JSON text without the braces."""
        function = self.function
        shown = {"id": function.id, "name": function.document["name"], "version": self.version}
        namespaces = list(function.namespaces)
        return dump(
            {
                "function": shown,
                "account_id": function.account_id,
                "qualifier": self.qualifier,
                **({"kv": namespaces} if namespaces else {}),
            }
        )[1:-1]

    @cached_property
    def may_be_refused(self) -> bool:
        """Whether its document or a breaker may keep it from being executed: few have either."""
        return bool(self.function.breakers) or not self.function.enabled

    @cached_property
    def input_schema(self) -> Mapping[str, JsonValue] | None:
        """The schema of its inputs; see ``Function.input_schema``."""
        return self.function.input_schema

    @cached_property
    def result_schema(self) -> Mapping[str, JsonValue] | None:
        """The schema of its results; see ``Function.result_schema``."""
        return self.function.result_schema

    @cached_property
    def source_sha256(self) -> str:
        """The digest of what runs; see ``Function.source_sha256``."""
        return self.function.source_sha256

    @cached_property
    def record(self) -> str:
        """Which of its executions are recorded; see ``Function.record``."""
        return self.function.record


@dataclass(frozen=True, slots=True)
class ExecutionService:
    """Decides what an executor runs, and what its result means.

    ``share`` is a share of 0 up to 1 for each execution through an alias, which decides between its
    two versions where the caller has no affinity key, or an empty one, and another one for each of
    those with a shadow, which decides whether that repeats it. ``grants`` gives executions
    tokens for the key-value store, and ``tool_grants`` for tools, where the executor has neither
    beside it.
    """

    functions: FunctionRepository
    versions: VersionRepository
    aliases: AliasRepository
    accounts: AccountRepository
    secrets: "SecretService"
    schemas: "SchemaChecker"
    clock: Clock
    share: Callable[[], float] = random
    grants: "KvGrants | None" = None
    tool_grants: "ToolGrants | None" = None

    def resolve(self, invocation: Invocation, function: Function | None = None) -> Resolved:
        """Return what :meth:`find` does, with what else its executions need of the store.

        ``function`` is that of the invocation, where the caller has read it.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
        """
        found = self.find(invocation, function)
        net = net_of(found.function, self.accounts)
        return replace(found, net=net) if net else found

    def resolve_queued(self, invocation: Invocation, qualifier: str) -> Resolved:
        """Return what :meth:`resolve` does for an execution that was queued, at its version.

        ``qualifier`` is what stood for that version then. Where it is an alias, its shadow is that
        of now.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version.
        """
        found = self.resolve(invocation)
        shadow, number = None, number_of(found.version)
        if number is not None and is_name(qualifier):
            with suppress(QualifierNotFoundError):  # the alias has gone meanwhile
                alias = self._alias_of(found.function, qualifier)
                shadow = self._drawn_shadow(alias, number)
        return replace(found, qualifier=qualifier, shadow=shadow)

    def find(self, invocation: Invocation, function: Function | None = None) -> Resolved:
        """Read the function of an invocation, and resolve its qualifier by :meth:`resolve_of`.

        Where the document names secrets, they are read as well. ``function`` is that of the
        invocation, where the caller has read it.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
        """
        draft = function or self.functions.get(invocation.account_id, invocation.function_id)
        resolved = self.resolve_of(draft, invocation)
        names = resolved.function.secret_names
        if not names:
            return resolved
        try:
            return replace(resolved, secrets=self.secrets.granted(resolved.function, names))
        except UnusableSecretError as error:
            return replace(resolved, unusable=error)

    def resolve_of(self, draft: Function, invocation: Invocation) -> Resolved:
        """Return the draft, the version of a number, or the version of an alias.

        No read for the draft, one for a version, two through an alias. Where an alias points to two
        versions, one affinity key always gets the same one, and the first
        ``limits.AFFINITY_CHARACTERS`` of it count.

        Raises:
            QualifierNotFoundError: the function has no such version or alias.
        """
        if invocation.qualifier == LATEST:
            return Resolved(draft, LATEST, invocation.qualifier)
        number, shadow, is_drawn = number_of(invocation.qualifier), None, False
        if number is None:
            alias = self._alias_of(draft, invocation.qualifier)
            number = self._drawn(alias, invocation.affinity)
            is_drawn = alias.target.additional_version is not None or alias.shadow.share > 0
            shadow = self._drawn_shadow(alias, number)
        version = self.versions.get(draft.account_id, draft.id, number)
        of = (version.of(draft), version.label, invocation.qualifier)
        return Resolved(*of, is_drawn=is_drawn, shadow=shadow)

    def resolve_or_draft(
        self, invocation: Invocation, function: Function | None = None
    ) -> Resolved:
        """Return the result of :meth:`resolve`, or the draft if the qualifier does not exist.

        An execution that is recorded with it fails when it is attempted, where that is seen.
        ``function`` is that of the invocation, where the caller has read it.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        draft = function or self.functions.get(invocation.account_id, invocation.function_id)
        try:
            return self.resolve_of(draft, invocation)
        except QualifierNotFoundError:
            return Resolved(draft, invocation.qualifier, invocation.qualifier)

    def prepare(
        self,
        invocation: Invocation,
        resolved: Resolved,
        execution_id: str,
        wall_time_ms_max: int = WALL_TIME_MS_MAX,
    ) -> ExecutionRequest:
        """Return the request to the executor for a resolved function.

        Raises:
            FunctionDisabledError: the document says so, or what is to run kept failing.
            UnusableSecretError: a secret that it names is not there, or cannot be opened.
            StoreUnavailableError: it needs a token, and the installation's secret cannot be read.
            PayloadTooLargeError: the payload is over ``limits.PAYLOAD_BYTES``.
            InputNotAcceptedError: the payload does not fit the schema of the function.
            ContextTooLargeError: what the origin says is over ``limits.CONTEXT_BYTES``.
        """
        function = resolved.function
        if resolved.may_be_refused and function.refuses(resolved.version, self.clock.now()):
            raise FunctionDisabledError(function.id)
        if resolved.unusable is not None:
            raise resolved.unusable.with_traceback(None)
        if len(invocation.payload) > PAYLOAD_BYTES:
            raise PayloadTooLargeError(PAYLOAD_BYTES, len(invocation.payload))
        if resolved.input_schema is not None:
            self._check_input(resolved.input_schema, invocation.payload)
        secrets = tuple(map(_with_placeholder, resolved.secrets)) if resolved.secrets else ()
        always, limits = resolved.request, resolved.request.limits
        if limits.wall_time_ms > wall_time_ms_max:
            limits = _shortened(limits, wall_time_ms_max)
        kv = always.kv
        if kv is not None and self.grants is not None:
            of = (always.account_id, always.function_id, execution_id)
            kv = self.grants.granted(kv, *of, limits.wall_time_ms)
        tools = invocation.tools
        if tools is not None and self.tool_grants is not None:
            wall_time_ms = limits.wall_time_ms
            tools = self.tool_grants.granted(tools, always.account_id, execution_id, wall_time_ms)
        return ExecutionRequest(
            execution_id=execution_id,
            account_id=always.account_id,
            function_id=always.function_id,
            version=always.version,
            source=always.source,
            input=invocation.payload,
            language_pack=always.language_pack,
            modules=always.modules,
            isolation=always.isolation,
            features=(
                always.features if invocation.origin.trigger != _HTTP else (*always.features, _HTTP)
            ),
            context=invocation.context(execution_id, resolved.context, secrets),
            limits=limits,
            request_id=invocation.origin.request_id,
            tenant=invocation.tenant,
            hops=invocation.origin.hops,
            net=always.net,
            kv=kv,
            tools=tools,
            secrets=secrets,
            record_operations=always.record_operations,
        )

    def conclude(
        self, invocation: Invocation, resolved: Resolved, result: ExecutionResult
    ) -> ExecutionResult:
        """Return the result of an invocation for the result of the executor.

        It has a warning for each integer of the payload that JavaScript changes. A result that does
        not fit the schema of the function becomes ``invalid_result``, and so does one that is no
        callflow where the caller demands one.
        """
        # JavaScript would change them in silence.
        if changed := changed_integers(invocation.payload):
            result = replace(result, logs=(_warning_of(changed), *result.logs))
        if (schema := resolved.result_schema) is not None:
            result = self._demand_schema(schema, result)
        return demand_callflow(result, invocation.function_id) if invocation.as_callflow else result

    def kept_origin(self, invocation: Invocation) -> Origin:
        """Return what the record of a queued execution keeps of its origin."""
        return invocation.origin

    def note_fallback(self, function: Function, reason: IsolambdaError | ExecutionResult) -> None:
        """Log that the fallback of a function answers, and why: an error, or a failed execution."""
        # Nothing else may tell of it: the answer may be a success, and there may be no record.
        if isinstance(reason, IsolambdaError):
            execution_id, why = None, kind_of(reason)
        else:
            execution_id, why = reason.execution_id, reason.outcome.value
        line = {
            "account_id": function.account_id,
            "function_id": function.id,
            "execution_id": execution_id,
            "reason": why,
        }
        _log.warning("%(function_id)s: its fallback answers: %(reason)s", line, extra=line)

    def _demand_schema(
        self, schema: Mapping[str, JsonValue], result: ExecutionResult
    ) -> ExecutionResult:
        if result.outcome is not Outcome.OK:
            return result
        # A function that returns nothing returns ``null`` to those who read its result as JSON.
        fault = self.schemas.first_fault(schema, result.result or b"null")
        if fault is None:
            return result
        error = ExecutionError(NOT_OF_SCHEMA, fault.text)
        return replace(result, outcome=Outcome.INVALID_RESULT, result=None, error=error)

    def _check_input(self, schema: Mapping[str, JsonValue], payload: bytes) -> None:
        fault = self.schemas.first_fault(schema, payload)
        if fault is not None:
            raise InputNotAcceptedError(fault)

    def _alias_of(self, draft: Function, name: str) -> Alias:
        if not is_name(name):
            raise QualifierNotFoundError(name)
        return self.aliases.get(draft.account_id, draft.id, name)

    def _drawn_shadow(self, alias: Alias, number: int) -> Alias | None:
        """Return the alias where its shadow is to repeat an execution of a version."""
        shadow = alias.shadow
        return alias if shadow.share and shadow.is_due(number, self.share()) else None

    def _drawn(self, alias: Alias, affinity: str | None) -> int:
        """Return the number of the version that an alias has for an execution."""
        if affinity:
            return alias.target.choose(share_of(alias, affinity[:AFFINITY_CHARACTERS]))
        return alias.target.choose(self.share())


def open_executions(  # noqa: PLR0913 - everything that differs between servers
    store: Store,
    sealer: "Sealer",
    schemas: "SchemaChecker",
    clock: Clock,
    grants: "KvGrants | None" = None,
    tool_grants: "ToolGrants | None" = None,
    observers: "tuple[ObserveExecution, ...]" = (),
    *,
    observe_fallback: "ObserveFallback | None" = None,
) -> ExecutionService:
    """Return the service on a store; see :class:`ExecutionService`.

    Each of ``observers`` is called with each execution that ends, and where there are any
    ``observe_fallback`` with each fallback that answers.
    """
    of_store = (store.functions, store.versions, store.aliases, store.accounts)
    secrets = late(partial(_open_secrets, store, sealer, clock))
    if not observers:
        return ExecutionService(
            *of_store, secrets, schemas, clock, grants=grants, tool_grants=tool_grants
        )
    # Few servers have any, and a cold start does without.
    from isolambda_core.services.executions.observed_executions import (  # noqa: PLC0415
        ObservedExecutionService,
    )

    return ObservedExecutionService(
        *of_store,
        secrets,
        schemas,
        clock,
        grants=grants,
        tool_grants=tool_grants,
        observers=observers,
        observe_fallback=observe_fallback,
    )


def _open_secrets(store: Store, sealer: "Sealer", clock: Clock) -> "SecretService":
    # Few functions have secrets, and a cold start does without what grants them.
    from isolambda_core.services.secrets.secrets import open_secrets  # noqa: PLC0415

    return open_secrets(store, sealer, clock)


def _warning_of(changed: Sequence[str]) -> LogLine:
    text = f"JavaScript changes {', '.join(changed)} of the input: send such numbers as texts"
    return LogLine("warn", text, 0)


@lru_cache(256)
def _shortened(own: Limits, wall_time_ms: int) -> Limits:
    return replace(own, wall_time_ms=wall_time_ms)


def _with_placeholder(secret: GrantedSecret) -> GrantedSecret:
    return replace(secret, placeholder=f"{PLACEHOLDER_PREFIX}{token_hex(16)}")
