"""Check the ``fallback`` of a document: a callflow for a call, or an answer to a request."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

from isolambda_core.domain import limits
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.functions.callflows import check_callflow
from isolambda_core.domain.http_answers import (
    STATUSES,
    InvalidAnswerError,
    checked,
    is_http_fallback,
)
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue

ANSWER_SCHEMA: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ("status",),
    "properties": {
        "status": {
            "type": "integer",
            "minimum": STATUSES.start,
            "maximum": STATUSES.stop - 1,
        },
        "headers": {"type": "object"},
        "body": {},
    },
}
"""The document of an answer."""


def check_fallback(value: JsonValue) -> Iterator[Violation]:
    """Yield the violations of a fallback; with a ``status`` and no ``module`` it is an answer."""
    if not is_http_fallback(value):
        yield from check_callflow(value)
        return
    broken = list(check(value, ANSWER_SCHEMA))
    yield from broken
    if broken:
        return
    headers = cast("Mapping[str, Mapping[str, JsonValue]]", value).get("headers", {})
    try:
        checked([[name, text] for name, text in headers.items()])
    except InvalidAnswerError as error:
        yield Violation(("headers",), "error", limits.HTTP_HEADERS, None, str(error))
