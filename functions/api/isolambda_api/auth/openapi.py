"""What the OpenAPI document says of tokens."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.auth import schemas
from isolambda_api.kazoo.errors import NoUsersError, UnknownApiKeyError
from isolambda_api.kazoo.openapi import (
    ANYBODY,
    BODY,
    CALLER,
    DATA,
    ID,
    operation,
)
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)

API_AUTH = operation(
    "Give a token for an API key",
    schemas.AuthResponse,
    *ANYBODY,
    *DATA,
    InvalidDocumentError([Violation(("api_key",), "minLength", 64, "short")]),
    UnknownApiKeyError(),
    AccountDisabledError(ID),
    status=201,
    reads=schemas.ApiAuthRequest,
    secured=False,
)
TOKEN = operation("Tell whose token it is", schemas.AuthResponse, *CALLER)
LOG_OUT = operation(
    "Log out",
    schemas.NothingResponse,
    *CALLER,
    InvalidDocumentError([Violation(("auth_token",), "error", None, None, message="no token")]),
)
USER_AUTH = operation(
    "Refuse a user",
    schemas.NothingResponse,
    *ANYBODY,
    *BODY,
    NoUsersError(),
    reads=schemas.UserAuthRequest,
    secured=False,
)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "give_token": API_AUTH,
    "show_token": TOKEN,
    "revoke_token": LOG_OUT,
    "refuse_user": USER_AUTH,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (
    schemas.ApiAuthRequest,
    schemas.UserAuthRequest,
)
"""The request bodies, which the routes read by hand."""
