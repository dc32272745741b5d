"""JSON on its way out; the only place that knows how an answer becomes bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump, dump_utf8, parse
from isolambda_core.domain.limits import INDENTED_BYTES


@dataclass(frozen=True, slots=True)
class RawJson:
    """JSON text that enters an answer as it stands.

    What a function returns may nest deeper than Python can follow, so it is never parsed.
    """

    text: str


Body = JsonValue | RawJson | Mapping[str, "Body"]
"""A JSON value in which objects may also hold :class:`RawJson`; lists may not."""


def encode(answer: Body) -> bytes:
    """Return an answer as UTF-8."""
    # Only a lone surrogate has no UTF-8, it can only stand in a JSON string, and the backslash
    # form of it is its JSON escape.
    return _text(answer).encode("utf-8", "backslashreplace")


def indented(body: bytes) -> bytes:
    """Return an encoded answer with indentation, for people to read.

    One over ``limits.INDENTED_BYTES``, or too deep to be parsed, stays as it is: Python indents
    slowly, and recursively.
    """
    if len(body) > INDENTED_BYTES:
        return body
    try:
        return json.dumps(parse(body), indent=4).encode()
    except (InvalidJsonError, RecursionError):
        return body


def _text(answer: Body) -> str:
    if isinstance(answer, RawJson):
        return answer.text
    if isinstance(answer, Mapping):
        return "{" + ",".join(f"{dump(key)}:{_text(answer[key])}" for key in answer) + "}"
    # Not as ASCII: an escape is six bytes, and seven once Lambda has written it into its own JSON.
    return dump_utf8(answer).decode("utf-8", "surrogatepass")
