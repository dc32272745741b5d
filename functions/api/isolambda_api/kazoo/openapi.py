"""How the OpenAPI document describes Kazoo's routes: what their dependencies raise, and the rest.

Each error is an example, written by the table of errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from isolambda_api.http.authentication import NoCredentialsError
from isolambda_api.http.context import RequestContext
from isolambda_api.http.errors import (
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
)
from isolambda_api.http.openapi import SECURED, request_body, responses
from isolambda_api.http.raises import errors_of
from isolambda_api.kazoo.errors import example
from isolambda_api.kazoo.request import READING_A_BODY, MissingDataError
from isolambda_api.kazoo.schemas import ErrorEnvelope
from isolambda_core.domain import limits
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    PreconditionFailedError,
    StoreUnavailableError,
    Violation,
)

_CONTEXT = RequestContext("9f0d6f0f4ae14b0f8d3a52c2b7a1e0c4", "5f2d8c1e9b7a4f60a1b2c3d4e5f60718", 0)
_ALL = (StoreUnavailableError(), Exception())
_ENVELOPE = (InvalidDocumentError([Violation(("jsonp",), "pattern", "…", "not a name")]),)
_BODY = (
    MalformedBodyError("Expecting value at line 1 column 1"),
    MissingDataError({}),
    BodyTooLargeError(limits.BODY_BYTES),
    ContentEncodingError(),
)
FILTERS = InvalidDocumentError(
    [Violation(("filters",), "maxItems", limits.FILTERS, limits.FILTERS + 1)]
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


@dataclass(frozen=True, slots=True)
class Operation:
    """What the document says of a route that neither its name nor its dependencies say.

    Attributes:
        response: The body of a success.
        errors: Examples of what the endpoint itself raises.
        reads: The body of the request, which may be left out unless it is ``required``.
        cached: A client that has the response already gets a 304.
        also: Further successes by their status.
        parameters: Parameters that the endpoint reads by hand.
        in_envelope: The request comes in Kazoo's envelope.
    """

    response: type[BaseModel]
    errors: Sequence[Exception] = ()
    status: int = 200
    reads: type[BaseModel] | None = None
    required: bool = True
    cached: bool = False
    also: Mapping[int | str, Mapping[str, Any]] = field(default_factory=dict)
    parameters: Sequence[Mapping[str, Any]] = ()
    in_envelope: bool = True


def described(route: APIRoute, operation: Operation) -> Mapping[str, Any]:
    """Return what FastAPI is to write about a route."""
    errors = _errors(route, operation)
    answers: dict[int | str, Mapping[str, Any]] = {
        operation.status: {"model": operation.response},
        **operation.also,
        **responses(ErrorEnvelope, [example(error, _CONTEXT) for error in errors]),
    }
    parameters = [*operation.parameters]
    if operation.cached:
        answers[304] = {"description": "The client has it already; there is no body."}
        parameters.append(_IF_NONE_MATCH)
    if any(isinstance(error, PreconditionFailedError) for error in errors):
        parameters += [_IF_MATCH, _IF_OTHER]
    if FILTERS in errors:
        parameters.append(_FILTERS)
    secured = any(isinstance(error, NoCredentialsError) for error in errors)
    return {
        "status_code": operation.status,
        "responses": answers,
        "openapi_extra": {
            **(SECURED if secured else {}),
            **(
                request_body(operation.reads, required=operation.required)
                if operation.reads
                else {}
            ),
            "parameters": parameters,
        },
    }


def _errors(route: APIRoute, operation: Operation) -> Sequence[Exception]:
    reads_a_body = not (route.methods or set()).isdisjoint(READING_A_BODY)
    return list(
        dict.fromkeys(
            [
                *(_ENVELOPE if operation.in_envelope else ()),
                *(_BODY if operation.in_envelope and reads_a_body else ()),
                *errors_of(route.dependant),
                *operation.errors,
                *_ALL,
            ]
        )
    )
