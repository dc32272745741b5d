"""What the OpenAPI document says of Kazoo's routes; errors are examples of the one table."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.auth import NoCredentialsError
from isolambda_api.errors import (
    AnswerTooLargeError,
    BodyTooLargeError,
    MalformedBodyError,
    MediaTypeError,
)
from isolambda_api.exchange import Exchange
from isolambda_api.kazoo import schemas
from isolambda_api.kazoo.envelope import MissingDataError
from isolambda_api.kazoo.errors import InvalidAccountIdError, example
from isolambda_api.kazoo.pages import FaultyRequestError
from isolambda_api.openapi import SECURED, request_body, responses
from isolambda_core.domain import limits
from isolambda_core.domain.errors import (
    AccountNotFoundError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    ForbiddenError,
    FunctionDisabledError,
    FunctionNotFoundError,
    InvalidDocumentError,
    PayloadTooLargeError,
    Problem,
    QualifierNotFoundError,
    RevisionConflictError,
    StoreUnavailableError,
    UnauthorizedError,
)

_ID = "3b1c0f4e5d6a7b8c9d0e1f2a3b4c5d6e"
_EXCHANGE = Exchange("9f0d6f0f4ae14b0f8d3a52c2b7a1e0c4", "5f2d8c1e9b7a4f60a1b2c3d4e5f60718", 0)

_FAULT = (Exception(),)
_TOO_LARGE = AnswerTooLargeError(limits.LAMBDA_ANSWER_BYTES, limits.LAMBDA_ANSWER_BYTES + 1)
_ACCOUNT = (
    NoCredentialsError(),
    UnauthorizedError(),
    ForbiddenError(),
    InvalidAccountIdError("x"),
    AccountNotFoundError(_ID),
    StoreUnavailableError(),
    *_FAULT,
)
_FUNCTION = (*_ACCOUNT, FunctionNotFoundError(_ID))
_BODY = (
    MalformedBodyError("Expecting value at line 1 column 1"),
    MissingDataError({}),
    InvalidDocumentError([Problem(("data",), "type", "object", [])]),
    BodyTooLargeError(limits.BODY_BYTES),
    MediaTypeError(),
)
_DOCUMENT = (
    *_BODY,
    InvalidDocumentError(
        [
            Problem(("name",), "required", None, "name"),
            Problem(("function_js",), "type", "string", 123),
        ]
    ),
)
_EXECUTION = (
    PayloadTooLargeError(limits.PAYLOAD_BYTES, limits.PAYLOAD_BYTES + 1),
    FunctionDisabledError(_ID),
    QualifierNotFoundError("42"),
    ExecutorBusyError(),
    ExecutorUnavailableError(),
)


def _operation(
    summary: str,
    answer: type[BaseModel],
    *errors: Exception,
    status: int = 200,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "summary": summary,
        "status_code": status,
        "responses": {
            status: {"model": answer},
            **responses(schemas.ErrorAnswer, [example(error, _EXCHANGE) for error in errors]),
        },
        "openapi_extra": {**(extra or {})},
    }


def _reads(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    return {**SECURED, **request_body(model, required=required)}


LIST = _operation(
    "List functions",
    schemas.FunctionListAnswer,
    *_ACCOUNT,
    FaultyRequestError("invalid page size"),
    _TOO_LARGE,
    extra=SECURED,
)
CREATE = _operation(
    "Create a function",
    schemas.FunctionAnswer,
    *_ACCOUNT,
    *_DOCUMENT,
    status=201,
    extra=_reads(schemas.FunctionRequest),
)
OPEN_SAMPLES = _operation("Show samples to anybody", schemas.SampleListAnswer, *_FAULT)
SAMPLES = _operation("Show samples", schemas.SampleListAnswer, *_ACCOUNT, extra=SECURED)
FETCH = _operation("Fetch a function", schemas.FunctionAnswer, *_FUNCTION, extra=SECURED)
CHANGE = _operation(
    "Replace a function",
    schemas.FunctionAnswer,
    *_FUNCTION,
    *_DOCUMENT,
    RevisionConflictError(),
    extra=_reads(schemas.FunctionRequest),
)
PATCH = _operation(
    "Change a part of a function",
    schemas.FunctionAnswer,
    *_FUNCTION,
    *_DOCUMENT,
    RevisionConflictError(),
    extra=_reads(schemas.FunctionPatchRequest),
)
REMOVE = _operation(
    "Delete a function",
    schemas.FunctionAnswer,
    *_FUNCTION,
    RevisionConflictError(),
    extra=SECURED,
)
EXECUTE = _operation(
    "Execute a function",
    schemas.ExecutionAnswer,
    *_FUNCTION,
    *_BODY,
    *_EXECUTION,
    _TOO_LARGE,
    extra=_reads(schemas.ExecuteRequest, required=False),
)
