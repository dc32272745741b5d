"""Whether an event is what a pattern demands: every alternative of the pattern in one walk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from math import inf

from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.event_patterns.content_filters import (
    Filter,
    filter_of,
    one_of,
)

Path = tuple[str, ...]
"""The keys that lead to a field of an event, through any arrays."""

_STEP_CHARACTERS = 64

Alternative = tuple[tuple[Path, list[JsonValue]], ...]
"""What is demanded together: of each field, what it may be."""


class TooMuchWorkError(Exception):
    """Matching looked at more than it may."""


@dataclass(slots=True)
class Work:
    """Counts the steps of matching: what is looked at, and how often.

    A step is an object, a member of an array, or a filter that a value is put to, and one more for
    each ``_STEP_CHARACTERS`` of a text.
    """

    limit: float = inf
    used: int = 0

    def spend(self, steps: int) -> None:
        """Count steps.

        Raises:
            TooMuchWorkError: they are more than ``limit`` together.
        """
        self.used += steps
        if self.used > self.limit:
            raise TooMuchWorkError


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

    ``absences`` are the fields somewhere below that may be missing, seen from this object, by the
    keys that lead to the objects that would have them. ``of_nothing`` has the absences from above,
    and which alternatives an object without fields met with them.
    """

    demands: list[_Demand] = field(default_factory=list)
    below: "dict[str, Level]" = field(default_factory=dict)
    absences: dict[Path, list[tuple[int, str]]] = field(default_factory=dict)
    alternatives: int = 0
    of_nothing: tuple[int, int] | None = None


def is_met(level: Level, event: Document, work: Work) -> bool:
    """Return whether an event is what one of the alternatives of a level demands.

    Raises:
        TooMuchWorkError: it takes more steps than ``work`` has left.
    """
    return _met(level, event, 0, work) != 0


def levels_of(alternatives: Iterable[Alternative]) -> Level:
    """Return what all alternatives demand, object by object, from the whole event down.

    EventBridge goes through the fields in order. One that may be missing must be so in the objects
    that the fields before it were found in, and in every object where there were none before.
    """
    root = Level()
    demands: dict[tuple[Path, int, int], _Demand] = {}
    chains: dict[Path, list[Level]] = {}
    for number, alternative in enumerate(alternatives):
        bit = 1 << number
        present: Path = ()
        for path, items in sorted(alternative, key=_in_order):
            if path not in chains:
                chains[path] = list(_chain(root, path))
            chain = chains[path]
            may_be_absent = {"exists": False} in items
            scope = _shared(present, path) if may_be_absent else 0
            known = (path, id(items), scope)
            if known not in demands:
                absence = 1 << len(demands) if may_be_absent else 0
                demands[known] = _Demand(path[-1], _filters(items), absence)
                chain[-1].demands.append(demands[known])
                if may_be_absent:
                    missing = chain[scope].absences.setdefault(path[scope:-1], [])
                    missing.append((absence, path[-1]))
            demands[known].alternatives |= bit
            for level in chain:
                level.alternatives |= bit
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


def _met(level: Level, element: Document, absent: int, work: Work) -> int:
    """Return the alternatives whose demands of an object, and of those in it, are met."""
    if element:
        return _look(level, element, absent, work)
    # Of most events most fields are missing: what follows from that is found out once.
    if level.of_nothing is None or level.of_nothing[0] != absent:
        level.of_nothing = absent, _look(level, element, absent, work)
    return level.of_nothing[1]


def _look(level: Level, element: Document, absent: int, work: Work) -> int:
    work.spend(1 + len(level.demands))
    met = _own(level, element, level.alternatives, None, work)
    if met and level.absences:
        absent |= _absent(level, element, work)
    met = _own(level, element, met, absent, work)
    for key, below in level.below.items():
        if wanted := met & below.alternatives:
            met &= _below(below, _objects(element, key, work), wanted, absent, work)
    return met


def _own(level: Level, element: Document, met: int, absent: int | None, work: Work) -> int:
    """Return those of the alternatives ``met`` whose demands of the object's own fields are met.

    With ``absent`` these are the demands of fields that may be missing, else those of all others,
    which decide about most events without a walk.
    """
    for demand in level.demands:
        if met & demand.alternatives and bool(demand.absence) is (absent is not None):
            is_absent = absent is not None and bool(demand.absence & absent)
            if not (is_absent or _has(element, demand, work)):
                met &= ~demand.alternatives
    return met


def _below(level: Level, inners: list[Document], wanted: int, absent: int, work: Work) -> int:
    """Return the alternatives that a field may stand for: those met by an object in it, and others.

    None but the ``wanted`` are looked for.
    """
    found = 0
    # What is no object has no fields, which may be what is demanded.
    for inner in inners or [{}]:
        found |= _met(level, inner, absent, work)
        if not wanted & ~found:
            break
    return found | ~level.alternatives


def _absent(level: Level, element: Document, work: Work) -> int:
    """Return which fields somewhere below an object are missing, of those that may be."""
    absent = 0
    holders: dict[Path, list[Document]] = {(): [element]}
    for parents, missing in level.absences.items():
        holding = _holders(holders, parents, work)
        work.spend(1 + len(missing) * len(holding))
        for absence, key in missing:
            if not any(key in holder and _has_value(holder, key, work) for holder in holding):
                absent |= absence
    return absent


def _holders(known: dict[Path, list[Document]], path: Path, work: Work) -> list[Document]:
    """Return the objects that a path leads to; what leads there is walked once."""
    if path not in known:
        *parents, key = path
        outers = _holders(known, tuple(parents), work)
        known[path] = [inner for outer in outers for inner in _objects(outer, key, work)]
    return known[path]


def _has(element: Document, demand: _Demand, work: Work) -> bool:
    if demand.key not in element:
        return False
    for value in _values(element, demand.key, work):
        characters = len(value) if isinstance(value, str) else 0
        work.spend(len(demand.filters) * (1 + characters // _STEP_CHARACTERS))
        if any(test(value) for test in demand.filters):
            return True
    return False


def _has_value(element: Document, key: str, work: Work) -> bool:
    return any(True for _ in _values(element, key, work))


def _values(element: Document, key: str, work: Work) -> Iterator[JsonValue]:
    """Return what a field holds, but for objects: those have fields themselves."""
    return (value for value in _flat(element, key, work) if not isinstance(value, Mapping))


def _objects(element: Document, key: str, work: Work) -> list[Document]:
    return [value for value in _flat(element, key, work) if isinstance(value, Mapping)]


def _flat(element: Document, key: str, work: Work) -> Iterator[JsonValue]:
    """Return what a field holds; what is in an array, however deep, in place of the array."""
    waiting = [element[key]] if key in element else []
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            work.spend(len(value))
            waiting += value
        else:
            yield value
