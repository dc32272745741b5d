"""What of a request may be given back in its answer: all but what may be a secret, or a key."""

import re
from collections.abc import Mapping

from isolambda_core.domain.accounts.api_keys import API_KEY_CHARACTERS
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import WEBHOOK_SECRET_CHARACTERS_MIN

_NAMES = re.compile(
    "secret|passw|credential|token|authorization|(api|private|auth)[-_ ]?key|^(key|auth|value)$",
    re.IGNORECASE,
)
_API_KEY = re.compile(f"[0-9A-Za-z_-]{{{API_KEY_CHARACTERS}}}")


def names_a_secret(key: str) -> bool:
    """Tell whether the name of a key means that its value is a secret."""
    return _NAMES.search(key) is not None


def redacted(value: JsonValue, *, named: bool = False) -> tuple[JsonValue, ...]:
    """Return a value without secrets, or nothing where it may be one itself.

    A text that no key gives a name to may be one if it is as long as the shortest secret. The value
    nests no deeper than a document.
    """
    if isinstance(value, str):
        long_enough = not named and len(value) >= WEBHOOK_SECRET_CHARACTERS_MIN
        return () if long_enough or _API_KEY.fullmatch(value) else (value,)
    if isinstance(value, Mapping):
        return (
            {
                key: each
                for key, inner in value.items()
                if not names_a_secret(key)
                for each in redacted(inner, named=True)
            },
        )
    if isinstance(value, list):
        return ([each for inner in value for each in redacted(inner, named=named)],)
    return (value,)
