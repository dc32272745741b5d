"""Propose a JSON Schema that values fit which were seen."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.schemas.documents import check_schema

_DEPTH: Final = 10
"""Nothing is proposed of what is deeper."""
_PROPERTIES: Final = 100
"""An object with more different properties than this is taken for a map."""
_BYTES: Final = 16_384
"""Of a proposal that is longer, or that is more than a document may have, levels are left out."""
_HALF: Final = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which no schema may have."""
_CHOICES: Final = 5
_CHOICE_CHARACTERS: Final = 40
_TEXTS: Final = 20
_TIMES: Final = 2
"""Texts are taken for an enumeration when so many were seen, and each of them so many times."""
_TYPES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_ORDER: Final = ("object", "array", "string", "number", "integer", "boolean", "null")


@dataclass(slots=True)
class Shape:
    """What is known of the values in one place; ``seen`` counts them by type."""

    depth: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] | None = field(default_factory=Counter)
    properties: "dict[str, Shape]" = field(default_factory=dict)
    values: "Shape | None" = None
    items: "Shape | None" = None

    def add(self, value: JsonValue) -> Self:
        """Take one more value into account."""
        self.seen[_TYPES.get(type(value), "null")] += 1
        if self.depth >= _DEPTH:
            return self
        if isinstance(value, str):
            self._add_texts({value: 1})
        elif isinstance(value, list):
            self.items = self.items or Shape(self.depth + 1)
            for item in value:
                self.items.add(item)
        elif isinstance(value, Mapping):
            self._add_object(value)
        return self

    def merge(self, other: Self) -> None:
        """Take into account what is known of the values in another place."""
        self.seen.update(other.seen)
        self._add_texts(other.texts)
        for key, shape in other.properties.items():
            self._of(key).merge(shape)
        if other.values is not None:
            self._become_map().merge(other.values)
        if other.items is not None:
            self.items = self.items or Shape(self.depth + 1)
            self.items.merge(other.items)

    def schema(self) -> dict[str, JsonValue]:
        """Return the proposal; it says nothing where nothing was seen, or where it was too much."""
        for levels in range(_DEPTH, 0, -1):
            made = self._schema(levels)
            if len(dump(made)) <= _BYTES and not any(check_schema(made)):
                return made
        return self._schema(0)

    def _schema(self, levels: int) -> dict[str, JsonValue]:
        types: list[JsonValue] = [name for name in _ORDER if self.seen[name]]
        if self.seen["number"] and "integer" in types:
            types.remove("integer")
        if not types:
            return {}
        made: dict[str, JsonValue] = {"type": types[0] if len(types) == 1 else types}
        choices = self._choices()
        if choices and set(types) <= {"string", "null"}:
            made["enum"] = [*choices, None] if "null" in types else [*choices]
        if self.seen["object"] and levels:
            made.update(self._object_keywords(levels - 1))
        if self.items is not None and levels and (items := self.items._schema(levels - 1)):
            made["items"] = items
        return made

    def _add_texts(self, texts: Mapping[str, int] | None) -> None:
        if texts is None or self.texts is None:
            self.texts = None
            return
        self.texts.update(texts)
        too_long = any(len(text) > _CHOICE_CHARACTERS or _HALF.search(text) for text in texts)
        if len(self.texts) > _CHOICES or too_long:
            self.texts = None

    def _add_object(self, value: Mapping[str, JsonValue]) -> None:
        for key, each in value.items():
            self._of(key).add(each)

    def _of(self, key: str) -> "Shape":
        """Return the shape of a property, or of all where they have too many names."""
        if self.values is None:
            found = self.properties.setdefault(key, Shape(self.depth + 1))
            if len(self.properties) <= _PROPERTIES:
                return found
        return self._become_map()

    def _become_map(self) -> "Shape":
        if self.values is None:
            self.values = Shape(self.depth + 1)
            for shape in self.properties.values():
                self.values.merge(shape)
            self.properties.clear()
        return self.values

    def _object_keywords(self, levels: int) -> Mapping[str, JsonValue]:
        if self.values is not None:
            values = self.values._schema(levels)
            return {"additionalProperties": values} if values else {}
        known = {key: shape for key, shape in self.properties.items() if not _HALF.search(key)}
        if not known:
            return {}
        always = self.seen["object"]
        required: list[JsonValue] = [
            key for key, shape in known.items() if shape.seen.total() == always
        ]
        properties = {key: shape._schema(levels) for key, shape in known.items()}
        return {"properties": properties, **({"required": required} if required else {})}

    def _choices(self) -> list[str]:
        texts: Mapping[str, int] = self.texts or {}
        is_choice = self.seen["string"] >= _TEXTS and min(texts.values(), default=0) >= _TIMES
        return sorted(texts) if is_choice else []
