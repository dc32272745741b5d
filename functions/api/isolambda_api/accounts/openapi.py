"""What the OpenAPI document says of accounts, keys and tokens."""

from isolambda_api.accounts import schemas
from isolambda_api.kazoo.errors import NoUsersError, UnknownApiKeyError
from isolambda_api.kazoo.openapi import (
    ACCOUNT,
    ANYBODY,
    BODY,
    CALLER,
    DATA,
    ID,
    REVISION,
    operation,
)
from isolambda_api.kazoo.pagination import FaultyRequestError
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountHasChildrenError,
    ApiKeyNotFoundError,
    ForbiddenError,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Problem,
)

_DOCUMENT = (*DATA, InvalidDocumentError([Problem(("name",), "required", None, "name")]))
_NO_KEY = ApiKeyNotFoundError(ID)

CALLBACK_SECRET = operation(
    "Show what callbacks are signed with", schemas.CallbackSecretAnswer, *ACCOUNT
)
API_AUTH = operation(
    "Give a token for an API key",
    schemas.AuthAnswer,
    *ANYBODY,
    *DATA,
    InvalidDocumentError([Problem(("api_key",), "minLength", 64, "short")]),
    UnknownApiKeyError(),
    AccountDisabledError(ID),
    status=201,
    reads=schemas.ApiAuthRequest,
    secured=False,
)
TOKEN = operation("Tell whose token it is", schemas.AuthAnswer, *CALLER)
LOG_OUT = operation(
    "Log out",
    schemas.NothingAnswer,
    *CALLER,
    InvalidDocumentError([Problem(("auth_token",), "error", None, None, message="no token")]),
)
USER_AUTH = operation(
    "Refuse a user",
    schemas.NothingAnswer,
    *ANYBODY,
    *BODY,
    NoUsersError(),
    reads=schemas.UserAuthRequest,
    secured=False,
)
CREATE_OWN = operation(
    "Create an account below one's own",
    schemas.AccountAnswer,
    *CALLER,
    *_DOCUMENT,
    status=201,
    reads=schemas.AccountRequest,
)
CREATE = operation(
    "Create an account below another",
    schemas.AccountAnswer,
    *ACCOUNT,
    *_DOCUMENT,
    status=201,
    reads=schemas.AccountRequest,
)
FETCH = operation("Fetch an account", schemas.AccountAnswer, *ACCOUNT, cached=True)
CHANGE = operation(
    "Replace an account",
    schemas.AccountAnswer,
    *ACCOUNT,
    *_DOCUMENT,
    *REVISION,
    reads=schemas.AccountRequest,
)
PATCH = operation(
    "Change a part of an account",
    schemas.AccountAnswer,
    *ACCOUNT,
    *_DOCUMENT,
    *REVISION,
    reads=schemas.AccountPatchRequest,
    required=False,
)
REMOVE = operation(
    "Delete an account",
    schemas.AccountAnswer,
    *ACCOUNT,
    *REVISION,
    ForbiddenError("an account cannot delete itself"),
    AccountHasChildrenError(),
)
CHILDREN = operation(
    "List the accounts below another",
    schemas.AccountListAnswer,
    *ACCOUNT,
    FaultyRequestError("invalid page size"),
    cached=True,
)
API_KEY = operation("Show the account's own key", schemas.ApiKeyAnswer, *ACCOUNT, _NO_KEY)
CHANGE_API_KEY = operation(
    "Change the account's own key", schemas.ApiKeyAnswer, *ACCOUNT, *BODY, status=201
)
KEYS = operation("List keys", schemas.KeyListAnswer, *ACCOUNT, cached=True)
CREATE_KEY = operation(
    "Create a key",
    schemas.NewKeyAnswer,
    *ACCOUNT,
    *DATA,
    InvalidDocumentError([Problem(("scopes",), "minItems", 1, [])]),
    status=201,
    reads=schemas.KeyRequest,
    required=False,
)
REMOVE_KEY = operation("Remove a key", schemas.RemovedKeyAnswer, *ACCOUNT, _NO_KEY)
