"""Write a JSON Schema as a type of TypeScript.

The type has every value that the schema accepts, and perhaps more: what TypeScript cannot say is
left out, and any value is ``unknown``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.schemas.pointers import referenced

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_DEPTH: Final = 32
_PARTS: Final = 500
_CHARACTERS: Final = 65_536
_COMMENT_CHARACTERS: Final = 200
_LITERAL_CHARACTERS: Final = 200
_LINE_CHARACTERS: Final = 80


class _Type(NamedTuple):
    """A type as it is written; ``is_joined`` of several, so that ``[]`` needs parentheses."""

    text: str
    is_joined: bool = False

    @property
    def grouped(self) -> str:
        return f"({self.text})" if self.is_joined else self.text


_UNKNOWN: Final = _Type("unknown")
_NEVER: Final = _Type("never")
_SCALARS: Final[Mapping[str, _Type]] = {
    "string": _Type("string"),
    "number": _Type("number"),
    "integer": _Type("number"),
    "boolean": _Type("boolean"),
    "null": _Type("null"),
}


def type_of(schema: JsonValue, *, readable: bool = True) -> str:
    """Return the type of the values that a schema accepts.

    If it is to be ``readable``, an object that is long or has descriptions takes a line for each
    property, with its description above; else all is one line. Of a schema with too much in it the
    rest is ``unknown``.
    """
    return _Writer(schema, readable=readable).type_of(schema, 0).text


@dataclass(slots=True)
class _Writer:
    """Writes the type of one schema; ``parts`` and ``characters`` are what it has written."""

    root: JsonValue
    readable: bool
    parts: int = 0
    characters: int = 0

    def type_of(self, schema: JsonValue, depth: int) -> _Type:
        self.parts += 1
        if schema is False:
            return _NEVER
        if not isinstance(schema, Mapping) or self._is_full(depth):
            return _UNKNOWN
        every = [self._values(schema, depth)]
        if "$ref" in schema:
            every.append(self._referenced(schema["$ref"], depth + 1))
        for key, join in (("allOf", _all_of), ("anyOf", _any_of), ("oneOf", _any_of)):
            of = schema.get(key)
            if isinstance(of, list) and of:
                every.append(join([self.type_of(part, depth + 1) for part in of]))
        return _all_of(every)

    def _is_full(self, depth: int) -> bool:
        return depth > _DEPTH or self.parts > _PARTS or self.characters > _CHARACTERS

    def _referenced(self, reference: JsonValue, depth: int) -> _Type:
        try:
            return self.type_of(referenced(self.root, reference), depth)
        except LookupError:
            return _UNKNOWN

    def _values(self, schema: Mapping[str, JsonValue], depth: int) -> _Type:
        if "const" in schema:
            return self._literal(schema["const"])
        values, types = schema.get("enum"), schema.get("type")
        if isinstance(values, list):
            return _any_of([self._literal(value) for value in values])
        names = [types] if isinstance(types, str) else types
        if not isinstance(names, list):
            return _UNKNOWN
        return _any_of([self._named(name, schema, depth) for name in names])

    def _literal(self, value: JsonValue) -> _Type:
        if isinstance(value, str) and len(value) > _LITERAL_CHARACTERS:
            return _SCALARS["string"]
        if isinstance(value, Mapping | list):  # too rare to be written out
            return _UNKNOWN
        return _Type(self._counted(dump(value)))

    def _counted(self, text: str) -> str:
        self.characters += len(text)
        return text

    def _named(self, name: JsonValue, schema: Mapping[str, JsonValue], depth: int) -> _Type:
        if name == "object":
            return self._object(schema, depth)
        if name == "array":
            return self._array(schema, depth)
        return _SCALARS.get(name, _UNKNOWN) if isinstance(name, str) else _UNKNOWN

    def _array(self, schema: Mapping[str, JsonValue], depth: int) -> _Type:
        first = schema.get("prefixItems")
        items = self.type_of(schema.get("items", True), depth + 1)
        if not isinstance(first, list) or not first:
            return _Type(f"{items.grouped}[]")
        fewest = schema.get("minItems")
        needed = max(0, fewest) if isinstance(fewest, int) else 0
        written = [self.type_of(each, depth + 1) for each in first]
        parts = [each.text for each in written[:needed]]
        parts += [f"{each.grouped}?" for each in written[needed:]]
        if items != _NEVER:
            parts.append(f"...{items.grouped}[]")
        return _Type(f"[{', '.join(parts)}]")

    def _object(self, schema: Mapping[str, JsonValue], depth: int) -> _Type:
        members = list(self._members(schema, depth))
        if not members:
            return self._record(schema, depth)
        line = f"{{ {'; '.join(text for text, _ in members)} }}"
        if not self.readable:
            return _Type(line)
        has_comments = any(comment for _, comment in members)
        if "\n" not in line and len(line) + 2 * depth <= _LINE_CHARACTERS and not has_comments:
            return _Type(line)
        lines = [part for text, comment in members for part in (*comment, f"{text};")]
        inner = "\n".join(lines).replace("\n", "\n  ")
        return _Type(f"{{\n  {inner}\n}}")

    def _record(self, schema: Mapping[str, JsonValue], depth: int) -> _Type:
        if "patternProperties" in schema:
            return _Type("Record<string, unknown>")
        values = self.type_of(schema.get("additionalProperties", True), depth + 1)
        return _Type(f"Record<string, {values.text}>")

    def _members(
        self, schema: Mapping[str, JsonValue], depth: int
    ) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield each property as it is declared, and the lines of its comment."""
        properties, required = schema.get("properties"), schema.get("required")
        known = properties if isinstance(properties, Mapping) else {}
        names = required if isinstance(required, list) else []
        needed = [key for key in names if isinstance(key, str)]
        for key in dict.fromkeys((*known, *needed)):
            inner = known.get(key, True)
            name = key if _IDENTIFIER.fullmatch(key) else dump(key)
            mark = "" if key in needed else "?"
            written = self.type_of(inner, depth + 1)
            yield f"{self._counted(name)}{mark}: {written.text}", self._comment(inner)

    def _comment(self, schema: JsonValue) -> Sequence[str]:
        about = schema.get("description") if isinstance(schema, Mapping) else None
        if not self.readable or not isinstance(about, str) or not about.strip():
            return ()
        head = about[: 2 * _COMMENT_CHARACTERS]
        text = " ".join("".join(each if each.isprintable() else " " for each in head).split())
        if len(text) > _COMMENT_CHARACTERS:
            text = f"{text[: _COMMENT_CHARACTERS - 1]}…"
        text = self._counted(text).replace("*/", r"*\/")
        return (f"/** {text} */",)


def _any_of(types: Sequence[_Type]) -> _Type:
    """Return the union: ``unknown`` has all values, ``never`` adds none."""
    different = dict.fromkeys(each for each in types if each != _NEVER)
    return _UNKNOWN if _UNKNOWN in different else _joined(different, " | ", _NEVER)


def _all_of(types: Sequence[_Type]) -> _Type:
    """Return the intersection: ``never`` leaves no value, ``unknown`` takes none away."""
    different = dict.fromkeys(each for each in types if each != _UNKNOWN)
    return _NEVER if _NEVER in different else _joined(different, " & ", _UNKNOWN)


def _joined(types: Mapping[_Type, None], sign: str, of_none: _Type) -> _Type:
    if len(types) > 1:
        return _Type(sign.join(each.grouped for each in types), is_joined=True)
    return next(iter(types), of_none)
