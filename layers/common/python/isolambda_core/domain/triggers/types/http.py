"""Triggers of type ``http``: a path, or a host, at which the function answers requests itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.http_hosts import check_http_host, source_of_host
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.types.rules import TypeRules
from isolambda_core.domain.triggers.webhooks import secrets
from isolambda_core.domain.triggers.webhooks.signatures import SIGNATURES

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""The methods that a function can answer; all of them where a trigger does not say."""
AUTHS: Final = ("none", "key", "jwt", "signature")
"""How a request shows that it may come in; there is no default."""
ANY_ORIGIN: Final = "*"
PATH_PATTERN: Final = "[a-z0-9][a-z0-9-]{0,62}"
"""The name in the path, which no other trigger of the account has."""
_KEY_HEADERS: Final = frozenset(("authorization", "x-auth-token"))
_TOKEN_HEADERS: Final = frozenset(("authorization", "x-webhook-token"))
_HEADER: Final = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"
_HTTPS: Final = '^https://[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?(/[!-"$-~]*)?$'
_ORIGIN: Final = re.compile(r"https?://[a-z0-9._-]{1,253}(:[0-9]{1,5})?")

_METHODS: Final[Schema] = {"type": "array", "items": {"enum": METHODS}, "minItems": 1}
_TEXT: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": limits.JWT_CLAIM_CHARACTERS,
}
_AUTH_KEYS: Final[Mapping[str, Mapping[str, Schema]]] = {
    "none": {},
    "key": {},
    "jwt": {
        "issuer": _TEXT,
        "audience": _TEXT,
        "jwks_url": {
            "type": "string",
            "maxLength": limits.CALLBACK_URL_CHARACTERS,
            "pattern": _HTTPS,
        },
    },
    "signature": {"signature": {"type": "string", "enum": SIGNATURES}},
}
"""What each kind of ``auth`` needs besides its type."""
_CORS: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ("origins",),
    "description": "Which pages of other origins may ask; the function decides if absent.",
    "examples": [{"origins": ["https://app.example.com"], "max_age": 600}],
    "properties": {
        "origins": {
            "type": "array",
            "items": {"type": "string", "maxLength": limits.CALLBACK_URL_CHARACTERS},
            "minItems": 1,
            "maxItems": limits.CORS_ITEMS,
            "description": "Origins, or `*` for all.",
        },
        "methods": {**_METHODS, "description": "Those of the trigger if absent."},
        "headers": {
            "type": "array",
            "items": {"type": "string", "pattern": _HEADER},
            "maxItems": limits.CORS_ITEMS,
            "description": "Headers that a request may have.",
            "default": [],
        },
        "credentials": {
            "type": "boolean",
            "description": "Whether requests may come with credentials; not for `*`.",
            "default": False,
        },
        "max_age": {
            "type": "integer",
            "minimum": 0,
            "maximum": limits.CORS_AGE_S,
            "description": "How long a browser remembers the answer; seconds.",
            "default": 0,
        },
    },
}


def source_of(account_id: str, document: Document) -> str:
    """Return the path of a trigger, or ``//`` and its host: it tells it from all others."""
    host = host_of(document)
    return f"/http/{account_id}/{document['path']}" if host is None else source_of_host(host)


def host_of(document: Document) -> str | None:
    """Return the host that a trigger has in place of a path, None where it has a path.

    A document of before it had a meaning may have anything there, beside its path.
    """
    return None if "path" in document else cast("str", document["host"])


def auth_of(document: Document) -> Mapping[str, str]:
    """Return how requests to a trigger with this document show that they may come in."""
    return cast("Mapping[str, str]", document["auth"])


def methods_of(document: Document) -> Sequence[str]:
    """Return the methods that the function answers; HEAD comes with GET."""
    methods = cast("Sequence[str]", document.get("methods", METHODS))
    return (*methods, "HEAD") if "GET" in methods and "HEAD" not in methods else methods


