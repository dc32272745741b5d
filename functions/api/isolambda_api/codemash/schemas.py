"""Models of CodeMash's requests and responses, for the OpenAPI document."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from isolambda_api.codemash.request import QUALIFIER_PATTERN
from isolambda_api.http.openapi import Bodies
from isolambda_core.domain.executions.records import Status
from isolambda_core.domain.limits import CONTEXT_BYTES, INPUT_DEPTH


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ExecuteFunctionRequest(BaseModel):
    """CodeMash's ExecuteFunctionRequest; names are read in any case."""

    data: Annotated[
        Any,
        Field(
            description="The input: JSON text in a string, or the JSON itself; `{}` when absent. "
            f"`Template` is another name of it. At most {INPUT_DEPTH} levels.",
            examples=['{"total": 12.5}'],
        ),
    ] = "{}"
    qualifier: Annotated[
        str,
        Field(
            description="A version number or an alias.",
            examples=["$LATEST"],
            pattern=QUALIFIER_PATTERN,
        ),
    ] = "$LATEST"
    meta: Annotated[
        dict[str, str],
        Field(
            description="The function's `context.meta`; also as JSON text. With `tokens` at most "
            f"{CONTEXT_BYTES} bytes as JSON."
        ),
    ] = {}
    tokens: Annotated[
        dict[str, str], Field(description="The function's `context.tokens`; also as JSON text.")
    ] = {}


class ExecuteFunctionResponse(_Closed):
    """What the function returned, as JSON text in a string; "" for `undefined`."""

    Result: Annotated[str, Field(examples=['{"ok":true}'])]
    result: Annotated[str, Field(description="The same.", examples=['{"ok":true}'])]


class SubmittedResponse(_Closed):
    """An execution that is queued; `Location` says where to look it up."""

    executionId: str  # noqa: N815 - in the style of the rest
    status: Status


class FieldError(_Closed):
    """A field that was wrong."""

    errorCode: str  # noqa: N815 - ServiceStack's own names, here and below
    fieldName: str  # noqa: N815
    message: str
    meta: dict[str, str]


class ResponseStatus(_Closed):
    """What went wrong."""

    errorCode: Annotated[  # noqa: N815
        str, Field(description="The kind of error; what JavaScript calls it when a function threw.")
    ]
    message: str
    errors: list[FieldError]
    meta: Annotated[
        dict[str, str],
        Field(
            description="`executionId`; `line`, `column`, `stack`, and of modules `file`; "
            "`limit`, `value` and, if it is known, `used`; what an error carries, as JSON as in "
            "responses of Kazoo's routes: `fields`, `cause`, `errors`, `error`, `suppressed`."
        ),
    ]


class ErrorResponse(_Closed):
    """ServiceStack's response to a request that failed."""

    responseStatus: ResponseStatus  # noqa: N815


_POST = Bodies(
    ExecuteFunctionResponse,
    ExecuteFunctionRequest,
    required=False,
    others={202: SubmittedResponse},
)
_GET = replace(_POST, request=None)
BODIES = {
    "codemash_v2_post": _POST,
    "codemash_v2_get": _GET,
    "codemash_v1_post": _POST,
    "codemash_v1_get": _GET,
    "codemash_latest_post": _POST,
    "codemash_latest_get": _GET,
}
"""By the name of the route."""
