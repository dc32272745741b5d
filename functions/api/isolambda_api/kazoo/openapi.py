"""How Kazoo's routes are written down in the OpenAPI document; errors are examples of the table."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.http.authentication import NoCredentialsError
from isolambda_api.http.context import RequestContext
from isolambda_api.http.errors import (
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
    MediaTypeError,
    NotAcceptableError,
    ResponseTooLargeError,
)
from isolambda_api.http.openapi import (
    SECURED,
    request_body,
    responses,
)
from isolambda_api.kazoo.authorization import InvalidAccountIdError
from isolambda_api.kazoo.errors import example
from isolambda_api.kazoo.pagination import FaultyRequestError
from isolambda_api.kazoo.request import MissingDataError
from isolambda_api.kazoo.schemas import ErrorEnvelope
from isolambda_core.domain import limits
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    ForbiddenError,
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    PreconditionFailedError,
    RevisionConflictError,
    StoreUnavailableError,
    Violation,
)
from isolambda_core.domain.functions.errors import FunctionNotFoundError

ID = "3b1c0f4e5d6a7b8c9d0e1f2a3b4c5d6e"
_CONTEXT = RequestContext("9f0d6f0f4ae14b0f8d3a52c2b7a1e0c4", "5f2d8c1e9b7a4f60a1b2c3d4e5f60718", 0)

FAULT = (Exception(),)
TOO_LARGE = ResponseTooLargeError(limits.LAMBDA_ANSWER_BYTES, limits.LAMBDA_ANSWER_BYTES + 1)
BODY = (
    MalformedBodyError("Expecting value at line 1 column 1"),
    MissingDataError({}),
    BodyTooLargeError(limits.BODY_BYTES),
    ContentEncodingError(),
)
"""Whatever is wrong with a body that is read, be there data in it or not."""
ANYBODY = (
    InvalidDocumentError([Violation(("jsonp",), "pattern", "…", "not a name")]),
    UnauthorizedError(),
    NotAcceptableError(),
    TooManyRequestsError(0, 4),
    StoreUnavailableError(),
    *FAULT,
)
CALLER = (
    *ANYBODY,
    NoCredentialsError(),
    ForbiddenError("access denied by token restrictions"),
    AccountNotFoundError(ID),
    AccountDisabledError(ID),
)
ACCOUNT = (*CALLER, ForbiddenError(), InvalidAccountIdError("x"))
FUNCTION = (*ACCOUNT, FunctionNotFoundError(ID))
DATA = (*BODY, MediaTypeError(), InvalidDocumentError([Violation(("data",), "type", "object", [])]))
DOCUMENT = (
    *DATA,
    InvalidDocumentError(
        [
            Violation(("name",), "required", None, "name"),
            Violation(("function_js",), "type", "string", 123),
        ]
    ),
)
PAGING = FaultyRequestError("invalid page size")
REVISION = (PreconditionFailedError(), RevisionConflictError())
FILTERS = (
    InvalidDocumentError([Violation(("filters",), "maxItems", limits.FILTERS, limits.FILTERS + 1)]),
)

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "ETags of which the write is to start from one; `*` is any.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "ETags of what the client has already; `*` is any.",
    "schema": {"type": "string"},
}
_IF_OTHER = {
    **_IF_NONE_MATCH,
    "description": "ETags of which the write must start from none; `*` is any.",
}

_FILTERS = {
    "name": "filters",
    "in": "query",
    "description": (
        f"Kazoo's filters, at most {limits.FILTERS}; all must let a document through. `KEY` is a "
        "dotted path into the whole document, `LIST` is JSON: `filter_KEY=VALUE` or `=LIST`, "
        "`filter_not_KEY`, `filter_any_KEY=LIST`, `filter_none_KEY`, "
        "`filter_array_intersect_all_KEY=LIST`, `…_any_KEY`, `…_none_KEY`, `has_key=KEY`, "
        "`key_missing`, `has_value`, `value_missing`; `created_from`, `created_to`, "
        "`modified_from` and `modified_to` in Gregorian seconds."
    ),
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    "example": {"filter_enabled": "true", "has_key": "fallback"},
}


def operation(
    summary: str,
    answer: type[BaseModel],
    *errors: Exception,
    status: int = 200,
    reads: type[BaseModel] | None = None,
    required: bool = True,
    cached: bool = False,
    secured: bool = True,
) -> dict[str, Any]:
    """Return what FastAPI is to write about a route.

    ``reads`` is the body, which may be left out unless it is ``required``; ``cached`` says that a
    client which has the answer already gets a 304.
    """
    answers: dict[int | str, dict[str, Any]] = {
        status: {"model": answer},
        **responses(ErrorEnvelope, [example(error, _CONTEXT) for error in errors]),
    }
    parameters = []
    if cached:
        answers[304] = {"description": "The client has it already; there is no body."}
        parameters.append(_IF_NONE_MATCH)
    if any(isinstance(error, PreconditionFailedError) for error in errors):
        parameters += [_IF_MATCH, _IF_OTHER]
    if any(error in FILTERS for error in errors):
        parameters.append(_FILTERS)
    extra: Mapping[str, Any] = {
        **(SECURED if secured else {}),
        **(request_body(reads, required=required) if reads else {}),
        "parameters": parameters,
    }
    return {
        "summary": summary,
        "status_code": status,
        "responses": answers,
        "openapi_extra": extra,
    }