def cors_of(document: Document) -> Mapping[str, Any] | None:
    """Return what a document says of other origins, or None where the function decides."""
    return cast("Mapping[str, Any] | None", document.get("cors"))


def withheld_of(document: Document) -> frozenset[str]:
    """Return the headers that carry a credential of ours, which the function does not get."""
    auth = auth_of(document)
    if auth["type"] == "key":
        return _KEY_HEADERS
    return _TOKEN_HEADERS if auth.get("signature") == "token" else frozenset()


def takes_secret(document: Document) -> bool:
    """Return whether the trigger has a secret: with signatures alone."""
    return auth_of(document)["type"] == "signature"


def _check_auth(auth: JsonValue) -> Iterator[Violation]:
    kind = cast("Mapping[str, str]", auth)["type"]
    keys = _AUTH_KEYS[kind]
    of_kind: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ("type", *keys),
        "properties": {"type": {"type": "string"}, **keys},
    }
    yield from check(auth, of_kind)


def _check_cors(cors: JsonValue) -> Iterator[Violation]:
    given = cast("Mapping[str, Any]", cors)
    for index, origin in enumerate(given["origins"]):
        if origin != ANY_ORIGIN and _ORIGIN.fullmatch(origin) is None:
            message = "Must be `*`, or an origin in small letters, such as https://app.example.com"
            yield Violation(("origins", str(index)), "error", None, origin, message)
    if given.get("credentials") and ANY_ORIGIN in given["origins"]:
        message = "Every page could act as its visitor: name the origins"
        yield Violation(("credentials",), "error", None, True, message)


def _check_secret(document: Document, secret: JsonValue) -> Iterator[Violation]:
    yield from secrets.check_secret(auth_of(document)["signature"], secret)


def _check_host(host: JsonValue) -> Iterator[Violation]:
    yield from check_http_host(cast("str", host))


def _check(document: Document) -> Iterator[Violation]:
    yield from check(document, _SCHEMA, rules=_RULES)
    if "path" not in document and "host" not in document:
        yield Violation(("path",), "required", None, "path")
    elif "path" in document and "host" in document:
        message = "A trigger has a `path` or a `host`, and not both"
        yield Violation(("host",), "error", None, document["host"], message)


_SCHEMA: Final[Schema] = {
    "type": "object",
    "required": ("auth",),
    "properties": {
        "path": {
            "type": "string",
            "pattern": f"^{PATH_PATTERN}$",
            "description": "The name in its URL; no other of the account has it.",
            "examples": ["shop"],
        },
        "host": {
            "type": "string",
            "description": "The host of its URL in place of a `path`; an operator allows it, "
            "and no other trigger has it.",
            "examples": ["shop.example.com"],
        },
        "methods": {
            **_METHODS,
            "description": "What it answers; HEAD comes with GET.",
            "default": METHODS,
        },
        "auth": {
            "type": "object",
            "required": ("type",),
            "description": (
                "How a request shows that it may come in: `none`; `key`, an API key that may "
                "execute; `jwt` with `issuer`, `audience` and `jwks_url`; or `signature` with "
                "the name of a `signature` of webhooks."
            ),
            "examples": [{"type": "key"}],
            "properties": {"type": {"type": "string", "enum": AUTHS}},
        },
        "cors": _CORS,
        "secret": {
            **secrets.SECRET_SCHEMA,
            "description": "What requests are signed with; see type `webhook`.",
        },
    },
}
_RULES: Final = {"auth": _check_auth, "cors": _check_cors, "host": _check_host}

RULES: Final = TypeRules(
    description="Answers requests at a path or a host of its own.",
    event="a request to its URL, which cannot be played",
    schema=_SCHEMA,
    check=_check,
    fixed=("path", "host"),
    source=source_of,
    check_secret=_check_secret,
    takes_secret=takes_secret,
)
