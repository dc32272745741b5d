"""Compare two JSON Schemas: does one accept all that another accepts?

What this does not prove is a break, so a schema that was only written in other words may be one. A
property that the old schema neither named nor closed, in an alternative either, counts as free: to
describe it breaks nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import cast

from isolambda_core.domain.contracts import keywords
from isolambda_core.domain.contracts.keywords import Part
from isolambda_core.domain.contracts.normal_form import Schema, normal_form
from isolambda_core.domain.contracts.properties import TOLD, by_name, item_of, said_of, said_of_item
from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import SCHEMA_BREAKS
from isolambda_core.domain.schemas.contract import pointer_of

STEPS = 20_000
"""Pairs of an old subschema and a new one that a comparison looks at; of more, that is a break."""

_EACH = "*"
"""Stands in a path for each item, or for each property without a name."""
_OBJECTS = ("properties", "patternProperties", "additionalProperties")
_ARRAYS = ("prefixItems", "items")
_GROUPS = (_OBJECTS, _ARRAYS, ("if", "then", "else"), ("contains", "minContains", "maxContains"))
"""Keywords that mean nothing without each other."""
_GROUPED = frozenset(name for names in _GROUPS for name in names)
_UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """What may come that does not fit any more.

    ``path`` is a JSON Pointer into the value, in which ``*`` is each item, or each other property.
    """

    path: str
    what: str


class _TooInvolvedError(Exception):
    """The comparison takes more than ``STEPS``."""


def breaks_between(old: Document | None, new: Document | None) -> Sequence[Break]:
    """Return what may fit the old schema and not the new one, at most ``limits.SCHEMA_BREAKS``.

    None is the schema that accepts everything.

    Raises:
        InvalidDocumentError: one of them is not what a document may have.
    """
    found: dict[Break, None] = {}
    try:
        before, after = (normal_form(each or {}) for each in (old, new))
        for each in _Comparison().breaks([before], after, ()):
            found[each] = None
            if len(found) == SCHEMA_BREAKS:
                break
    except (_TooInvolvedError, RecursionError):
        found[Break("", "the schemas are too involved to be compared")] = None
    return list(found)


class _Comparison:
    """Compares parts of two schemas. Several old ones are those that a value fits together."""

    def __init__(self) -> None:
        self._left = STEPS

    def breaks(self, olds: Sequence[Schema], new: Schema, path: Path) -> Iterator[Break]:
        old = [part for each in olds for part in _parts(each)]
        self._left -= 1 + len(old)
        if self._left < 0:
            raise _TooInvolvedError
        if new is True or False in old:
            return
        parts = [part for part in old if not isinstance(part, bool)]
        for part in _parts(new):
            if isinstance(part, bool):
                if not part:
                    yield _break(path, "may be there" if path else "may be anything")
            elif part not in parts:
                yield from self._of_part(parts, part, path)

    def _of_part(self, old: Sequence[Part], new: Part, path: Path) -> Iterator[Break]:
        groups: list[Sequence[str]] = [(name,) for name in new if name not in _GROUPED]
        groups += [names for names in _GROUPS if not new.keys().isdisjoint(names)]
        for names in groups:
            group = {name: new[name] for name in names if name in new}
            if any(_has(each, names, group) for each in old):
                continue
            found = list(self._of_group(old, names, group, path))
            if found and not self._holds_in_all_branches(old, group):
                yield from found

    def _of_group(
        self, old: Sequence[Part], names: Sequence[str], group: Part, path: Path
    ) -> Iterator[Break]:
        name = names[0]
        if names == _OBJECTS:
            if keywords.may_be(old, "object"):
                yield from self._of_properties(old, group, path)
        elif names == _ARRAYS:
            if keywords.may_be(old, "array"):
                yield from self._of_items(old, group, path)
        elif name == "required":
            missing = keywords.newly_required(old, group[name])
            yield from (_break((*path, each), "may be missing") for each in missing)
        elif self._is_met(old, name, group):
            return
        elif (what := keywords.narrowing(old, name, group.get(name))) is not None:
            yield _break(path, what)

    def _is_met(self, old: Sequence[Part], name: str, group: Part) -> bool:
        """Return whether subschemas of a keyword show that it holds."""
        value = group.get(name)
        if name == "anyOf":
            return any(self._fits(old, each) for each in _schemas(value))
        if name == "contains":
            return any(self._contains_enough(each, group) for each in old)
        return name == "propertyNames" and self._fits(_names_of(old), cast("Schema", value))

    def _contains_enough(self, old: Part, new: Part) -> bool:
        """Return whether an array with as many items as an old part counts has as many as the new.

        Each item that the old one counts is to count, and for a maximum no other one.
        """
        if "contains" not in old or "contains" not in new:
            return False
        before, after = (cast("Schema", each["contains"]) for each in (old, new))
        least, least_before = (cast("float", each.get("minContains", 1)) for each in (new, old))
        most, most_before = (cast("float", each.get("maxContains", inf)) for each in (new, old))
        has_least = least == 0 or (least <= least_before and self._fits([before], after))
        return has_least and (most == inf or (most_before <= most and before == after))

    def _of_properties(self, old: Sequence[Part], new: Part, path: Path) -> Iterator[Break]:
        named = by_name(new, "properties")
        for key, schema in named.items():
            yield from self.breaks(said_of(old, key), schema, (*path, key))
        patterns = by_name(new, "patternProperties")
        for pattern, schema in patterns.items():
            alike = [by_name(part, "patternProperties").get(pattern) for part in old]
            known = [each for each in alike if each is not None]
            yield from self.breaks(known, schema, (*path, _EACH))
        others = cast("Schema", new.get("additionalProperties", True))
        for key in dict.fromkeys(key for part in old for key in by_name(part, "properties")):
            if key not in named:
                yield from self.breaks(said_of(old, key), others, (*path, key))
        rest = [
            cast("Schema", part["additionalProperties"])
            for part in old
            if "additionalProperties" in part
            and by_name(part, "patternProperties").keys() <= patterns.keys()
        ]
        yield from self.breaks(rest, others, (*path, _EACH))

    def _of_items(self, old: Sequence[Part], new: Part, path: Path) -> Iterator[Break]:
        most = keywords.most_items(old)
        firsts = max(len(_schemas(part.get("prefixItems", ()))) for part in (*old, new))
        for index in range(firsts):
            if index < most:
                at = (*path, str(index))
                yield from self.breaks(said_of_item(old, index), item_of(new, index), at)
        if firsts < most:
            at = (*path, _EACH)
            yield from self.breaks(said_of_item(old, firsts), item_of(new, firsts), at)

    def _holds_in_all_branches(self, old: Sequence[Part], group: Part) -> bool:
        """Return whether each alternative of the old schema, with all the rest, fits."""
        for index, part in enumerate(old):
            for name in ("anyOf", "oneOf"):
                if name in part:
                    gone = {name, *_UNEVALUATED}
                    rest = {key: value for key, value in part.items() if key not in gone}
                    rest[TOLD] = [*_schemas(rest.get(TOLD, ())), *_schemas(part[name])]
                    others = [rest, *old[:index], *old[index + 1 :]]
                    if all(self._fits([each, *others], group) for each in _schemas(part[name])):
                        return True
        return False

    def _fits(self, olds: Sequence[Schema], new: Schema) -> bool:
        return next(self.breaks(olds, new, ()), None) is None


def _parts(schema: Schema) -> Sequence[Schema]:
    """Return what a value has to fit together, without ``allOf`` where nothing looks into it."""
    if isinstance(schema, bool) or "allOf" not in schema or not _UNEVALUATED.isdisjoint(schema):
        return [schema]
    own = {key: value for key, value in schema.items() if key != "allOf"}
    parts: list[Schema] = [own] if own else []
    for each in _schemas(schema["allOf"]):
        parts += _parts(each)
    return parts


def _names_of(old: Sequence[Part]) -> Sequence[Schema]:
    names = [cast("Schema", part["propertyNames"]) for part in old if "propertyNames" in part]
    return [{"type": ["string"]}, *names]


def _has(old: Part, names: Sequence[str], group: Part) -> bool:
    """Return whether an old part has just the same keywords of a group."""
    if not _UNEVALUATED.isdisjoint(names):
        return False
    return {name: old[name] for name in names if name in old} == group


def _schemas(value: JsonValue | tuple[()]) -> Sequence[Schema]:
    return cast("Sequence[Schema]", value)


def _break(path: Path, what: str) -> Break:
    return Break(pointer_of(path), what)
