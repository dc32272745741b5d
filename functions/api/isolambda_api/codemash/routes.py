"""CodeMash's way to execute a function; the versions of its API are all alike.

CN: ExecuteFunctionRequest, GET and POST, versioned and not.
"""

from fastapi import APIRouter, Request, Response

from isolambda_api.body import Body
from isolambda_api.codemash.answer import answer
from isolambda_api.codemash.documented import execute_operation
from isolambda_api.codemash.errors import body_of_failure
from isolambda_api.codemash.request import (
    FunctionId,
    ProjectId,
    bind,
    input_of,
    qualifier_of,
    texts_of,
)
from isolambda_api.dependencies import UseCases
from isolambda_core.domain.execution import Origin, Outcome

_VERSIONS = ("v2", "v1", "")


def execute_function(
    request: Request,
    project_id: ProjectId,
    function_id: FunctionId,
    body: Body,
    services: UseCases,
) -> Response:
    """Execute a function and return its result as JSON text in a string."""
    fields = bind(request, body)
    execution = services.executions.execute(
        project_id,
        function_id,
        input_of(fields),
        qualifier_of(fields),
        request.headers.get("x-affinity-key"),
        origin=Origin("codemash", texts_of(fields, "Meta"), texts_of(fields, "Tokens")),
    )
    headers = {"x-function-version": execution.version}
    if execution.result.outcome is not Outcome.OK:
        status, failure = body_of_failure(execution.result)
        return answer(failure, status, headers)
    result = execution.result.result or ""
    return answer({"Result": result, "result": result}, headers=headers)


def _router() -> APIRouter:
    router = APIRouter(tags=["CodeMash"])
    for version in _VERSIONS:
        prefix = f"/{version}" if version else ""
        for verb in ("POST", "GET"):
            router.add_api_route(
                f"{prefix}/serverless/functions/{{id}}/execute",
                execute_function,
                methods=[verb],
                **execute_operation(verb, version),
            )
    return router


router = _router()
