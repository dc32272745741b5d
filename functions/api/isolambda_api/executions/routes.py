"""Records of executions: routes of ours, in Kazoo's envelope.

``attempts`` has the shape that Kazoo's webhooks have (Kx: doc/webhooks.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from isolambda_api.executions.query import RequestedAccountFilter, RequestedFilter
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.invocation_options import RESPONSE_TOO_LARGE
from isolambda_api.http.json_response import (
    Body,
    RawJson,
)
from isolambda_api.http.preconditions import CACHED
from isolambda_api.http.raises import raises
from isolambda_api.http.services import (
    Services,
    UseCases,
)
from isolambda_api.kazoo.authorization import ExecutingAccount, ManagedAccount
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.ids import FunctionId, id_in_path
from isolambda_api.kazoo.pagination import (
    PageRequest,
    Paging,
    PagingNewestFirst,
    paged,
)
from isolambda_api.kazoo.paths import ACCOUNT, FUNCTION
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.executions.errors import ExecutionNotFoundError
from isolambda_core.domain.executions.execution import ExecutionResult, report_of
from isolambda_core.domain.executions.records import (
    Callback,
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.services.executions.records import RecordFilter

router = APIRouter(route_class=DeferredRoute, tags=["Executions"])

_LONG = ("input", "result")

ExecutionId = Annotated[str, id_in_path("execution_id", ExecutionNotFoundError)]


@raises(InvalidDocumentError([Violation(("without",), "enum", list(_LONG), "logs")]))
async def _without(
    without: Annotated[
        str | None,
        Query(
            description="`input`, `result` or both with a comma: left out, for an answer that "
            "would be too long with them.",
            json_schema_extra={"pattern": "^(input|result|input,result|result,input)?$"},
        ),
    ] = None,
) -> tuple[str, ...]:
    left_out = tuple((without or "").split(",")) if without else ()
    if not set(left_out) <= set(_LONG):
        raise InvalidDocumentError([Violation(("without",), "enum", list(_LONG), without)])
    return left_out


@router.get(f"{FUNCTION}/executions", responses=CACHED)
def list_executions(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    paging: Paging,
    record_filter: RequestedFilter,
    services: UseCases,
) -> Response:
    """Return a page of the function's executions, by default the newest first."""
    return page_of(request, account, function_id, paging, record_filter, services)


@router.get(f"{ACCOUNT}/executions", responses=CACHED)
def list_account_executions(
    request: Request,
    account: ManagedAccount,
    paging: PagingNewestFirst,
    record_filter: RequestedAccountFilter,
    services: UseCases,
) -> Response:
    """Return a page of the executions of all functions of the account, the latest changed first.

    An execution has changed when it was asked for, and when an attempt of it ended. One that
    changes while a client reads page after page is on the first page again.
    """
    page = services.account_records.list(account.id, paging.size, paging.after, record_filter)
    return paged(request, paging, page, summary_of)


@router.get(f"{FUNCTION}/executions/{{execution_id}}")
@raises(RESPONSE_TOO_LARGE)
def fetch_execution(
    request: Request,
    account: ExecutingAccount,
    function_id: FunctionId,
    execution_id: ExecutionId,
    without: Annotated[tuple[str, ...], Depends(_without)],
    services: UseCases,
) -> Response:
    """Return an execution: where it stands, what went in, and all that came of it."""
    record, contents = services.records.fetch(account.id, function_id, execution_id)
    data = {key: value for key, value in _whole(record, contents).items() if key not in without}
    return success(request, data)


@router.get(f"{FUNCTION}/attempts", responses=CACHED)
def list_attempts(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    paging: PagingNewestFirst,
    services: UseCases,
) -> Response:
    """Return the function's failed executions, the newest first."""
    record_filter = RecordFilter(predicate=lambda record: record.has_itself_failed)
    return page_of(request, account, function_id, paging, record_filter, services, _attempt)


def summary_of(record: ExecutionRecord) -> Mapping[str, JsonValue]:
    """Return an execution as a list has it."""
    error = record.error
    return {
        "execution_id": record.execution_id,
        "function_id": record.function_id,
        "version": record.version,
        "qualifier": record.qualifier,
        "trigger": record.trigger,
        "trigger_id": record.trigger_id,
        "event_id": record.event_id,
        "parent_id": record.parent_id,
        "request_id": record.request_id,
        "asynchronous": record.asynchronous,
        "status": record.status.value,
        "outcome": None if record.outcome is None else record.outcome.value,
        "error": None if error is None else {"name": error.name, "message": error.message},
        "attempts": record.attempts,
        "usage": None if record.usage is None else asdict(record.usage),
        "callback": _callback(record.callback),
        "created": gregorian(record.asked_at_ms // 1000),
        "created_ms": record.asked_at_ms,
        "ended_ms": record.ended_at_ms,
    }


def page_of(
    request: Request,
    account: Account,
    function_id: str,
    paging: PageRequest,
    record_filter: RecordFilter,
    services: Services,
    describe: Callable[[ExecutionRecord], Mapping[str, JsonValue]] = summary_of,
) -> Response:
    """Return a page of a function's executions, each as ``describe`` makes it."""
    page = services.records.list(
        account.id,
        function_id,
        paging.size,
        paging.after,
        descending=paging.descending,
        record_filter=record_filter,
    )
    return paged(request, paging, page, describe)


def _whole(record: ExecutionRecord, contents: ExecutionPayload) -> Mapping[str, Body]:
    result = contents.result
    text = None if result is None else result.result
    return {
        **summary_of(record),
        **report_of(result),
        "input": RawJson(contents.input),
        "result": None if text is None else RawJson(text),
        **_operations(result),
    }


def _operations(result: ExecutionResult | None) -> Mapping[str, JsonValue]:
    recorded = None if result is None else result.recorded
    return {} if recorded is None else {"operations_complete": recorded.complete}


def _callback(callback: Callback | None) -> JsonValue:
    if callback is None:
        return None
    fields: Mapping[str, JsonValue] = asdict(callback)
    return {key: value for key, value in fields.items() if value is not None}


def _attempt(record: ExecutionRecord) -> Mapping[str, JsonValue]:
    return {
        "execution_id": record.execution_id,
        "function_id": record.function_id,
        "version": record.version,
        "result": "failure",
        "reason": None if record.outcome is None else record.outcome.value,
        "client_error": None if record.error is None else record.error.message,
        "timestamp": gregorian((record.ended_at_ms or record.asked_at_ms) // 1000),
    }
