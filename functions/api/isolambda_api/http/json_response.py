"""JSON on its way out; the only place that knows how an answer becomes bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from isolambda_core.domain.json_text import (
    InvalidJsonError,
    JsonValue,
    dump,
    dump_readable,
    parse,
    to_utf8,
)
from isolambda_core.domain.limits import INDENTED_BYTES


@dataclass(frozen=True, slots=True)
class RawJson:
    """JSON in UTF-8 that enters an answer as it stands.

    What a function returns may nest deeper than Python can follow, so it is never parsed.
    """

    encoded: bytes


Body = JsonValue | RawJson | Mapping[str, "Body"]
"""A JSON value in which objects may also hold :class:`RawJson`; lists may not."""


def encode(answer: Body) -> bytes:
    """Return an answer as UTF-8."""
    if isinstance(answer, RawJson):
        return answer.encoded
    if isinstance(answer, Mapping):
        fields = [b"%b:%b" % (dump(key).encode(), encode(answer[key])) for key in answer]
        return b"{%b}" % b",".join(fields)
    # Not as ASCII: an escape is six bytes, and seven once Lambda has written it into its own JSON.
    return to_utf8(dump_readable(answer))


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
