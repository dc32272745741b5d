"""What the OpenAPI document says of versions and aliases."""

from isolambda_api.kazoo.openapi import (
    BODY,
    DATA,
    FUNCTION,
    REVISION,
    operation,
)
from isolambda_api.kazoo.pagination import FaultyRequestError
from isolambda_api.versions import schemas
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Problem,
)
from isolambda_core.domain.functions.errors import (
    AliasExistsError,
    QualifierNotFoundError,
    VersionExistsError,
    VersionInUseError,
)

_NO_VERSION = QualifierNotFoundError("42")
_NO_ALIAS = QualifierNotFoundError("live")
_ALIAS = (*DATA, InvalidDocumentError([Problem(("version",), "required", None, "version")]))
_NO_JAVASCRIPT = Problem(
    ("function_js",),
    "error",
    None,
    None,
    "SyntaxError: Unexpected token ';', at line 2, column 11",
    (2, 11),
)
_NOTHING_BEFORE = InvalidDocumentError(
    [Problem(("name",), "error", None, None, message="there is nothing to go back to")]
)

_PUBLISH = operation(
    "Publish a version",
    schemas.VersionAnswer,
    *FUNCTION,
    *DATA,
    InvalidDocumentError([Problem(("description",), "type", "string", 1)]),
    InvalidDocumentError([_NO_JAVASCRIPT]),
    VersionExistsError(),
    status=201,
    reads=schemas.VersionRequest,
    required=False,
)
PUBLISH = {
    **_PUBLISH,
    "responses": {200: {"model": schemas.VersionAnswer}, **_PUBLISH["responses"]},
}
LIST_VERSIONS = operation(
    "List versions",
    schemas.VersionListAnswer,
    *FUNCTION,
    FaultyRequestError("invalid page size"),
    cached=True,
)
FETCH_VERSION = operation(
    "Fetch a version", schemas.VersionAnswer, *FUNCTION, _NO_VERSION, cached=True
)
REMOVE_VERSION = operation(
    "Remove a version",
    schemas.RemovedVersionAnswer,
    *FUNCTION,
    _NO_VERSION,
    VersionInUseError("live"),
)
CREATE_ALIAS = operation(
    "Create an alias",
    schemas.AliasAnswer,
    *FUNCTION,
    *_ALIAS,
    _NO_VERSION,
    AliasExistsError(),
    status=201,
    reads=schemas.AliasRequest,
)
LIST_ALIASES = operation("List aliases", schemas.AliasListAnswer, *FUNCTION, cached=True)
FETCH_ALIAS = operation("Fetch an alias", schemas.AliasAnswer, *FUNCTION, _NO_ALIAS, cached=True)
CHANGE_ALIAS = operation(
    "Move an alias",
    schemas.AliasAnswer,
    *FUNCTION,
    *_ALIAS,
    _NO_ALIAS,
    *REVISION,
    reads=schemas.AliasChangeRequest,
)
PATCH_ALIAS = operation(
    "Change a part of an alias",
    schemas.AliasAnswer,
    *FUNCTION,
    *_ALIAS,
    _NO_ALIAS,
    *REVISION,
    reads=schemas.AliasPatchRequest,
    required=False,
)
REMOVE_ALIAS = operation("Remove an alias", schemas.AliasAnswer, *FUNCTION, _NO_ALIAS, *REVISION)
ROLL_BACK = operation(
    "Move an alias back",
    schemas.AliasAnswer,
    *FUNCTION,
    *BODY,
    _NO_ALIAS,
    _NOTHING_BEFORE,
    *REVISION,
)
