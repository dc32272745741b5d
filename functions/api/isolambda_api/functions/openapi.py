"""What the OpenAPI document says of functions."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.functions import schemas
from isolambda_api.kazoo.openapi import (
    ACCOUNT,
    ANYBODY,
    CALLER,
    DATA,
    DOCUMENT,
    FILTERS,
    FUNCTION,
    PAGING,
    REVISION,
    TOO_LARGE,
    operation,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    ListTooLongError,
    RevisionConflictError,
    Violation,
)
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
)

LIST = operation(
    "List functions",
    schemas.FunctionListResponse,
    *ACCOUNT,
    PAGING,
    *FILTERS,
    ListTooLongError(),
    TOO_LARGE,
    cached=True,
)
CREATE = operation(
    "Create a function",
    schemas.FunctionResponse,
    *ACCOUNT,
    *DOCUMENT,
    FunctionExistsError(),
    status=201,
    reads=schemas.FunctionRequest,
)
ENABLE = operation(
    "Enable functions that failed",
    schemas.EnabledResponse,
    *ACCOUNT,
    *DATA,
    InvalidDocumentError([Violation(("re-enable",), "required", None, "re-enable")]),
    RevisionConflictError(),
    reads=schemas.EnableRequest,
)
SYSTEM = operation(
    "List functions of the system", schemas.FunctionListResponse, *CALLER, cached=True
)
OPEN_SAMPLES = operation(
    "Show samples to anybody",
    schemas.SampleListResponse,
    *ANYBODY,
    *FILTERS,
    cached=True,
    secured=False,
)
SAMPLES = operation("Show samples", schemas.SampleListResponse, *ACCOUNT, *FILTERS, cached=True)
FETCH = operation("Fetch a function", schemas.FunctionResponse, *FUNCTION, cached=True)
CHANGE = operation(
    "Replace a function",
    schemas.FunctionResponse,
    *FUNCTION,
    *DOCUMENT,
    *REVISION,
    reads=schemas.FunctionRequest,
)
PATCH = operation(
    "Change a part of a function",
    schemas.FunctionResponse,
    *FUNCTION,
    *DOCUMENT,
    *REVISION,
    reads=schemas.FunctionPatchRequest,
    required=False,
)
REMOVE = operation("Delete a function", schemas.FunctionResponse, *FUNCTION, *REVISION)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "list_functions": LIST,
    "create_function": CREATE,
    "enable_functions": ENABLE,
    "list_system_functions": SYSTEM,
    "show_samples": OPEN_SAMPLES,
    "show_samples_to_account": SAMPLES,
    "fetch_function": FETCH,
    "change_function": CHANGE,
    "patch_function": PATCH,
    "remove_function": REMOVE,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (
    schemas.FunctionRequest,
    schemas.FunctionPatchRequest,
    schemas.EnableRequest,
)
"""The request bodies, which the routes read by hand."""
