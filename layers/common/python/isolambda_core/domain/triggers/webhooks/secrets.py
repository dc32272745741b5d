"""The secrets that sign deliveries to webhooks: their notations, and which are invalid.

Standard Webhooks writes ``whsec_`` and base64 of 24 to 64 bytes; for the other ways of signing a
secret is plain text, whatever it begins with. One of Stripe's begins with ``whsec_`` as well.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue

SECRET_SCHEMA: Schema = {
    "type": "string",
    "minLength": limits.WEBHOOK_SECRET_CHARACTERS_MIN,
    "maxLength": limits.WEBHOOK_SECRET_CHARACTERS,
    "description": (
        "What they are signed with; it is never shown. One is made if absent. For `plain` "
        "what begins with `whsec_` goes on with base64 of 24 to 64 bytes; for `token` it "
        "is ASCII without blanks; for the others it is plain text."
    ),
}
"""A secret, as far as a schema says."""

_PATH = ("secret",)
_PREFIX = "whsec_"
_ASYMMETRIC = ("whsk_", "whpk_")
_TOKEN = re.compile("[!-~]+")
"""What a header carries as it is."""
_BYTES = range(limits.WEBHOOK_KEY_BYTES_MIN, limits.WEBHOOK_KEY_BYTES + 1)


def keys_of(secret: str) -> Sequence[bytes]:
    """Return the keys that a sender of Standard Webhooks may derive from a secret, if any.

    Its libraries let the prefix be left out, and take text that is no base64 as it is.
    """
    key = _decoded(secret.removeprefix(_PREFIX))
    keys = () if key is None else (key,)
    text = secret.encode("utf-8", "surrogatepass")
    return keys if secret.startswith(_PREFIX) else (*keys, text)


def check_secret(signature: str, secret: JsonValue) -> Iterator[Violation]:
    """Yield the violations of a secret that the owner of a webhook sets.

    It is not given back: it would come to stand in logs of clients.
    """
    shown = len(secret) if isinstance(secret, str) else None
    broken = [replace(each, value=shown) for each in check(secret, SECRET_SCHEMA, _PATH)]
    yield from broken or _check_text(signature, cast("str", secret))


def _check_text(signature: str, secret: str) -> Iterator[Violation]:
    if not _is_text(secret):
        yield Violation(
            _PATH, "error", None, None, "Must be text that UTF-8 can hold, and not blank"
        )
    elif signature == "token" and _TOKEN.fullmatch(secret) is None:
        yield Violation(_PATH, "pattern", _TOKEN.pattern, None)
    elif signature == "plain":
        yield from _check_plain(secret)


def _check_plain(secret: str) -> Iterator[Violation]:
    meant = secret.strip().lower()
    if meant.startswith(_ASYMMETRIC):
        yield Violation(_PATH, "error", None, None, "Signatures with Ed25519 are not read")
    elif meant.startswith(_PREFIX):
        key = _decoded(secret.removeprefix(_PREFIX)) if secret.startswith(_PREFIX) else None
        if key is None or len(key) not in _BYTES:
            lengths = f"{limits.WEBHOOK_KEY_BYTES_MIN} to {limits.WEBHOOK_KEY_BYTES} bytes"
            message = f"After {_PREFIX} comes base64 of {lengths}, as Standard Webhooks says"
            yield Violation(_PATH, "error", None, None, message)


def _is_text(secret: str) -> bool:
    try:
        secret.encode()
    except UnicodeEncodeError:  # a lone surrogate, which no sender can sign with
        return False
    text = secret.removeprefix(_PREFIX)
    return any(character.isprintable() and not character.isspace() for character in text)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) or None
    except ValueError:
        return None
