"""What the OpenAPI document says of API keys."""

from isolambda_api.api_keys import schemas
from isolambda_api.http.raises import EXAMPLE_ID
from isolambda_api.kazoo.openapi import Operation
from isolambda_core.domain.accounts.errors import ApiKeyNotFoundError
from isolambda_core.domain.errors import InvalidDocumentError, Violation

_NO_KEY = ApiKeyNotFoundError(EXAMPLE_ID)

OPERATIONS = {
    "show_api_key": Operation(schemas.ApiKeyResponse, [_NO_KEY]),
    "change_api_key": Operation(schemas.ApiKeyResponse, status=201),
    "show_callback_secret": Operation(schemas.CallbackSecretResponse),
    "list_api_keys": Operation(schemas.KeyListResponse, cached=True),
    "create_api_key": Operation(
        schemas.NewKeyResponse,
        [InvalidDocumentError([Violation(("scopes",), "minItems", 1, [])])],
        status=201,
        reads=schemas.KeyRequest,
        required=False,
    ),
    "remove_api_key": Operation(schemas.RemovedKeyResponse, [_NO_KEY]),
}
"""By the name of the route."""
