"""What the OpenAPI document says of functions."""

from isolambda_api.functions import schemas
from isolambda_api.http.invocation_options import RESPONSE_TOO_LARGE
from isolambda_api.kazoo.openapi import FILTERS, Operation
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    ListTooLongError,
    RevisionConflictError,
    Violation,
)
from isolambda_core.domain.functions.errors import FunctionExistsError

_INVALID = InvalidDocumentError(
    [
        Violation(("name",), "required", None, "name"),
        Violation(("function_js",), "type", "string", 123),
    ]
)
_SAMPLES = Operation(schemas.SampleListResponse, [FILTERS], cached=True)

OPERATIONS = {
    "list_functions": Operation(
        schemas.FunctionListResponse, [FILTERS, ListTooLongError(), RESPONSE_TOO_LARGE], cached=True
    ),
    "create_function": Operation(
        schemas.FunctionResponse,
        [_INVALID, FunctionExistsError()],
        status=201,
        reads=schemas.FunctionRequest,
    ),
    "enable_functions": Operation(
        schemas.EnabledResponse,
        [
            InvalidDocumentError([Violation(("re-enable",), "required", None, "re-enable")]),
            RevisionConflictError(),
        ],
        reads=schemas.EnableRequest,
    ),
    "list_system_functions": Operation(schemas.FunctionListResponse, cached=True),
    "show_samples": _SAMPLES,
    "show_samples_to_account": _SAMPLES,
    "fetch_function": Operation(schemas.FunctionResponse, cached=True),
    "change_function": Operation(
        schemas.FunctionResponse, [_INVALID], reads=schemas.FunctionRequest
    ),
    "patch_function": Operation(
        schemas.FunctionResponse, [_INVALID], reads=schemas.FunctionPatchRequest, required=False
    ),
    "remove_function": Operation(schemas.FunctionResponse),
}
"""By the name of the route."""
