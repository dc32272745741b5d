"""Hosts of functions: which host a trigger may name, and which of them an account may have.

A host is a name in lower case and ASCII, a name of other letters in Punycode. It has two labels at
least, and is no address. An operator allows such names, or all below one: ``*.shop.example.com``.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Schema
from isolambda_core.domain.limits import HTTP_HOST_CHARACTERS, HTTP_HOSTS

HTTP_HOSTS_SCHEMA: Final[Schema] = {
    "type": "array",
    "maxItems": HTTP_HOSTS,
    "items": {"type": "string", "maxLength": HTTP_HOST_CHARACTERS + 2},
    "description": "Hosts that triggers of type `http` of the account may name: "
    "`shop.example.com`, or `*.example.com` for all below it. An operator sets them.",
    "examples": [["shop.example.com", "*.acme.example.com"]],
}
_BELOW: Final = "*."
_LABEL: Final = re.compile(r"(?!..--|.*-$)[a-z0-9][a-z0-9-]{0,62}")
_PUNYCODE: Final = "xn--"
_HEADER: Final = re.compile(r"([A-Za-z0-9.-]{1,254})(?::[0-9]{0,5})?")
_HEADERS: Final = 1_024
_NO_HOST: Final = (
    "Must be the name of a host in lower case, such as shop.example.com: no address, no port, "
    "other letters in Punycode"
)
_NO_PATTERN: Final = f"{_NO_HOST}; or `*.` and such a name, for all hosts below it"


@lru_cache(_HEADERS)
def is_http_host(text: str) -> bool:
    """Return whether a trigger may name this host."""
    labels = text.split(".")
    if len(text) > HTTP_HOST_CHARACTERS or len(labels) < 2:  # noqa: PLR2004 - a name, and its top
        return False
    # What ends in a number is an address in the URLs of the web platform.
    return re.match("[a-z]", labels[-1]) is not None and all(map(_is_label, labels))


def check_http_host(text: str) -> Iterator[Violation]:
    """Yield the violation of a text that is no host for a trigger."""
    if not is_http_host(text):
        yield Violation((), "error", None, text, _NO_HOST)


def check_http_hosts(patterns: Iterable[str]) -> Iterator[Violation]:
    """Yield the violations of a list of what an operator allows."""
    for index, text in enumerate(patterns):
        if not is_http_host(text.removeprefix(_BELOW)):
            yield Violation((str(index),), "error", None, text, _NO_PATTERN)


def http_hosts_in(document: Document) -> tuple[str, ...]:
    """Return what an account's document allows; what is no such list allows nothing."""
    found = document.get("http_hosts", ())
    if not isinstance(found, (list, tuple)) or not all(isinstance(each, str) for each in found):
        return ()
    patterns = tuple(map(str, found))
    return () if any(check_http_hosts(patterns)) else patterns


def is_one_of(host: str, patterns: Iterable[str]) -> bool:
    """Return whether one of some patterns is a host, or stands for all below and so for it."""
    return any(
        host.endswith(each.removeprefix("*")) if each.startswith(_BELOW) else host == each
        for each in patterns
    )


def own_host_among(patterns: Iterable[str], public_url: str | None) -> str | None:
    """Return the host of the URL of the API, if some patterns would leave it to functions."""
    own = host_in((public_url or "").partition("://")[2].partition("/")[0])
    return own if own is not None and is_one_of(own, patterns) else None


@lru_cache(_HEADERS)
def host_in(header: str) -> str | None:
    """Return the host that a ``Host`` header names, None where no trigger can name it.

    Neither its port, nor a dot at its end, nor its case makes another host of it.
    """
    found = _HEADER.fullmatch(header)
    if found is None:
        return None
    host = found[1].lower().removesuffix(".")
    return host if is_http_host(host) else None


def source_of_host(host: str) -> str:
    """Return the source of the trigger that has a host; no path begins so."""
    return f"//{host}"


def _is_label(label: str) -> bool:
    if not label.startswith(_PUNYCODE):
        return _LABEL.fullmatch(label) is not None
    # Few hosts have such a label, and a cold start does without what reads it.
    from isolambda_core.domain.host_patterns import (  # noqa: PLC0415 - see above
        InvalidHostPatternError,
        parse_host_pattern,
    )

    try:
        text = label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode")
        return parse_host_pattern(f"{text}.example").host == f"{label}.example"
    except (UnicodeError, InvalidHostPatternError):
        return False
