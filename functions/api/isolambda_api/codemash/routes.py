"""CodeMash's way to execute a function; the versions of its API are all alike.

CN: ExecuteFunctionRequest, GET and POST, versioned and not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from isolambda_api.codemash.errors import (
    InputTooLargeError,
    InvalidFieldError,
    TextsTooLargeError,
    body_of_failure,
)
from isolambda_api.codemash.request import (
    QUERY_PARAMETERS,
    AuthorizedProject,
    FunctionId,
    bind,
    input_of,
    name_of_input,
    qualifier_of,
    texts_of,
)
from isolambda_api.codemash.response import answer
from isolambda_api.http.body import MALFORMED_BODY, Body
from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.invocation_options import (
    AFFINITY_KEY,
    EXECUTION_ERRORS,
    EXECUTION_HEADER,
    PAYLOAD_TOO_LARGE,
    VERSION_HEADER,
    InvocationOptions,
    RequestedOptions,
    affinity_of,
    hops_of,
)
from isolambda_api.http.locations import location_of_execution
from isolambda_api.http.raises import EXAMPLE_ID, raises, reads
from isolambda_api.http.services import (
    Services,
    UseCases,
)
from isolambda_core.domain.executions.errors import (
    ContextTooLargeError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    FunctionNotFoundError,
    QualifierNotFoundError,
)
from isolambda_core.domain.limits import CONTEXT_BYTES
from isolambda_core.domain.secrets.errors import MissingSecretError, UnopenedSecretError
from isolambda_core.services.executions.invocations import Execution

_VERSIONS = ("v2", "v1", "")
_VERBS = ("POST", "GET")
PREFIXES = tuple(f"/{version}/serverless" if version else "/serverless" for version in _VERSIONS)
"""Where each version stands."""

_ANSWERED: dict[str, Any] = {
    "headers": {
        VERSION_HEADER: {
            "description": "The version that was executed; also when it failed.",
            "schema": {"type": "string"},
        },
        EXECUTION_HEADER: {
            "description": "The execution; also when it failed.",
            "schema": {"type": "string"},
        },
    }
}


@dataclass(frozen=True, slots=True)
class _Bound:
    """A bound request: the invocation, and the name under which its input came."""

    invocation: Invocation
    name_of_input: str


def _bound(
    request: Request, project: AuthorizedProject, function_id: FunctionId, body: Body
) -> _Bound:
    fields = bind(request, body)
    origin = Origin(
        "codemash",
        context_of(request).request_id,
        texts_of(fields, "Meta"),
        texts_of(fields, "Tokens"),
        hops=hops_of(request),
    )
    name = name_of_input(fields)
    invocation = Invocation(
        project.id,
        function_id,
        input_of(name, fields.get(name.lower())),
        qualifier_of(fields),
        affinity_of(request),
        origin,
        tenant=project.tenant,
    )
    return _Bound(invocation, name)


@raises(
    MALFORMED_BODY,
    InvalidFieldError("Data", "SerializationException", "Data is not valid JSON: Expecting value"),
    InputTooLargeError("Data", PAYLOAD_TOO_LARGE),
    TextsTooLargeError(
        Origin(meta={"colour": "green"}), ContextTooLargeError(CONTEXT_BYTES, CONTEXT_BYTES + 1)
    ),
    FunctionNotFoundError(EXAMPLE_ID),
    QualifierNotFoundError("42"),
    FunctionDisabledError(EXAMPLE_ID),
    MissingSecretError("STRIPE_KEY"),
    UnopenedSecretError("STRIPE_KEY"),
    *EXECUTION_ERRORS,
)
@reads(AFFINITY_KEY, *QUERY_PARAMETERS)
async def execute_function(
    request: Request,
    bound: Annotated[_Bound, Depends(_bound)],
    options: RequestedOptions,
    services: UseCases,
) -> Response:
    """Execute a function and return its result as JSON text in a string."""
    invocation = bound.invocation
    try:
        if options.respond_async:
            return await _submit(request, invocation, options, services)
        return await _execute(invocation, options, services)
    except PayloadTooLargeError as error:
        raise InputTooLargeError(bound.name_of_input, error) from error
    except ContextTooLargeError as error:
        raise TextsTooLargeError(invocation.origin, error) from error


async def _execute(
    invocation: Invocation, options: InvocationOptions, services: Services
) -> Response:
    execution = await services.invocations.execute(invocation, options.key)
    return answer_execution(execution, options.headers(replayed=execution.replayed))


def answer_execution(execution: Execution, more: Mapping[str, str]) -> Response:
    """Return the answer to an ended execution, with more headers."""
    result = execution.result
    headers = {**_headers(execution.version, result.execution_id), **more}
    if result.outcome is not Outcome.OK:
        status, failure = body_of_failure(result)
        return answer(failure, status, headers)
    text = (result.result or b"").decode()
    return answer({"Result": text, "result": text}, headers=headers)


async def _submit(
    request: Request, invocation: Invocation, options: InvocationOptions, services: Services
) -> Response:
    submitted = await services.invocations.submit(invocation, options.key, options.callback_url)
    record = submitted.record
    headers = {
        **_headers(record.version, record.execution_id),
        **options.headers(replayed=submitted.replayed),
        "location": location_of_execution(request, record),
    }
    submission = {"executionId": record.execution_id, "status": record.status.value}
    return answer(submission, 202, headers)


def _headers(version: str, execution_id: str) -> dict[str, str]:
    return {VERSION_HEADER: version, EXECUTION_HEADER: execution_id}


def _router() -> APIRouter:
    router = APIRouter(route_class=DeferredRoute, tags=["CodeMash"])
    for version, prefix in zip(_VERSIONS, PREFIXES, strict=True):
        for verb in _VERBS:
            router.add_api_route(
                f"{prefix}/functions/{{id}}/execute",
                execute_function,
                methods=[verb],
                responses={200: _ANSWERED, 202: _ANSWERED},
                name=f"codemash_{version or 'latest'}_{verb.lower()}",
            )
    return router


router = _router()
