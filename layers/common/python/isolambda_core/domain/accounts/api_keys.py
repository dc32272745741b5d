"""API keys and tokens: what speaks for an account.

A key is derived from the installation's secret, its account and its id, so that the account's own
key can be shown again, as Kazoo does, while the store has no more than its SHA-256.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

from isolambda_core.domain.documents import Document, require_none
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.ids import ID_PATTERN
from isolambda_core.domain.json_schema import Schema, check

API_KEY_CHARACTERS = 64
_API_KEY = re.compile(r"[0-9a-f]{64}")


class Scope(StrEnum):
    """What a key may be used for: to manage everything in the account, to execute functions."""

    MANAGE = "manage"
    EXECUTE = "execute"


ALL_SCOPES = tuple(Scope)
PERMISSIONS_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "scopes": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": ALL_SCOPES},
            "default": ALL_SCOPES,
        },
        "function_id": {
            "type": ("string", "null"),
            "pattern": ID_PATTERN,
            "description": "The one function that a key with `execute` alone is for.",
            "default": None,
        },
    },
}
"""What a client asks of a further key."""
CREDENTIALS_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("api_key",),
    "properties": {
        "api_key": {
            "type": "string",
            "minLength": API_KEY_CHARACTERS,
            "maxLength": API_KEY_CHARACTERS,
            "description": "A secret.",
        },
    },
}
"""What a token is given for."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an account, known by its SHA-256 (64 hexadecimal characters) alone.

    ``id`` is public. ``own`` marks the account's own key, which Kazoo's ``api_key`` shows and
    changes. ``function_id`` limits executions to one function. Times are Unix seconds; a key
    without ``expires_at`` is good until it is removed.
    """

    sha256: str
    id: str
    account_id: str
    created_at: int
    scopes: tuple[Scope, ...] = ALL_SCOPES
    function_id: str | None = None
    own: bool = False
    expires_at: int | None = None

    def matches(self, secret: str) -> bool:
        """Tell, in constant time, whether ``secret`` is the key that was hashed."""
        return hmac.compare_digest(self.sha256, hash_api_key(secret))

    def is_good(self, now: int) -> bool:
        """Tell whether the key has not expired."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Token:
    """What a signed token says: for which account and by which key it was given, and how long.

    Times are Unix seconds.
    """

    id: str
    account_id: str
    api_key_sha256: str
    issued_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: the key that was shown, or that the token was given for."""

    api_key: ApiKey
    token: Token | None = None

    @property
    def account_id(self) -> str:
        """The account that the caller speaks for."""
        return self.api_key.account_id

    def may(self, scope: Scope, function_id: str | None = None) -> bool:
        """Tell whether the key is for this; ``function_id`` is the function to be executed."""
        limited_to = self.api_key.function_id
        return scope in self.api_key.scopes and limited_to in (None, function_id)


def permissions_of(document: Document) -> tuple[tuple[Scope, ...], str | None]:
    """Return what a further key is for: its scopes, in their order, and its one function.

    Raises:
        InvalidDocumentError: there are unknown keys, or else a key breaks a rule; only what is
            wrong with the first such key is listed.
    """
    known = PERMISSIONS_SCHEMA["properties"]
    require_none(_check_keys(document, sorted(document.keys() - known.keys())))
    for key in known:
        require_none(_check_keys(document, [key]))
    scopes = cast("list[str]", document.get("scopes", ALL_SCOPES))
    return (
        tuple(scope for scope in Scope if scope in scopes),
        cast("str | None", document.get("function_id")),
    )


def api_key_of(document: Document) -> str:
    """Return the API key that a token is asked for with.

    Raises:
        InvalidDocumentError: it is missing or of the wrong form, or there are other keys.
    """
    require_none(check(document, CREDENTIALS_SCHEMA))
    return cast("str", document["api_key"])


def derive_api_key(secret: bytes, account_id: str, key_id: str) -> str:
    """Return the key, 64 hexadecimal characters, that ``key_id`` names in an account."""
    return hmac.new(secret, f"api-key:{account_id}:{key_id}".encode(), "sha256").hexdigest()


def derive_token_key(secret: bytes) -> bytes:
    """Return the key that tokens are signed with."""
    return hmac.new(secret, b"token", "sha256").digest()


def is_api_key(text: str) -> bool:
    """Tell whether ``text`` has the form of an API key."""
    return _API_KEY.fullmatch(text) is not None


def hash_api_key(secret: str) -> str:
    """Return the SHA-256 under which a key is stored; any text has one, lone surrogates too.

    One round is enough: the secret has 256 random bits, so there is nothing to guess.
    """
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def _check_keys(document: Document, keys: list[str]) -> Iterator[Violation]:
    part = {key: document[key] for key in keys if key in document}
    for violation in check(part, PERMISSIONS_SCHEMA):
        # Of a list that is too short the client gets the list back, not its length.
        value = [] if violation.rule == "minItems" else violation.value
        yield replace(violation, value=value)
