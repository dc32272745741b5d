"""The key ``net`` of a document: which hosts a function may reach, or all functions of an account.

Documents of before it had a meaning may hold anything there, which then says nothing. Patterns are
read where there are some: a cold start does without what reads them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue

_NO_HOST = "none"
_ANY_HOST = "any"
NET_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("allow",),
    "properties": {
        "allow": {
            "type": "array",
            "maxItems": limits.NET_PATTERNS,
            "items": {"type": "string", "maxLength": limits.HOST_PATTERN_CHARACTERS},
            "description": "Hosts: `api.example.com`, `*.example.com` for all below it, an address "
            "only where it is written so; `:443` behind one is that port alone.",
            "examples": [["api.example.com", "*.example.com:443"]],
        },
    },
}
"""What ``net`` may be; ``check_net`` says what is wrong with the hosts themselves."""


def check_net(net: JsonValue) -> Iterator[Violation]:
    """Yield the violations of the patterns in a ``net`` that follows the table."""
    from isolambda_core.domain.host_patterns import check_host_patterns  # noqa: PLC0415 - see above

    allow = cast("Mapping[str, list[str]]", net)["allow"]
    for violation in check_host_patterns(allow):
        yield replace(violation, path=("allow", *violation.path))


def ceiling_of(words: Sequence[str]) -> tuple[str, ...] | None:
    """Return the host patterns that an operator allows with some words, or None for every host.

    No word allows every host, and so does the word ``any`` alone; the word ``none`` alone no host.

    Raises:
        InvalidHostPatternError: a word is no pattern, or one of these two stands beside others.
    """
    from isolambda_core.domain.host_patterns import (  # noqa: PLC0415 - see above
        InvalidHostPatternError,
        parse_host_pattern,
    )

    if not words or tuple(words) == (_ANY_HOST,):
        return None
    if tuple(words) == (_NO_HOST,):
        return ()
    for word in words:
        if word in (_ANY_HOST, _NO_HOST):
            raise InvalidHostPatternError(f"`{word}` stands alone, without other hosts")
        parse_host_pattern(word)
    return tuple(words)


def words_of(ceiling: Sequence[str] | None) -> list[str]:
    """Return the words of which ``ceiling_of`` makes a ceiling."""
    if ceiling is None:
        return [_ANY_HOST]
    return list(ceiling) or [_NO_HOST]


def patterns_in(document: Document) -> tuple[str, ...] | None:
    """Return the host patterns in a document, or None where it says nothing."""
    net = document.get("net")
    if net is None or any(check(net, NET_SCHEMA)) or any(check_net(net)):
        return None
    return tuple(cast("Mapping[str, list[str]]", net)["allow"])
