"""API keys and tokens, which authenticate the callers of an account.

A key derives from the installation's secret, its account and its id. So the API can show the
account's primary key again, as Kazoo does, although the store has only its SHA-256.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

from isolambda_core.domain.documents import Document, require_none, with_integers
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.ids import ID_PATTERN
from isolambda_core.domain.json_schema import Rule, Schema, check
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import API_KEY_NAME_CHARACTERS

API_KEY_CHARACTERS = 64
_API_KEY = re.compile(r"[0-9a-f]{64}")


class Scope(StrEnum):
    """A permission of a key: to manage everything in the account, or to execute functions."""

    MANAGE = "manage"
    EXECUTE = "execute"


ALL_SCOPES = tuple(Scope)
_LAST_GREGORIAN = 315_569_519_999
"""The last second of the year 9999."""
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
        "name": {
            "type": ("string", "null"),
            "minLength": 1,
            "maxLength": API_KEY_NAME_CHARACTERS,
            "description": "Whose it is or what it is for, in characters that can be printed.",
            "default": None,
        },
        "expires": {
            "type": ("integer", "null"),
            "minimum": 1,
            "maximum": _LAST_GREGORIAN,
            "description": "When it becomes invalid, in Gregorian seconds; without it never does.",
            "default": None,
        },
    },
}
"""The document of a new key."""
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
"""The document of a request for a token."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an account, of which only the SHA-256 (64 hexadecimal characters) is known.

    ``id`` is public. ``own`` marks the primary key, which Kazoo's ``api_key`` shows and
    changes. ``function_id`` limits executions to one function. Times are Unix seconds; a key
    without ``expires_at`` is valid until it is removed. ``name`` says to people what it is for, and
    need not be the only one.
    """

    sha256: str
    id: str
    account_id: str
    created_at: int
    scopes: tuple[Scope, ...] = ALL_SCOPES
    function_id: str | None = None
    own: bool = False
    expires_at: int | None = None
    name: str | None = None

    def matches(self, secret: str) -> bool:
        """Return, in constant time, whether ``secret`` is this key."""
        return hmac.compare_digest(self.sha256, hash_api_key(secret))

    def is_good(self, now: int) -> bool:
        """Return whether the key has not expired."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Token:
    """The content of a signed token: its account, its key, and when it expires.

    Times are Unix seconds.
    """

    id: str
    account_id: str
    api_key_sha256: str
    issued_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the key of the request, or the key of its token."""

    api_key: ApiKey
    token: Token | None = None

    @property
    def account_id(self) -> str:
        """The account of the key."""
        return self.api_key.account_id

    @property
    def expires_at(self) -> int | None:
        """When the key or the token expires, whichever is first; None for never."""
        ends = (self.api_key.expires_at, None if self.token is None else self.token.expires_at)
        return min((end for end in ends if end is not None), default=None)

    def may(self, scope: Scope, function_id: str | None = None) -> bool:
        """Return whether the key has a scope; ``function_id`` is the function to execute."""
        limited_to = self.api_key.function_id
        return scope in self.api_key.scopes and limited_to in (None, function_id)


def permissions_of(document: Document) -> tuple[tuple[Scope, ...], str | None]:
    """Return the scopes of a new key, in their order, and its one function or None.

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


def name_of(document: Document) -> str | None:
    """Return the name of a new key, whose document :func:`permissions_of` has read, or None."""
    return cast("str | None", document.get("name"))


def expiry_of(document: Document) -> int | None:
    """Return when such a key expires, in Gregorian seconds, or None for never."""
    return cast("int | None", with_integers(document, [("expires",)]).get("expires"))


def api_key_of(document: Document) -> str:
    """Return the API key in a request for a token.

    Raises:
        InvalidDocumentError: it is missing or of the wrong form, or there are other keys.
    """
    require_none(check(document, CREDENTIALS_SCHEMA))
    return cast("str", document["api_key"])


def derive_api_key(secret: bytes, account_id: str, key_id: str) -> str:
    """Return the key, 64 hexadecimal characters, that ``key_id`` names in an account."""
    return hmac.new(secret, f"api-key:{account_id}:{key_id}".encode(), "sha256").hexdigest()


def derive_token_key(secret: bytes) -> bytes:
    """Return the key that signs tokens."""
    return hmac.new(secret, b"token", "sha256").digest()


def is_api_key(text: str) -> bool:
    """Return whether ``text`` has the form of an API key."""
    return _API_KEY.fullmatch(text) is not None


def hash_api_key(secret: str) -> str:
    """Return the SHA-256 of a key; any text has one, even with lone surrogates.

    One round is enough: the secret has 256 random bits, so there is nothing to guess.
    """
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def credential_digest(credential: str) -> bytes:
    """Return what stands for a key or a token in memory; any text has one, as for a hash.

    BLAKE2 takes a third of the time of SHA-256, since Python has it without OpenSSL.
    """
    return hashlib.blake2s(credential.encode(errors="surrogatepass")).digest()


def _check_keys(document: Document, keys: list[str]) -> Iterator[Violation]:
    sent = {key: document[key] for key in keys if key in document}
    part = with_integers(sent, [("expires",)])
    for violation in check(part, PERMISSIONS_SCHEMA, rules=_RULES):
        # Of a list that is too short the client gets the list back, not its length.
        value = [] if violation.rule == "minItems" else violation.value
        yield replace(violation, value=value)


def _check_name(name: JsonValue) -> Iterator[Violation]:
    # No line breaks, nothing invisible and nothing that turns the direction of what is around it:
    # names stand in terminals, logs and pages.
    if isinstance(name, str) and not name.isprintable():
        yield Violation((), "error", None, name, "Use characters that can be printed alone")


_RULES: Mapping[str, Rule] = {"name": _check_name}
"""Rules of keys that JSON Schema does not express."""
