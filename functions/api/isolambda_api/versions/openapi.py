"""What the OpenAPI document says of versions."""

from isolambda_api.kazoo.openapi import Operation
from isolambda_api.versions import schemas
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.errors import VersionExistsError, VersionInUseError

_NO_JAVASCRIPT = Violation(
    ("function_js",),
    "error",
    None,
    None,
    "SyntaxError: Unexpected token ';', at line 2, column 11",
    (2, 11),
)

OPERATIONS = {
    "publish_version": Operation(
        schemas.VersionResponse,
        [
            InvalidDocumentError([Violation(("description",), "type", "string", 1)]),
            InvalidDocumentError([_NO_JAVASCRIPT]),
            VersionExistsError(),
        ],
        status=201,
        reads=schemas.VersionRequest,
        required=False,
        also={200: {"model": schemas.VersionResponse}},
    ),
    "list_versions": Operation(schemas.VersionListResponse, cached=True),
    "fetch_version": Operation(schemas.VersionResponse, cached=True),
    "remove_version": Operation(schemas.RemovedVersionResponse, [VersionInUseError("live")]),
}
"""By the name of the route."""
