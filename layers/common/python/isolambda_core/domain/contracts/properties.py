"""What the parts of a schema in its normal form say of a property of an object, or of an item.

Parts hold for a value all together, and what they say in alternatives may hold. That is no promise,
but a property that is named there is none that the schema leaves free.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from isolambda_core.domain.contracts.normal_form import Schema
from isolambda_core.domain.json_text import JsonValue

Part = Mapping[str, JsonValue]

TOLD: Final = "#told"
"""No keyword: what stands here may hold, or may not."""
_OF_OTHERS: Final = (
    "additionalProperties", "unevaluatedProperties", "patternProperties", "propertyNames", "enum",
)  # fmt: skip
"""Keywords that say something of properties which nothing names."""
_OF_NAMES: Final = ("properties", "required", "dependentRequired", "dependentSchemas")
_LISTS: Final = ("allOf", "anyOf", "oneOf", TOLD)
_SINGLE: Final = ("not", "if", "then", "else")


def said_of(old: Sequence[Part], key: str) -> Sequence[Schema]:
    """Return what the old parts say of a property; of a free one that it is never there."""
    if not any(_tells_of(part, key) for part in old):
        return [False]
    told = [schema for part in old for each in _all(part) for schema in _told_of(each, key)]
    return [*(schema for part in old for schema in _held(part, key)), {TOLD: told}]


def said_of_item(old: Sequence[Part], index: int) -> Sequence[Schema]:
    """Return what the old parts say of an item of an array."""
    told = [schema for part in old for each in _all(part) for schema in _told_of_items(each)]
    return [*(item_of(part, index) for part in old), {TOLD: told}]


def item_of(part: Part, index: int) -> Schema:
    """Return the schema of an item of an array."""
    firsts = cast("Sequence[Schema]", part.get("prefixItems", ()))
    return firsts[index] if index < len(firsts) else cast("Schema", part.get("items", True))


def by_name(part: Part, name: str) -> Mapping[str, Schema]:
    """Return the subschemas of a keyword that has them by names."""
    return cast("Mapping[str, Schema]", part.get(name, {}))


def _held(part: Part, key: str) -> Iterator[Schema]:
    """Yield what holds for a property wherever the part does."""
    named = by_name(part, "properties")
    if key in named:
        yield named[key]
    elif "patternProperties" not in part and "additionalProperties" in part:
        yield cast("Schema", part["additionalProperties"])
    if "unevaluatedProperties" in part:
        others = {name: value for name, value in part.items() if name != "unevaluatedProperties"}
        if not _tells_of(others, key):
            yield cast("Schema", part["unevaluatedProperties"])


def _tells_of(part: Part, key: str) -> bool:
    """Return whether a part, or an alternative in it, says anything of a property."""
    return any(
        any(name in each for name in _OF_OTHERS)
        or any(key in cast("Sequence[str]", each.get(name, ())) for name in _OF_NAMES)
        or any(key in names for names in _required_by_others(each))
        for each in _all(part)
    )


def _required_by_others(part: Part) -> Iterator[Sequence[str]]:
    yield from cast("Mapping[str, Sequence[str]]", part.get("dependentRequired", {})).values()


def _all(part: JsonValue) -> Iterator[Part]:
    """Yield a part, and all that is in it for the same value."""
    if not isinstance(part, Mapping):
        return
    yield part
    for name in _LISTS:
        for each in cast("Sequence[JsonValue]", part.get(name, ())):
            yield from _all(each)
    for name in _SINGLE:
        yield from _all(part.get(name))
    for each in by_name(part, "dependentSchemas").values():
        yield from _all(each)


def _told_of(part: Part, key: str) -> Iterator[Schema]:
    named = by_name(part, "properties")
    if key in named:
        yield named[key]
    yield from by_name(part, "patternProperties").values()
    for name in ("additionalProperties", "unevaluatedProperties"):
        if name in part:
            yield cast("Schema", part[name])


def _told_of_items(part: Part) -> Iterator[Schema]:
    yield from cast("Sequence[Schema]", part.get("prefixItems", ()))
    for name in ("items", "contains", "unevaluatedItems"):
        if name in part:
            yield cast("Schema", part[name])
