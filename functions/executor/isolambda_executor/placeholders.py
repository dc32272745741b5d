"""Put the values of secrets in the places of their placeholders, and take them out again.

What leaves for a bound host has the values; what comes back, from wherever, has the placeholders.
Isolates, records and logs see nothing else.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final
from urllib.parse import quote, quote_plus

from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_core.domain.host_patterns import matches
from isolambda_executor.replacements import Passing, Replacements

_UNRESERVED: Final = ("", "!'()*", ";,/?:@&=+$#!'()*")
"""What percent-encoding leaves: by RFC 3986, ``encodeURIComponent`` and ``encodeURI``."""
_ESCAPE: Final = re.compile("%[0-9A-F]{2}")
_BITS: Final = 6
"""Bits of a character of base64."""

_PORT: Final = 443

Write = Callable[[str], str]
"""How a value is written where it takes a place."""


def as_it_is(value: str) -> str:
    """Write a value in a header, or in a body of no known type."""
    return value


def in_query(value: str) -> str:
    """Write a value in a query, or in the body of a form."""
    return quote(value, safe="")


def in_json(value: str) -> str:
    """Write a value within a text of JSON."""
    return json.dumps(value)[1:-1]


_BODIES: Final[Mapping[str, Write]] = {
    "application/x-www-form-urlencoded": in_query,
    "application/json": in_json,
}


def in_body(content_type: str) -> Write:
    """Return how values are written in a body, by the header ``content-type``."""
    essence = content_type.partition(";")[0].strip().lower()
    return in_json if essence.endswith("+json") else _BODIES.get(essence, as_it_is)


class Placeholders:
    """The placeholders of one execution's secrets."""

    def __init__(self, secrets: Sequence[GrantedSecret]) -> None:
        self._secrets = secrets

    def substituted(self, text: str, host: str, *, https: bool, write: Write = as_it_is) -> str:
        """Return a text for a host with the values that it may have.

        ``host`` is as ``host_patterns.canonical_host`` returns it, with a colon and the port where
        that is not 443. The characters of header values are bytes. The path and the host of a URL
        are none of the texts to ask this for.
        """
        data = text.encode("latin-1")
        return self._values(host, write, https=https).applied(data).decode("latin-1")

    def substituting(self, host: str, *, https: bool, write: Write = as_it_is) -> Passing:
        """Return what puts the values in a body for ``host``, which passes in chunks."""
        return self._values(host, write, https=https).passing()

    def masked(self, data: bytes) -> bytes:
        """Return what came back with placeholders in the places of values, however written."""
        return self._forms.applied(data)

    def masking(self) -> Passing:
        """Return what masks a body that passes in chunks."""
        return self._forms.passing()

    def _values(self, host: str, write: Write, *, https: bool) -> Replacements:
        return Replacements(
            {
                secret.placeholder.encode(): write(secret.value).encode()
                for secret in self._secrets
                if https and not secret.sign and _is_bound(host, secret.hosts)
            }
        )

    @cached_property
    def _forms(self) -> Replacements:
        return Replacements(
            {
                form: secret.placeholder.encode()
                for secret in self._secrets
                for value in (secret.value, secret.value_before)
                if value
                for form in forms_of(value)
            }
        )


def _is_bound(host: str, patterns: Sequence[str]) -> bool:
    name, colon, port = host.rpartition(":")
    if colon and port.isdecimal():
        return matches(patterns, name, int(port))
    return matches(patterns, host, _PORT)


def forms_of(value: str) -> Iterator[bytes]:
    """Yield how a value may be written in what comes back: as texts, and within base64."""
    for text in (*_texts_of(value), value):
        yield text.encode()
    for alignment in range(3):
        encoded = _base64_of(value.encode(), alignment)
        yield encoded
        yield encoded.translate(bytes.maketrans(b"+/", b"-_"))


def _texts_of(value: str) -> Iterator[str]:
    for safe in _UNRESERVED:
        for escaped in (quote(value, safe), quote_plus(value, safe)):
            yield escaped
            yield _ESCAPE.sub(lambda found: found[0].lower(), escaped)
    for ascii_only in (True, False):
        escaped = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")


def _base64_of(value: bytes, alignment: int) -> bytes:
    """Return what of base64 a value alone decides that ``alignment`` bytes go before."""
    before, bits = 8 * alignment, 8 * (alignment + len(value))
    encoded = base64.b64encode(bytes(alignment) + value)
    return encoded[-(-before // _BITS) : bits // _BITS]
