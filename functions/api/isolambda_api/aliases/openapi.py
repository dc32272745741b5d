"""What the OpenAPI document says of aliases."""

from isolambda_api.aliases import schemas
from isolambda_api.kazoo.openapi import Operation
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.errors import AliasExistsError, QualifierNotFoundError

_NO_ALIAS = QualifierNotFoundError("live")
_INVALID = InvalidDocumentError([Violation(("version",), "required", None, "version")])
_NOTHING_BEFORE = InvalidDocumentError(
    [Violation(("name",), "error", None, None, message="there is nothing to go back to")]
)

OPERATIONS = {
    "create_alias": Operation(
        schemas.AliasResponse,
        [_INVALID, QualifierNotFoundError("42"), AliasExistsError()],
        status=201,
        reads=schemas.AliasRequest,
    ),
    "list_aliases": Operation(schemas.AliasListResponse, cached=True),
    "fetch_alias": Operation(schemas.AliasResponse, [_NO_ALIAS], cached=True),
    "change_alias": Operation(
        schemas.AliasResponse, [_INVALID, _NO_ALIAS], reads=schemas.AliasChangeRequest
    ),
    "patch_alias": Operation(
        schemas.AliasResponse,
        [_INVALID, _NO_ALIAS],
        reads=schemas.AliasPatchRequest,
        required=False,
    ),
    "remove_alias": Operation(schemas.AliasResponse, [_NO_ALIAS]),
    "roll_back_alias": Operation(schemas.AliasResponse, [_NO_ALIAS, _NOTHING_BEFORE]),
}
"""By the name of the route."""
