"""Triggers of type ``webhook``: signed deliveries to a URL."""

from collections.abc import Iterator
from typing import cast

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.types.rules import TypeRules
from isolambda_core.domain.triggers.webhooks import secrets
from isolambda_core.domain.triggers.webhooks.signatures import SIGNATURES


def signature_of(document: Document) -> str:
    """Return how deliveries to a webhook with this document are signed, one of ``SIGNATURES``."""
    return cast("str", document.get("signature", SIGNATURES[0]))


def _check_secret(document: Document, secret: JsonValue) -> Iterator[Violation]:
    yield from secrets.check_secret(signature_of(document), secret)


RULES = TypeRules(
    description="Runs for each delivery to a URL that is signed with a secret.",
    event="a request to its URL, which cannot be played",
    schema={
        "type": "object",
        "properties": {
            "signature": {
                "type": "string",
                "enum": SIGNATURES,
                "description": "How deliveries are signed; `plain` is Standard Webhooks.",
                "default": SIGNATURES[0],
            },
            "secret": secrets.SECRET_SCHEMA,
        },
    },
    check_secret=_check_secret,
)
