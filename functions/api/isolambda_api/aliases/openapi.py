"""What the OpenAPI document says of aliases."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.aliases import schemas
from isolambda_api.kazoo.openapi import (
    BODY,
    DATA,
    FUNCTION,
    REVISION,
    operation,
)
from isolambda_api.versions.openapi import NO_VERSION
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.functions.errors import (
    AliasExistsError,
    QualifierNotFoundError,
)

_NO_ALIAS = QualifierNotFoundError("live")
_ALIAS = (*DATA, InvalidDocumentError([Violation(("version",), "required", None, "version")]))
_NOTHING_BEFORE = InvalidDocumentError(
    [Violation(("name",), "error", None, None, message="there is nothing to go back to")]
)
CREATE_ALIAS = operation(
    "Create an alias",
    schemas.AliasResponse,
    *FUNCTION,
    *_ALIAS,
    NO_VERSION,
    AliasExistsError(),
    status=201,
    reads=schemas.AliasRequest,
)
LIST_ALIASES = operation("List aliases", schemas.AliasListResponse, *FUNCTION, cached=True)
FETCH_ALIAS = operation("Fetch an alias", schemas.AliasResponse, *FUNCTION, _NO_ALIAS, cached=True)
CHANGE_ALIAS = operation(
    "Move an alias",
    schemas.AliasResponse,
    *FUNCTION,
    *_ALIAS,
    _NO_ALIAS,
    *REVISION,
    reads=schemas.AliasChangeRequest,
)
PATCH_ALIAS = operation(
    "Change a part of an alias",
    schemas.AliasResponse,
    *FUNCTION,
    *_ALIAS,
    _NO_ALIAS,
    *REVISION,
    reads=schemas.AliasPatchRequest,
    required=False,
)
REMOVE_ALIAS = operation("Remove an alias", schemas.AliasResponse, *FUNCTION, _NO_ALIAS, *REVISION)
ROLL_BACK = operation(
    "Move an alias back",
    schemas.AliasResponse,
    *FUNCTION,
    *BODY,
    _NO_ALIAS,
    _NOTHING_BEFORE,
    *REVISION,
)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "create_alias": CREATE_ALIAS,
    "list_aliases": LIST_ALIASES,
    "fetch_alias": FETCH_ALIAS,
    "change_alias": CHANGE_ALIAS,
    "patch_alias": PATCH_ALIAS,
    "remove_alias": REMOVE_ALIAS,
    "roll_back_alias": ROLL_BACK,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (
    schemas.AliasRequest,
    schemas.AliasChangeRequest,
    schemas.AliasPatchRequest,
)
"""The request bodies, which the routes read by hand."""
