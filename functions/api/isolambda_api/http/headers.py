"""Headers as they come: one line of each, and what the elements of one are that is a list."""

import re
from collections.abc import Iterable

_ELEMENT = re.compile(r'(?:[^,"]|"[^"]*"?)+')

RawHeaders = Iterable[tuple[bytes, bytes]]
"""Names in lower case and values, as ASGI has them."""


def joined(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """Return one line for each header: the lines of one with commas between them.

    So has API Gateway them, and so means RFC 9110 (section 5.3) a list on several lines.
    """
    lines: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        lines.setdefault(name, []).append(value)
    return [(name, b",".join(values)) for name, values in lines.items()]


def elements_of(header: str) -> list[str]:
    """Return the elements of a list; a comma in quotes parts nothing, and empty ones are none."""
    return [part.strip() for part in _ELEMENT.findall(header) if part.strip()]


def prefers(header: str | None, preference: str) -> bool:
    """Return whether a ``Prefer`` header has a preference: ``name`` or ``name=value`` (RFC 7240).

    Its parameters mean nothing to it.
    """
    return any(_preference(element) == preference for element in elements_of(header or ""))


def _preference(element: str) -> str:
    name, equals, value = element.partition(";")[0].partition("=")
    return name.strip().lower() + equals + value.strip().strip('"').lower()
