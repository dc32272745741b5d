"""Routes of ours that execute a function, and tell of its executions that failed.

Kazoo itself has none to execute a function; ``attempts`` has the shape that its webhooks have
(Kx: doc/webhooks.md).
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from isolambda_api.body import payload_of
from isolambda_api.dependencies import UseCases
from isolambda_api.json_answer import Answer, RawJson
from isolambda_api.kazoo import documented
from isolambda_api.kazoo.admission import ExecutingAccount, FunctionId, ManagedAccount
from isolambda_api.kazoo.envelope import revision_of, success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.pages import PageRequest, PageSize, StartKey
from isolambda_api.kazoo.qualifiers import Wanted
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.errors import InvalidDocumentError, Problem
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.records import Record
from isolambda_core.services.execution import Execution

router = APIRouter(tags=["Executions"])

_ONE = "/v2/accounts/{account_id}/functions/{function_id}"
_CALLFLOW = "callflow"


@router.get(f"{_ONE}/attempts", **documented.ATTEMPTS)
def list_attempts(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    services: UseCases,
    page_size: PageSize = None,
    start_key: StartKey = None,
) -> Response:
    """Return the function's failed executions, the newest first."""
    wanted = PageRequest.parse(page_size, start_key)
    page = services.failures.attempts(account.id, function_id, wanted.size, wanted.after)
    paging = wanted.paging(page)
    data = [_attempt(record) for record in page.items]
    return success(request, data, etag=revision_of({"data": data, **paging}), more=paging)


@router.post(f"{_ONE}/execute", **documented.EXECUTE)
def execute_function(
    request: Request,
    account: ExecutingAccount,
    function_id: FunctionId,
    data: Data,
    wanted: Wanted,
    services: UseCases,
    validate: Annotated[
        str | None,
        Query(
            description="`callflow`: a result that is no callflow is invalid.",
            json_schema_extra={"enum": [_CALLFLOW, None]},
        ),
    ] = None,
) -> Response:
    """Execute a function with `data` as its `call`; any outcome of it is a 200."""
    if validate not in (None, _CALLFLOW):
        raise InvalidDocumentError([Problem(("validate",), "enum", [_CALLFLOW], validate)])
    execution = services.calls.execute(
        account.id,
        function_id,
        payload_of(data),
        wanted.qualifier,
        wanted.affinity,
        as_callflow=validate is not None,
    )
    return success(request, _ended(execution))


def _ended(execution: Execution) -> Answer:
    data = asdict(execution.result)
    result = execution.result.result
    data["result"] = None if result is None else RawJson(result)
    return {**data, "version": execution.version}


def _attempt(record: Record) -> Mapping[str, JsonValue]:
    error = None if record.error is None else record.error.message
    return {
        "execution_id": record.execution_id,
        "function_id": record.function_id,
        "version": record.version,
        "result": "failure",
        "reason": record.outcome.value,
        "client_error": error,
        "timestamp": gregorian(record.ended_at_ms // 1000),
    }
