"""Our own routes to execute functions, and to describe how: Kazoo itself has none."""

import hashlib
from dataclasses import asdict
from importlib import import_module
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from isolambda_api.executions.routes import summary_of
from isolambda_api.http.body import payload_of
from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.invocation_options import (
    EXECUTION_ERRORS,
    PAYLOAD_TOO_LARGE,
    RESPONSE_TOO_LARGE,
    RequestedOptions,
    hops_of,
)
from isolambda_api.http.json_response import (
    Body,
    RawJson,
    encode,
)
from isolambda_api.http.locations import base_url_of, location_of_execution
from isolambda_api.http.preconditions import CACHED, is_known_to_client
from isolambda_api.http.raises import EXAMPLE_ID, raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import CallableAccount, ExecutingAccount
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.ids import FunctionId
from isolambda_api.kazoo.pagination import decode_key, encode_key
from isolambda_api.kazoo.paths import ACCOUNT, FUNCTION
from isolambda_api.kazoo.qualifiers import RequestedVersion
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.execution import Origin, report_of
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.errors import FunctionDisabledError
from isolambda_core.domain.limits import OPENAPI_FUNCTIONS
from isolambda_core.domain.secrets.errors import MissingSecretError, UnopenedSecretError
from isolambda_core.services.executions.invocations import Execution

router = APIRouter(route_class=DeferredRoute, tags=["Executions"])

ROUTE = f"{FUNCTION}/execute"
_CALLFLOW = "callflow"


@raises(InvalidDocumentError([Violation(("validate",), "enum", [_CALLFLOW], "x")]))
def _invocation(
    request: Request,
    account: ExecutingAccount,
    function_id: FunctionId,
    data: Data,
    version: RequestedVersion,
    validate: Annotated[
        str | None,
        Query(
            description="`callflow`: a result that is no callflow is invalid.",
            json_schema_extra={"enum": [_CALLFLOW]},
        ),
    ] = None,
) -> Invocation:
    if validate not in (None, _CALLFLOW):
        raise InvalidDocumentError([Violation(("validate",), "enum", [_CALLFLOW], validate)])
    return Invocation(
        account.id,
        function_id,
        payload_of(data),
        version.qualifier,
        version.affinity,
        Origin("kazoo", context_of(request).request_id, hops=hops_of(request)),
        as_callflow=validate is not None,
        tenant=account.tenant,
    )


@router.post(
    ROUTE,
    responses={
        202: {"description": "The execution is queued; `Location` says where to look it up."}
    },
)
@raises(
    PAYLOAD_TOO_LARGE,
    FunctionDisabledError(EXAMPLE_ID),
    MissingSecretError("STRIPE_KEY"),
    UnopenedSecretError("STRIPE_KEY"),
    *EXECUTION_ERRORS,
)
async def execute_function(
    request: Request,
    invocation: Annotated[Invocation, Depends(_invocation)],
    options: RequestedOptions,
    services: UseCases,
) -> Response:
    """Execute a function with `data` as its `call`; any outcome of it is a 200.

    With `Prefer: respond-async` it is queued instead, and the answer a 202.
    """
    if options.respond_async:
        submitted = await services.invocations.submit(invocation, options.key, options.callback_url)
        headers = {
            **options.headers(replayed=submitted.replayed),
            "location": location_of_execution(request, submitted.record),
        }
        return success(request, summary_of(submitted.record), status=202, headers=headers)
    execution = await services.invocations.execute(invocation, options.key)
    headers = options.headers(replayed=execution.replayed)
    return success(request, body_of(execution), headers=headers)


@router.get(f"{ACCOUNT}/openapi.json", responses=CACHED)
@raises(RESPONSE_TOO_LARGE)
def describe_functions(
    request: Request,
    account: CallableAccount,
    services: UseCases,
    start_key: Annotated[
        str | None, Query(description="`x-next-start-key` of the document before.")
    ] = None,
) -> Response:
    """Return an OpenAPI document of the functions of the account that are enabled.

    Each is an operation that executes it, with its input and its result as its schemas describe
    them: those of the version that the alias `live` points to, else of the draft. A key that is
    limited to one function sees that one. The document stands in no envelope. If there are more
    functions than it has, `x-next-start-key` leads to the rest, and the description says so.
    """
    caller = context_of(request).caller
    page = services.live_functions.list(
        account.id,
        OPENAPI_FUNCTIONS,
        decode_key(start_key) if start_key else None,
        None if caller is None else caller.api_key.function_id,
    )
    next_key = None if page.next_after is None else encode_key(page.next_after)
    more = "" if next_key is None else f"There are more: `?start_key={next_key}` has the next."
    document = import_module("isolambda_api.executions.functions_document").document_of(
        f"{account.name}", base_url_of(request), page.items, more
    )
    if next_key is not None:
        document = {**document, "x-next-start-key": next_key}
    body = encode(document)
    etag = hashlib.sha256(body).hexdigest()[:32]
    tag = {"etag": f'"{etag}"'}
    if is_known_to_client(request, etag):
        return Response(status_code=304, headers=tag)
    return Response(body, headers=tag, media_type="application/json")


def body_of(execution: Execution) -> Body:
    """Return an ended execution as the answer shows it."""
    result = execution.result
    report = report_of(result)
    return {
        "execution_id": result.execution_id,
        "outcome": result.outcome,
        "result": None if result.result is None else RawJson(result.result),
        "error": report["error"],
        "logs": report["logs"],
        "usage": asdict(result.usage),
        "fetches": report["fetches"],
        "version": execution.version,
    }
