"""Arguments that a client repeats in headers, as the schema of the tool says by ``x-mcp-header``.

What is between the client and us decides by the header, and the function by the argument: so a call
in which they differ is refused (2026-07-28, custom headers from tool parameters).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from isolambda_api.mcp.errors import HEADER_MISMATCH, MessageError
from isolambda_api.mcp.protocol import Message, decoded
from isolambda_core.domain.json_text import JsonValue

ANNOTATION: Final = "x-mcp-header"
_PREFIX: Final = "mcp-param-"
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_INTEGER: Final = re.compile(r"(-?[0-9]{1,309})(?:\.0+)?")
_TYPES: Final = ("string", "integer", "boolean")
_DATA: Final = frozenset(("const", "enum", "default", "examples"))
_MAPS: Final = frozenset(
    ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
)
Path = tuple[str, ...]


def require_same(
    message: Message, schema: Mapping[str, Any], arguments: Mapping[str, JsonValue]
) -> None:
    """Let a call pass whose headers have the arguments that the schema names, and no others.

    A schema with an annotation that breaks the rules names none: clients do not list its tool.

    Raises:
        MessageError: a header lacks its argument, an argument its header, or they differ.
    """
    if not message.is_modern:
        return
    for path, name in _named(schema).items():
        given = message.headers.get(f"{_PREFIX}{name.lower()}")
        expected = _value_at(arguments, path)
        if not _is_same(given, expected):
            raise MessageError(
                HEADER_MISMATCH,
                f"the header Mcp-Param-{name} does not match the argument {'.'.join(path)}",
            )


def _named(schema: Mapping[str, Any]) -> Mapping[Path, str]:
    """Return the name of the header of each argument that has one."""
    named: dict[Path, str] = {}
    for path, annotated in _annotated(schema, ()):
        name = annotated[ANNOTATION]
        is_name = isinstance(name, str) and _TOKEN.fullmatch(name) is not None
        if not (path and is_name and annotated.get("type") in _TYPES):
            return {}
        named[path] = name
    return named if len({name.lower() for name in named.values()}) == len(named) else {}


def _annotated(
    schema: Mapping[str, Any], path: Path | None
) -> Iterator[tuple[Path | None, Mapping[str, Any]]]:
    """Yield annotated schemas, with the way to the argument where properties alone lead to it."""
    if ANNOTATION in schema:
        yield path, schema
    for below, path_below in _below(schema, path):
        if isinstance(below, Mapping):
            yield from _annotated(below, path_below)


def _below(schema: Mapping[str, Any], path: Path | None) -> Iterator[tuple[Any, Path | None]]:
    """Yield all that may be schemas right below one."""
    for keyword, value in schema.items():
        if keyword in _MAPS and isinstance(value, Mapping):
            of = path if keyword == "properties" else None
            for name, each in value.items():
                yield each, None if of is None else (*of, name)
        elif keyword not in _DATA:
            yield value, None
            yield from ((each, None) for each in (value if isinstance(value, list) else ()))


def _value_at(arguments: Mapping[str, JsonValue], path: Path) -> JsonValue:
    value: JsonValue = arguments
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _is_same(given: str | None, expected: JsonValue) -> bool:
    match expected:
        case bool():
            return decoded(given) == ("true" if expected else "false")
        case str():
            return decoded(given) == expected
        case int() | float():
            found = _INTEGER.fullmatch(decoded(given) or "")
            return found is not None and int(found[1]) == expected
        case _:  # there is none, or none that a header could have
            return given is None
