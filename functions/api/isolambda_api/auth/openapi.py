"""What the OpenAPI document says of tokens."""

from isolambda_api.auth import schemas
from isolambda_api.http.raises import EXAMPLE_ID
from isolambda_api.kazoo.errors import NoUsersError, UnknownApiKeyError
from isolambda_api.kazoo.openapi import Operation
from isolambda_core.domain.accounts.errors import AccountDisabledError, AccountNotFoundError
from isolambda_core.domain.errors import InvalidDocumentError, Violation

OPERATIONS = {
    "give_token": Operation(
        schemas.AuthResponse,
        [
            InvalidDocumentError([Violation(("api_key",), "minLength", 64, "short")]),
            UnknownApiKeyError(),
            AccountDisabledError(EXAMPLE_ID),
        ],
        status=201,
        reads=schemas.ApiAuthRequest,
    ),
    "show_token": Operation(schemas.AuthResponse, [AccountNotFoundError(EXAMPLE_ID)]),
    "revoke_token": Operation(
        schemas.NothingResponse,
        [
            InvalidDocumentError(
                [Violation(("auth_token",), "error", None, None, message="no token")]
            )
        ],
    ),
    "refuse_user": Operation(
        schemas.NothingResponse, [NoUsersError()], reads=schemas.UserAuthRequest
    ),
}
"""By the name of the route."""
