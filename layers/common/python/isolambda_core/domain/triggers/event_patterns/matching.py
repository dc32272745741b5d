"""Whether an event is what a pattern demands: every alternative of the pattern in one walk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.event_patterns.content_filters import (
    Filter,
    filter_of,
    one_of,
)

Path = tuple[str, ...]
"""The keys that lead to a field of an event, through any arrays."""

Alternative = tuple[tuple[Path, list[JsonValue]], ...]
"""What is demanded together: of each field, what it may be."""


@dataclass(slots=True)
class _Demand:
    """What one field must be. Alternatives and absences are bits of a number, each its own."""

    key: str
    filters: list[Filter]
    absence: int
    alternatives: int = 0


@dataclass(slots=True)
class Level:
    """What is demanded of an object, and of the objects in it.

    ``absences`` are the fields somewhere below that may be missing, seen from this object.
    """

    demands: list[_Demand] = field(default_factory=list)
    below: "dict[str, Level]" = field(default_factory=dict)
    absences: list[tuple[int, Path]] = field(default_factory=list)
    alternatives: int = 0


def is_met(level: Level, event: Document) -> bool:
    """Return whether an event is what one of the alternatives of a level demands."""
    return _met(level, event, 0) != 0


def levels_of(alternatives: Iterable[Alternative]) -> Level:
    """Return what all alternatives demand, object by object, from the whole event down.

    EventBridge goes through the fields in order. One that may be missing must be so in the objects
    that the fields before it were found in, and in every object where there were none before.
    """
    root = Level()
    demands: dict[tuple[Path, int, int], _Demand] = {}
    for number, alternative in enumerate(alternatives):
        present: Path = ()
        for path, items in sorted(alternative, key=_in_order):
            chain = list(_chain(root, path))
            may_be_absent = {"exists": False} in items
            scope = _shared(present, path) if may_be_absent else 0
            known = (path, id(items), scope)
            if known not in demands:
                absence = 1 << len(demands) if may_be_absent else 0
                demands[known] = _Demand(path[-1], _filters(items), absence)
                chain[-1].demands.append(demands[known])
                if may_be_absent:
                    chain[scope].absences.append((absence, path[scope:]))
            demands[known].alternatives |= 1 << number
            for level in chain:
                level.alternatives |= 1 << number
            if not may_be_absent:
                present = path
    return root


def _filters(items: list[JsonValue]) -> list[Filter]:
    """Return the filters of a list; its values, of which there may be many, are one."""
    values: list[JsonValue] = [item for item in items if not isinstance(item, Mapping)]
    others = [filter_of(item) for item in items if isinstance(item, Mapping)]
    return [one_of(values), *(other for other in others if other is not None)]


def _in_order(demand: tuple[Path, list[JsonValue]]) -> str:
    return ".".join(demand[0])


def _chain(root: Level, path: Path) -> Iterator[Level]:
    """Return the levels that a path leads through."""
    yield root
    for key in path[:-1]:
        root = root.below.setdefault(key, Level())
        yield root


def _shared(one: Path, other: Path) -> int:
    """Return how far down two fields are in the same objects."""
    pairs = zip(one[:-1], other[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _met(level: Level, element: Document, absent: int) -> int:
    """Return the alternatives whose demands of an object, and of those in it, are met."""
    for absence, path in level.absences:
        if not any(True for _ in _values(element, path)):
            absent |= absence
    met = level.alternatives
    for demand in level.demands:
        if met & demand.alternatives and not (demand.absence & absent or _has(element, demand)):
            met &= ~demand.alternatives
    for key, below in level.below.items():
        if met & below.alternatives:
            found = 0
            # What is no object has no fields, which may be what is demanded.
            for inner in list(_objects(element, key)) or [{}]:
                found |= _met(below, inner, absent)
            met &= found | ~below.alternatives
    return met


def _has(element: Document, demand: _Demand) -> bool:
    return demand.key in element and any(
        test(value) for value in _values(element, (demand.key,)) for test in demand.filters
    )


def _values(element: Document, path: Path) -> Iterator[JsonValue]:
    """Return what a field below an object holds: no objects, those have fields themselves."""
    *parents, key = path
    elements = [element]
    for parent in parents:
        elements = [inner for outer in elements for inner in _objects(outer, parent)]
    for outer in elements:
        yield from (value for value in _flat(outer, key) if not isinstance(value, Mapping))


def _objects(element: Document, key: str) -> Iterator[Document]:
    return (value for value in _flat(element, key) if isinstance(value, Mapping))


def _flat(element: Document, key: str) -> Iterator[JsonValue]:
    """Return what a field holds; what is in an array, however deep, in place of the array."""
    waiting = [element[key]] if key in element else []
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        else:
            yield value
