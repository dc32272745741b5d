"""What the OpenAPI document says of accounts, keys and tokens."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.accounts import schemas
from isolambda_api.kazoo.openapi import (
    ACCOUNT,
    CALLER,
    DATA,
    PAGING,
    REVISION,
    operation,
)
from isolambda_core.domain.accounts.errors import (
    AccountHasChildrenError,
    ForbiddenError,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)

_DOCUMENT = (*DATA, InvalidDocumentError([Violation(("name",), "required", None, "name")]))

CREATE_OWN = operation(
    "Create an account below one's own",
    schemas.AccountResponse,
    *CALLER,
    *_DOCUMENT,
    status=201,
    reads=schemas.AccountRequest,
)
CREATE = operation(
    "Create an account below another",
    schemas.AccountResponse,
    *ACCOUNT,
    *_DOCUMENT,
    status=201,
    reads=schemas.AccountRequest,
)
FETCH = operation("Fetch an account", schemas.AccountResponse, *ACCOUNT, cached=True)
CHANGE = operation(
    "Replace an account",
    schemas.AccountResponse,
    *ACCOUNT,
    *_DOCUMENT,
    *REVISION,
    reads=schemas.AccountRequest,
)
PATCH = operation(
    "Change a part of an account",
    schemas.AccountResponse,
    *ACCOUNT,
    *_DOCUMENT,
    *REVISION,
    reads=schemas.AccountPatchRequest,
    required=False,
)
REMOVE = operation(
    "Delete an account",
    schemas.AccountResponse,
    *ACCOUNT,
    *REVISION,
    ForbiddenError("an account cannot delete itself"),
    AccountHasChildrenError(),
)
CHILDREN = operation(
    "List the accounts below another",
    schemas.AccountListResponse,
    *ACCOUNT,
    PAGING,
    cached=True,
)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "create_account": CREATE_OWN,
    "create_child_account": CREATE,
    "fetch_account": FETCH,
    "change_account": CHANGE,
    "patch_account": PATCH,
    "remove_account": REMOVE,
    "list_children": CHILDREN,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (
    schemas.AccountRequest,
    schemas.AccountPatchRequest,
)
"""The request bodies, which the routes read by hand."""
