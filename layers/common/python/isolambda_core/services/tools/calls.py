"""Call tools for code: execute a function for an execution, with the rights of its caller's key."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    ForbiddenError,
    UnauthorizedError,
)
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    IsolambdaError,
    NotFoundError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.tools import (
    MissingInputError,
    Tool,
    input_of,
    is_tool,
    name_of,
)
from isolambda_core.domain.json_text import InvalidJsonError, dump_readable, parse, to_utf8
from isolambda_core.domain.limits import (
    TOOL_CALLS,
    TOOL_DEPTH,
    TOOL_RESULT_BYTES,
    WALL_TIME_MS_MIN,
)
from isolambda_core.domain.tools.calls import Fields, ToolCall, require_calls
from isolambda_core.domain.tools.errors import (
    ApprovalRequiredError,
    CallLimitError,
    InvalidCallError,
    ToolCallError,
    ToolForbiddenError,
    ToolUnavailableError,
    UnknownToolError,
)
from isolambda_core.domain.tools.tokens import ToolClaims
from isolambda_core.ports.accounts import RateLimitRepository
from isolambda_core.ports.blocking import directly
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import Executor
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.functions.tools import ToolService

TRIGGER: Final = "tool"
"""What causes the execution, as its context says it."""
_CALL_TOKENS: Final = 60
_CALLS: Final = RateLimit(TOOL_CALLS * _CALL_TOKENS, 1)
"""The calls of one execution and of all below it, as a bucket: none comes back while these last."""
_REMEMBERED: Final = 4_096
_UNAVAILABLE: Final = (ExecutorBusyError, ExecutorUnavailableError, StoreUnavailableError)


@dataclass(frozen=True, slots=True)
class Calling:
    """The execution that calls: its account, its id, its grant, and the time that it has left."""

    account_id: str
    execution_id: str
    grant: ToolGrant
    left_ms: int


@dataclass(frozen=True, slots=True)
class ToolCallService:
    """Calls tools; ``invocations`` neither wait for an event loop nor for another execution.

    ``budget`` counts the calls of each root execution, where it is given. ``_ids`` remembers by
    root and name which function was the tool, so that functions are listed once; each call reads
    that function again.
    """

    tools: ToolService
    access: AccessService
    invocations: InvocationService
    budget: RateLimitRepository | None
    clock: Clock
    _ids: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def call(self, calling: Calling, called: ToolCall) -> Fields:
        """Call a tool, and return the fields of the reply.

        They are a ``value``, nothing for ``undefined``, or an ``error`` with its ``code``: an
        outcome, with the ``name`` of what was thrown, or one of ``domain.tools.errors``.
        """
        try:
            return self._called(calling, called)
        except ToolCallError as error:
            return {"error": error.details}
        except (InvalidDocumentError, PayloadTooLargeError) as error:
            return {"error": InvalidCallError(str(error)).details}
        except _UNAVAILABLE as error:
            return {"error": ToolUnavailableError(str(error)).details}
        except IsolambdaError as error:  # it is disabled, or a secret or a quota is at fault
            return {"error": ToolUnavailableError(f"{called.name}: {error}").details}

    def call_for(self, claims: ToolClaims, called: ToolCall) -> Fields:
        """Call a tool as :meth:`call` does, for who showed a token."""
        left_ms = claims.ends_at_ms - self.clock.now_ms()
        of = (claims.account_id, claims.execution_id)
        return self.call(Calling(*of, claims.grant, left_ms), called)

    def _called(self, calling: Calling, called: ToolCall) -> Fields:
        grant = calling.grant
        if grant.depth >= TOOL_DEPTH:
            what, depth = "depth of calls of tools", grant.depth + 1
            raise CallLimitError(what, "tool_depth", TOOL_DEPTH, depth)
        self._charge(grant)
        if calling.left_ms < WALL_TIME_MS_MIN:
            raise ToolUnavailableError("the execution that calls has no time left")
        function = self._find(calling, called.name)
        account = self._admitted(calling, function)
        if Tool(called.name, function.id, function.document).needs_approval:
            raise ApprovalRequiredError(called.name)
        invocation = Invocation(
            account.id,
            function.id,
            b"",
            origin=Origin(TRIGGER, hops=grant.hops),
            tenant=account.tenant,
            tools=replace(grant, depth=grant.depth + 1, url="", token=""),
            parent_id=calling.execution_id,
        )
        resolved = self.tools.resolve(invocation, function)
        invocation.payload = _payload_of(resolved.function, called)
        invocation.qualifier = resolved.qualifier
        executed = complete(
            self.invocations.execute_resolved(
                invocation, resolved, wall_time_ms_max=calling.left_ms
            )
        )
        return _reply_of(executed.result)

    def _charge(self, grant: ToolGrant) -> None:
        if self.budget is None:
            return
        bucket = f"tools#{grant.root_id}"
        charge = self.budget.take(bucket, _CALLS, _CALL_TOKENS, self.clock.now_ms())
        if charge.retry_after_s is not None:
            require_calls(TOOL_CALLS + 1)

    def _find(self, calling: Calling, name: str) -> Function:
        """Return the draft of the function that is the tool of this name now."""
        at = (calling.grant.root_id, name)
        with self._lock:
            known = self._ids.get(at)
        if known is not None:
            function = self._draft(calling.account_id, known)
            if function is not None and is_tool(function) and name_of(function) == name:
                return function
        tool = self.tools.index(calling.account_id).get(name)
        if tool is None:
            raise UnknownToolError(name)
        function = self._draft(calling.account_id, tool.function_id)
        if function is None:  # it was just removed
            raise UnknownToolError(name)
        with self._lock:
            self._ids[at] = tool.function_id
            if len(self._ids) > _REMEMBERED:
                self._ids.popitem(last=False)
        return function

    def _draft(self, account_id: str, function_id: str) -> Function | None:
        try:
            return self.tools.functions.get(account_id, function_id)
        except NotFoundError:
            return None

    def _admitted(self, calling: Calling, function: Function) -> Account:
        """Return the account, if the key of the caller may execute the function now."""
        grant, name = calling.grant, name_of(function)
        try:
            caller = self.access.holder(grant.key_sha256, grant.expires_at)
        except UnauthorizedError:
            raise ToolForbiddenError("the key of the caller is valid no more") from None
        if caller.api_key.function_id not in (None, function.id):  # nor is it listed for that key
            raise UnknownToolError(name)
        try:
            return self.access.authorize(caller, calling.account_id, Scope.EXECUTE, function.id)
        except (ForbiddenError, AccountDisabledError, NotFoundError):
            raise ToolForbiddenError(f"the key of the caller may not call {name!r}") from None


@dataclass(frozen=True, slots=True)
class OnThisThread:
    """An executor for callers that wait on threads of their own."""

    executor: Executor

    @property
    def confinement(self) -> Confinement | None:
        """See ``Executor.confinement``."""
        return self.executor.confinement

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """See ``Executor.execute``."""
        return self.executor.execute(request)

    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute as :meth:`execute`, which waits."""
        return self.executor.execute(request)


