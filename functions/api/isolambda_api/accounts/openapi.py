"""What the OpenAPI document says of accounts."""

from isolambda_api.accounts import schemas
from isolambda_api.kazoo.openapi import Operation
from isolambda_core.domain.accounts.errors import AccountHasChildrenError, ForbiddenError
from isolambda_core.domain.errors import InvalidDocumentError, Violation

_INVALID = InvalidDocumentError([Violation(("name",), "required", None, "name")])
_CREATE = Operation(schemas.AccountResponse, [_INVALID], status=201, reads=schemas.AccountRequest)

OPERATIONS = {
    "create_account": _CREATE,
    "create_child_account": _CREATE,
    "fetch_account": Operation(schemas.AccountResponse, cached=True),
    "change_account": Operation(schemas.AccountResponse, [_INVALID], reads=schemas.AccountRequest),
    "patch_account": Operation(
        schemas.AccountResponse, [_INVALID], reads=schemas.AccountPatchRequest, required=False
    ),
    "remove_account": Operation(
        schemas.AccountResponse,
        [ForbiddenError("an account cannot delete itself"), AccountHasChildrenError()],
    ),
    "list_children": Operation(schemas.AccountListResponse, cached=True),
}
"""By the name of the route."""
