"""Propose a JSON Schema that values fit which were seen."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from isolambda_core.domain.json_text import JsonValue

_DEPTH: Final = 10
"""Nothing is proposed of what is deeper."""
_PROPERTIES: Final = 100
"""An object with more different properties than this is taken for a map."""
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
            self._add_text(value)
        elif isinstance(value, list):
            self.items = self.items or Shape(self.depth + 1)
            for item in value:
                self.items.add(item)
        elif isinstance(value, Mapping):
            self._add_object(value)
        return self

    def schema(self) -> dict[str, JsonValue]:
        """Return the proposal; it says nothing where nothing was seen."""
        types: list[JsonValue] = [name for name in _ORDER if self.seen[name]]
        if self.seen["number"] and "integer" in types:
            types.remove("integer")
        if not types:
            return {}
        made: dict[str, JsonValue] = {"type": types[0] if len(types) == 1 else types}
        choices = self._choices()
        if choices and set(types) <= {"string", "null"}:
            made["enum"] = [*choices, None] if "null" in types else [*choices]
        if self.seen["object"]:
            made.update(self._object_keywords())
        if self.items is not None and (items := self.items.schema()):
            made["items"] = items
        return made

    def _add_text(self, text: str) -> None:
        if self.texts is None:
            return
        self.texts[text] += 1
        if len(self.texts) > _CHOICES or len(text) > _CHOICE_CHARACTERS:
            self.texts = None

    def _add_object(self, value: Mapping[str, JsonValue]) -> None:
        inner = self.depth + 1
        self.values = self.values or Shape(inner)
        for key, each in value.items():
            self.values.add(each)
            if len(self.properties) <= _PROPERTIES:
                self.properties.setdefault(key, Shape(inner)).add(each)

    def _object_keywords(self) -> Mapping[str, JsonValue]:
        if len(self.properties) > _PROPERTIES:
            values = self.values.schema() if self.values else {}
            return {"additionalProperties": values} if values else {}
        if not self.properties:
            return {}
        always = self.seen["object"]
        required: list[JsonValue] = [
            key for key, shape in self.properties.items() if shape.seen.total() == always
        ]
        properties = {key: shape.schema() for key, shape in self.properties.items()}
        return {"properties": properties, **({"required": required} if required else {})}

    def _choices(self) -> list[str]:
        texts: Mapping[str, int] = self.texts or {}
        is_choice = self.seen["string"] >= _TEXTS and min(texts.values(), default=0) >= _TIMES
        return sorted(texts) if is_choice else []
