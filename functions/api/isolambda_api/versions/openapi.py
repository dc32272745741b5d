"""What the OpenAPI document says of versions."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.kazoo.openapi import (
    DATA,
    FUNCTION,
    PAGING,
    operation,
)
from isolambda_api.versions import schemas
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.functions.errors import (
    QualifierNotFoundError,
    VersionExistsError,
    VersionInUseError,
)

NO_VERSION = QualifierNotFoundError("42")
_NO_JAVASCRIPT = Violation(
    ("function_js",),
    "error",
    None,
    None,
    "SyntaxError: Unexpected token ';', at line 2, column 11",
    (2, 11),
)

_PUBLISH = operation(
    "Publish a version",
    schemas.VersionResponse,
    *FUNCTION,
    *DATA,
    InvalidDocumentError([Violation(("description",), "type", "string", 1)]),
    InvalidDocumentError([_NO_JAVASCRIPT]),
    VersionExistsError(),
    status=201,
    reads=schemas.VersionRequest,
    required=False,
)
PUBLISH = {
    **_PUBLISH,
    "responses": {200: {"model": schemas.VersionResponse}, **_PUBLISH["responses"]},
}
LIST_VERSIONS = operation(
    "List versions",
    schemas.VersionListResponse,
    *FUNCTION,
    PAGING,
    cached=True,
)
FETCH_VERSION = operation(
    "Fetch a version", schemas.VersionResponse, *FUNCTION, NO_VERSION, cached=True
)
REMOVE_VERSION = operation(
    "Remove a version",
    schemas.RemovedVersionResponse,
    *FUNCTION,
    NO_VERSION,
    VersionInUseError("live"),
)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "publish_version": PUBLISH,
    "list_versions": LIST_VERSIONS,
    "fetch_version": FETCH_VERSION,
    "remove_version": REMOVE_VERSION,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (schemas.VersionRequest,)
"""The request bodies, which the routes read by hand."""
