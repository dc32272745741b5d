"""Call a tool: execute its function, as the routes that execute functions do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from isolambda_api.http.body import payload_of
from isolambda_api.http.errors import MalformedBodyError
from isolambda_api.http.json_response import Body, RawJson
from isolambda_api.mcp.parameters import require_same
from isolambda_api.mcp.protocol import Message, called, unknown_tool
from isolambda_api.mcp.tools import Client, is_structured
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, NotFoundError
from isolambda_core.domain.executions.errors import ContextTooLargeError, PayloadTooLargeError
from isolambda_core.domain.executions.execution import ExecutionResult, Origin, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.errors import FunctionDisabledError
from isolambda_core.domain.functions.tools import (
    MissingInputError,
    Tool,
    arguments_schema,
    input_of,
    result_schema,
)
from isolambda_core.domain.json_text import JsonValue, parse
from isolambda_core.domain.limits import MCP_RESULT_BYTES
from isolambda_core.domain.secrets.errors import UnusableSecretError
from isolambda_core.domain.tools.errors import ToolCallError, UnapprovedCallError
from isolambda_core.services.executions.execution import Resolved

ORIGIN: Final = "mcp"
"""What causes the execution, as its context says it."""
OF_THE_TOOL: Final = (
    InvalidDocumentError,  # as an input that does not fit its schema is
    FunctionDisabledError,
    UnusableSecretError,
    PayloadTooLargeError,
    ContextTooLargeError,
    MalformedBodyError,
    MissingInputError,
    ToolCallError,
    QuotaExceededError,  # of approvals
)
"""Errors for the model to read: other arguments may do, or another tool."""
_NOTHING: Final = b"null"
_NO_EXECUTION: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was understood, whether or not it was approved."""

    tool: Tool
    arguments: Mapping[str, JsonValue]
    invocation: Invocation
    resolved: Resolved

    @property
    def needs_approval(self) -> bool:
        """Whether a person is to decide on it first."""
        return self.tool.needs_approval


async def call_tool(client: Client, message: Message) -> Body:
    """Return the answer to ``tools/call``, with any outcome of the execution.

    Raises:
        MessageError: there is no such tool for the caller.
        IsolambdaError: the function cannot be executed, whatever its arguments.
    """
    invocations = client.services.invocations
    try:
        call = await invocations.blocking(understood, client, message)
        approved = (
            await invocations.blocking(_approved, client, call) if call.needs_approval else None
        )
        execution = await invocations.execute_resolved(call.invocation, call.resolved, approved)
    except UnapprovedCallError as error:
        approval = {"error_code": error.code, "approval_id": error.approval_id}
        return failed(message, f"{error.code}: {error}", approval)
    except OF_THE_TOOL as error:
        return failed(message, str(error))
    structured = is_told_structured(call.resolved.function.document, message)
    return answer_of(message, execution.result, structured=structured)


def understood(client: Client, message: Message) -> Call:
    """Return what a ``tools/call`` calls, at the version that it is now.

    Raises:
        MessageError: there is no such tool for the caller.
        IsolambdaError: the function cannot be executed, or the arguments are no input.
    """
    account, name = client.account, message.params["name"]
    tool = client.services.tools.index(account.id).get(name)
    if tool is None or client.only not in (None, tool.function_id):
        raise unknown_tool(message)
    invocation = Invocation(
        account.id,
        tool.function_id,
        b"",
        origin=Origin(ORIGIN, client.request_id, hops=client.hops, key_id=client.caller.api_key.id),
        tenant=account.tenant,
    )
    try:
        resolved = client.services.tools.resolve(invocation)
    except NotFoundError as error:
        raise unknown_tool(message) from error
    arguments, document = message.params.get("arguments") or {}, resolved.function.document
    require_same(message, arguments_schema(document), arguments)
    payload = payload_of(input_of(document, arguments))
    invocation = replace(invocation, payload=payload, qualifier=resolved.qualifier)
    return Call(tool, arguments, invocation, resolved)


def _approved(client: Client, call: Call) -> str:
    """Return the id of the execution for which a call was approved."""
    key_id, approvals = client.caller.api_key.id, client.services.approvals
    return approvals.admit(key_id, call.tool, call.arguments, call.invocation, call.resolved)


def is_told_structured(document: Document, message: Message) -> bool:
    """Return whether results of a function are structured content in the version of a message."""
    output = result_schema(document)
    return output is not None and is_structured(output, message)


def answer_of(message: Message, result: ExecutionResult, *, structured: bool) -> Body:
    """Return the answer for the result of an execution, with any outcome."""
    execution = {"execution_id": result.execution_id, "outcome": result.outcome.value}
    if result.outcome is not Outcome.OK:
        return failed(message, _reason(result), execution)
    encoded = _NOTHING if result.result is None else result.result
    if len(encoded) > MCP_RESULT_BYTES:
        too_long = f"the result is {len(encoded)} bytes long; the limit is {MCP_RESULT_BYTES}"
        return failed(message, f"{too_long}; execution {result.execution_id}", execution)
    answer = called(message, _text(encoded), execution, failed=False)
    return {**answer, "structuredContent": RawJson(encoded)} if structured else answer


def failed(message: Message, text: str, execution: Mapping[str, str] = _NO_EXECUTION) -> Body:
    """Return the answer to a call that failed, with a text for the model to read."""
    return cast("Body", called(message, text, execution, failed=True))


def _reason(result: ExecutionResult) -> str:
    """Return why an execution has no result: its outcome, and the error with the user's lines."""
    error = result.error
    if error is None:
        return f"{result.outcome.value}; execution {result.execution_id}"
    told = f"{result.outcome.value}: {error.name}: {error.message}"
    return f"{told}\n{error.stack}" if error.stack else told


def _text(encoded: bytes) -> str:
    """Return a result as text: a string as it is, anything else as JSON."""
    if encoded.startswith(b'"'):
        return cast("str", parse(encoded))
    return encoded.decode()
