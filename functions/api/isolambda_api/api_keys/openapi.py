"""What the OpenAPI document says of API keys."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.api_keys import schemas
from isolambda_api.kazoo.openapi import (
    ACCOUNT,
    BODY,
    DATA,
    ID,
    operation,
)
from isolambda_core.domain.accounts.errors import (
    ApiKeyNotFoundError,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)

_NO_KEY = ApiKeyNotFoundError(ID)
CALLBACK_SECRET = operation(
    "Show what callbacks are signed with", schemas.CallbackSecretResponse, *ACCOUNT
)
API_KEY = operation("Show the account's own key", schemas.ApiKeyResponse, *ACCOUNT, _NO_KEY)
CHANGE_API_KEY = operation(
    "Change the account's own key", schemas.ApiKeyResponse, *ACCOUNT, *BODY, status=201
)
KEYS = operation("List keys", schemas.KeyListResponse, *ACCOUNT, cached=True)
CREATE_KEY = operation(
    "Create a key",
    schemas.NewKeyResponse,
    *ACCOUNT,
    *DATA,
    InvalidDocumentError([Violation(("scopes",), "minItems", 1, [])]),
    status=201,
    reads=schemas.KeyRequest,
    required=False,
)
REMOVE_KEY = operation("Remove a key", schemas.RemovedKeyResponse, *ACCOUNT, _NO_KEY)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "show_api_key": API_KEY,
    "change_api_key": CHANGE_API_KEY,
    "show_callback_secret": CALLBACK_SECRET,
    "list_api_keys": KEYS,
    "create_api_key": CREATE_KEY,
    "remove_api_key": REMOVE_KEY,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (schemas.KeyRequest,)
"""The request bodies, which the routes read by hand."""
