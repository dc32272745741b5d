"""Tasks: calls of tools that are executed later, as 2025-11-25 has them.

A task is an asynchronous execution, which the key that began it sees and ends alone.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, cast

from isolambda_api.http.json_response import Body
from isolambda_api.mcp.calls import OF_THE_TOOL, answer_of, is_told_structured, understood
from isolambda_api.mcp.errors import REFUSED, MessageError
from isolambda_api.mcp.protocol import TASKS_VERSION, Message, invalid_params, unknown_method
from isolambda_api.mcp.tools import Client
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.errors import NotFoundError
from isolambda_core.domain.executions.errors import ExecutionNotFoundError, TaskEndedError
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.positions import AFTER_ALL, number_in
from isolambda_core.domain.executions.records import ExecutionRecord, Status
from isolambda_core.domain.limits import RECORD_S

_RELATED: Final = "io.modelcontextprotocol/related-task"
_POLL_MS: Final = 1_000
_METHODS: Final = ("tasks/get", "tasks/result", "tasks/cancel", "tasks/list")
_STATUSES: Final = {Status.SUCCEEDED: "completed", Status.FAILED: "failed"}


def is_task(message: Message) -> bool:
    """Return whether a call is to be executed as a task; other versions have none to ask for."""
    return message.version == TASKS_VERSION and message.params.get("task") is not None


def is_about_task(message: Message) -> bool:
    """Return whether a request is one for :func:`answer_task`."""
    return message.version == TASKS_VERSION and message.method in _METHODS


async def begin_task(client: Client, message: Message) -> Body:
    """Return the answer to a ``tools/call`` that is to be a task: the task, which works.

    Raises:
        MessageError: there is no such tool for the caller, or its calls cannot be tasks.
        IsolambdaError: the call cannot be executed, by its arguments or at all.
    """
    invocations, tasks = client.services.invocations, client.services.tasks
    try:
        call = await invocations.blocking(understood, client, message)
        if call.needs_approval:  # an execution that is attempted again would use one approval twice
            raise unknown_method(replace(message, method="tools/call as a task"))
        submitted = await invocations.submit(call.invocation, is_task=True)
    except QuotaExceededError:
        raise
    except OF_THE_TOOL as error:  # as a task, it has no result that could say so
        raise invalid_params(message, str(error)) from error
    record = submitted.record
    task_id = await invocations.blocking(tasks.id_of, record, client.caller.api_key.id)
    meta = {"isolambda/execution_id": record.execution_id}
    return {"task": _task(record, task_id), "_meta": meta}


async def answer_task(client: Client, message: Message) -> Body:
    """Return the answer to a request about one task, or about all of the caller's.

    Raises:
        MessageError: the caller has no such task; it has not ended in time for its result, has none
            as it was cancelled, or has ended before it was cancelled; or a cursor is no page's.
    """
    blocking, method = client.services.invocations.blocking, message.method
    if method == "tasks/list":
        return await blocking(_listed, client, message)
    task_id = message.params.get("taskId")
    if not isinstance(task_id, str):
        raise invalid_params(message, "params.taskId: Input should be a valid string")
    tasks, of = client.services.tasks, (client.account.id, client.caller.api_key.id, task_id)
    try:
        if method == "tasks/result":
            return await _result_of(client, message, task_id)
        act = tasks.find if method == "tasks/get" else tasks.cancel
        return _task(await blocking(act, *of), task_id)
    except ExecutionNotFoundError as error:
        raise invalid_params(message, "there is no such task") from error
    except TaskEndedError as error:
        raise invalid_params(message, str(error)) from error


async def _result_of(client: Client, message: Message, task_id: str) -> Body:
    services, account, key_id = client.services, client.account, client.caller.api_key.id
    ended = await services.tasks.ended(account.id, account.tenant, key_id, task_id)
    if ended is None:
        raise MessageError(REFUSED, "the task has not ended; ask for its result again", 200)
    record, payload = ended
    if record.is_cancelled:
        raise MessageError(REFUSED, "the task was cancelled", 200)
    result = payload.result or ExecutionResult(record.execution_id, Outcome.INTERNAL_ERROR)
    structured = await services.invocations.blocking(_is_structured, client, record, message)
    of_call = replace(message, method="tools/call")
    answer = cast("dict[str, Any]", answer_of(of_call, result, structured=structured))
    return {**answer, "_meta": {**answer["_meta"], _RELATED: {"taskId": task_id}}}


def _listed(client: Client, message: Message) -> Body:
    services, key_id = client.services, client.caller.api_key.id
    page = services.tasks.list(client.account.id, key_id, _position_in(message))
    id_of = services.tasks.id_of
    tasks = [_task(record, id_of(record, key_id)) for record in page.items]
    listed: dict[str, Any] = {"tasks": tasks}
    if page.next_after is not None:
        listed["nextCursor"] = base64.urlsafe_b64encode(page.next_after.encode()).decode()
    return cast("Body", listed)


def _position_in(message: Message) -> str:
    """Return the position behind which a page begins."""
    cursor = message.params.get("cursor")
    if cursor is None:
        return AFTER_ALL
    try:
        position = base64.b64decode(cursor, b"-_", validate=True).decode()
    except (TypeError, binascii.Error, ValueError):
        position = ""
    if number_in(position) is None:
        raise invalid_params(message, "cursor is none that a page had")
    return position


def _is_structured(client: Client, record: ExecutionRecord, message: Message) -> bool:
    invocation = Invocation(record.account_id, record.function_id, b"", record.version)
    try:
        function = client.services.invocations.executions.find(invocation).function
    except NotFoundError:
        return False
    return is_told_structured(function.document, message)


def _task(record: ExecutionRecord, task_id: str) -> Mapping[str, Any]:
    changed_at_ms = record.ended_at_ms or record.began_at_ms or record.asked_at_ms
    task: dict[str, Any] = {
        "taskId": task_id,
        "status": "cancelled" if record.is_cancelled else _STATUSES.get(record.status, "working"),
        "createdAt": _time(record.asked_at_ms),
        "lastUpdatedAt": _time(changed_at_ms),
        "ttl": RECORD_S * 1_000,
        "pollInterval": _POLL_MS,
    }
    if record.is_cancelled:
        task["statusMessage"] = "The client has cancelled it."
    elif record.status is Status.FAILED and record.outcome is not None:
        said = "" if record.error is None else f": {record.error.name}: {record.error.message}"
        task["statusMessage"] = f"{record.outcome.value}{said}"
    return task


def _time(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1_000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1_000:03}Z"