def open_tool_calls(
    tools: ToolService,
    access: AccessService,
    invocations: InvocationService,
    budget: RateLimitRepository | None,
) -> ToolCallService:
    """Return the service; see :class:`ToolCallService`. Its executions are waited for."""
    waiting = replace(invocations, executor=OnThisThread(invocations.executor), blocking=directly)
    return ToolCallService(tools, access, waiting, budget, invocations.clock)


def _payload_of(function: Function, called: ToolCall) -> bytes:
    arguments = called.arguments
    if not isinstance(arguments, Mapping):
        raise InvalidCallError("the input of a tool is an object")
    try:
        return to_utf8(dump_readable(input_of(function.document, arguments)))
    except (MissingInputError, InvalidJsonError) as error:
        raise InvalidCallError(str(error)) from error


def _reply_of(result: ExecutionResult) -> Fields:
    of = {"execution_id": result.execution_id}
    if result.outcome is not Outcome.OK:
        error = result.error
        name, message = ("", "") if error is None else (error.name, error.message)
        return {"error": {"code": str(result.outcome), "message": message, "name": name, **of}}
    if result.result is None:
        return {}
    if len(result.result) > TOOL_RESULT_BYTES:
        what = "bytes of the result"
        used = len(result.result)
        raise CallLimitError(what, "tool_result_bytes", TOOL_RESULT_BYTES, used)
    try:
        return {"value": parse(result.result)}
    except InvalidJsonError as error:
        raise ToolUnavailableError(f"the result cannot be passed on: {error}") from error
