"""Call tools for code: execute a function for an execution, with the rights of its caller's key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.acting import Actor, acting
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    IsolambdaError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.tools import (
    MissingInputError,
    input_of,
)
from isolambda_core.domain.json_text import (
    InvalidJsonError,
    JsonValue,
    parse,
)
from isolambda_core.domain.limits import (
    TOOL_CALLS,
    TOOL_DEPTH,
    TOOL_RESULT_BYTES,
    WALL_TIME_MS_MIN,
)
from isolambda_core.domain.tools.calls import Fields, ToolCall, json_of, require_calls
from isolambda_core.domain.tools.errors import (
    CallLimitError,
    InvalidCallError,
    ToolCallError,
    ToolUnavailableError,
)
from isolambda_core.domain.tools.tokens import ToolClaims
from isolambda_core.ports.accounts import RateLimitRepository
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.store import Changes
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.functions.tools import ToolService
from isolambda_core.services.tools.admissions import ToolAdmissions
from isolambda_core.services.tools.approvals import ApprovalService

TRIGGER: Final = "tool"
"""What causes the execution, as its context says it."""
_CALL_TOKENS: Final = 60
_CALLS: Final = RateLimit(TOOL_CALLS * _CALL_TOKENS, 1)
"""The calls of one execution and of all below it, as a bucket: none comes back while these last."""
_UNAVAILABLE: Final = (ExecutorBusyError, ExecutorUnavailableError, StoreUnavailableError)


@dataclass(slots=True)  # see ToolCall
class Calling:
    """The execution that calls: its account, its id, its grant, and the time that it has left."""

    account_id: str
    execution_id: str
    grant: ToolGrant
    left_ms: int


@dataclass(frozen=True, slots=True)
class ToolCallService:
    """Calls tools, on the event loop that executes.

    ``budget`` counts the calls of each root execution, where it is given.
    """

    admissions: ToolAdmissions
    invocations: InvocationService
    approvals: ApprovalService
    budget: RateLimitRepository | None
    clock: Clock

    async def call(self, calling: Calling, called: ToolCall) -> Fields:
        """Call a tool, and return the fields of the reply.

        They are a ``value``, nothing for ``undefined``, or an ``error`` with its ``code``: an
        outcome, with the ``name`` of what was thrown, or one of ``domain.tools.errors``.
        """
        try:
            return await self._called(calling, called)
        except ToolCallError as error:
            return {"error": error.details}
        except (InvalidDocumentError, PayloadTooLargeError) as error:
            return {"error": InvalidCallError(str(error)).details}
        except _UNAVAILABLE as error:
            return {"error": ToolUnavailableError(str(error)).details}
        except IsolambdaError as error:  # it is disabled, or a secret or a quota is at fault
            return {"error": ToolUnavailableError(f"{called.name}: {error}").details}

    async def call_for(self, claims: ToolClaims, called: ToolCall) -> Fields:
        """Call a tool as :meth:`call` does, for who showed a token."""
        left_ms = claims.ends_at_ms - self.clock.now_ms()
        of = (claims.account_id, claims.execution_id)
        return await self.call(Calling(*of, claims.grant, left_ms), called)

    async def _called(self, calling: Calling, called: ToolCall) -> Fields:
        grant = calling.grant
        if grant.depth >= TOOL_DEPTH:
            what, depth = "depth of calls of tools", grant.depth + 1
            raise CallLimitError(what, "tool_depth", TOOL_DEPTH, depth)
        self._charge(grant)
        if calling.left_ms < WALL_TIME_MS_MIN:
            raise ToolUnavailableError("the execution that calls has no time left")
        admitted = await self.admissions.admit(calling.account_id, grant, called.name)
        account, tool, resolved = admitted.account, admitted.tool, admitted.resolved
        arguments = _arguments_of(called)
        invocation = Invocation(
            account.id,
            tool.function_id,
            _payload_of(resolved.function, called, arguments),
            resolved.qualifier,
            origin=Origin(TRIGGER, hops=grant.hops),
            tenant=account.tenant,
            tools=grant.below(),
            parent_id=calling.execution_id,
        )
        execution_id = None
        if tool.needs_approval:
            caller = admitted.caller
            key_id = caller.api_key.id
            with acting(lambda: Actor(key_id, caller.account_id)):
                execution_id = await self.invocations.blocking(
                    self.approvals.admit, key_id, tool, arguments, invocation, resolved
                )
        executed = await self.invocations.execute_resolved(
            invocation, resolved, execution_id, wall_time_ms_max=calling.left_ms
        )
        return _reply_of(executed.result)

    def _charge(self, grant: ToolGrant) -> None:
        if self.budget is None:
            return
        bucket = f"tools#{grant.root_id}"
        charge = self.budget.take(bucket, _CALLS, _CALL_TOKENS, self.clock.now_ms())
        if charge.retry_after_s is not None:
            require_calls(TOOL_CALLS + 1)


def open_tool_calls(
    tools: ToolService,
    access: AccessService,
    invocations: InvocationService,
    approvals: ApprovalService,
    budget: RateLimitRepository | None,
    changes: Changes | None,
) -> ToolCallService:
    """Return the service; see :class:`ToolCallService`."""
    clock = invocations.clock
    admissions = ToolAdmissions(tools, access, changes, invocations.blocking, clock)
    return ToolCallService(admissions, invocations, approvals, budget, clock)


def _arguments_of(called: ToolCall) -> Mapping[str, JsonValue]:
    if not isinstance(called.arguments, dict):
        raise InvalidCallError("the input of a tool is an object")
    return called.arguments


def _payload_of(function: Function, called: ToolCall, arguments: Mapping[str, JsonValue]) -> bytes:
    try:
        value = input_of(function.document, arguments)
        return called.text if value is arguments else json_of(value)
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
