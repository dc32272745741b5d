"""Where two executions differ, as places in one JSON value."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from itertools import chain, islice, zip_longest
from typing import Final

from isolambda_core.domain.contracts.canonical import canonical
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import (
    REPLAY_DIFFERENCES,
    REPLAY_DIFFERENCES_EXAMINED,
    REPLAY_PATH_CHARACTERS,
    REPLAY_VALUE_CHARACTERS,
)
from isolambda_core.domain.replays.observations import Observed
from isolambda_core.domain.schemas.contract import pointer_of
from isolambda_core.domain.shown import shown

ANY: Final = "*"
"""Stands for every number in a pattern: which item it is, or which id, is by chance."""


class Kind(StrEnum):
    """What became of the value at a path."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where two executions differ.

    ``path`` is a JSON Pointer (RFC 6901) into ``Observed.value``, cut to
    ``limits.REPLAY_PATH_CHARACTERS``. ``old`` is None where something was added, and ``new`` where
    it was removed. ``times`` counts the places of one pattern that differ in this way.
    """

    path: str
    kind: Kind
    old: JsonValue = None
    new: JsonValue = None
    times: int = 1

    @property
    def pattern(self) -> str:
        """The path with ``*`` in the place of each number."""
        return "/".join(ANY if part.isdecimal() else part for part in self.path.split("/"))

    @property
    def place(self) -> tuple[str, Kind]:
        """What is the same for two differences that tell of one change.

        What is added may have another name each time, so it counts by where that was.
        """
        pattern = self.pattern
        return (parent_of(pattern) if self.kind is Kind.ADDED else pattern), self.kind

    @property
    def is_structural(self) -> bool:
        """Whether one of both has no value here, or one of another type."""
        if self.kind is Kind.CHANGED:
            return _type_of(self.old) is not _type_of(self.new)
        return True

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The difference as reports show it; values that are too long are texts that are cut."""
        found: dict[str, JsonValue] = {"path": self.path, "kind": self.kind.value}
        if self.kind is not Kind.ADDED:
            found["old"] = shown(self.old, REPLAY_VALUE_CHARACTERS)
        if self.kind is not Kind.REMOVED:
            found["new"] = shown(self.new, REPLAY_VALUE_CHARACTERS)
        found["times"] = self.times
        return found


def parent_of(pattern: str) -> str:
    """Return the path or pattern of what holds the value at another one."""
    return pattern.rpartition("/")[0]


def differences(old: Observed, new: Observed) -> Iterator[Difference]:
    """Yield where two executions differ, at most ``limits.REPLAY_DIFFERENCES_EXAMINED`` places.

    Neither the order of keys matters, nor how a number is written. Items of arrays, and requests to
    one target, are compared by their positions.
    """
    if old.key == new.key:
        return iter(())
    return islice(_differences(old.value, new.value), REPLAY_DIFFERENCES_EXAMINED)


def grouped(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """Return the first difference of each place, with how many there are."""
    groups: dict[tuple[str, Kind], Difference] = {}
    for difference in found:
        first = groups.get(difference.place)
        times = 0 if first is None else first.times
        groups[difference.place] = replace(first or difference, times=times + difference.times)
    return tuple(groups.values())


def bounded(found: tuple[Difference, ...]) -> tuple[tuple[Difference, ...], int]:
    """Return as many differences as a report shows, and how many more there are."""
    return found[:REPLAY_DIFFERENCES], max(0, len(found) - REPLAY_DIFFERENCES)


def _type_of(value: JsonValue) -> type:
    return float if type(value) is int else type(value)


class _Absent(Enum):
    ABSENT = "absent"


_ABSENT: Final = _Absent.ABSENT
_Value = JsonValue | _Absent
_Keys = tuple["_Keys", str] | None
"""The keys that lead to a value, the last one first; a pointer is made where one is needed."""
_Pair = tuple[_Keys, _Value, _Value]


def _differences(old: JsonValue, new: JsonValue) -> Iterator[Difference]:
    pending: list[Iterator[_Pair]] = [iter([(None, old, new)])]
    while pending:
        pair = next(pending[-1], None)
        if pair is None:
            pending.pop()
            continue
        keys, one, other = pair
        if isinstance(one, dict) and isinstance(other, dict):
            pending.append(_members(keys, one, other))
        elif isinstance(one, list) and isinstance(other, list):
            pending.append(_items(keys, one, other))
        elif not _is_same(one, other):
            yield _difference(_path_of(keys), one, other)


def _members(
    keys: _Keys, one: Mapping[str, JsonValue], other: Mapping[str, JsonValue]
) -> Iterator[_Pair]:
    for name in chain(one, (name for name in other if name not in one)):
        yield (keys, name), one.get(name, _ABSENT), other.get(name, _ABSENT)


def _items(keys: _Keys, one: list[JsonValue], other: list[JsonValue]) -> Iterator[_Pair]:
    for index, (item, another) in enumerate(zip_longest(one, other, fillvalue=_ABSENT)):
        yield (keys, str(index)), item, another


def _is_same(one: _Value, other: _Value) -> bool:
    if one is _ABSENT or other is _ABSENT or isinstance(one, dict | list):
        return False
    # Python takes true for 1, and most values are the same object or none of the same type.
    return one == other and (type(one) is type(other) or canonical(one) == canonical(other))


def _difference(path: str, old: _Value, new: _Value) -> Difference:
    if isinstance(old, _Absent):
        return Difference(path, Kind.ADDED, new=None if isinstance(new, _Absent) else new)
    if isinstance(new, _Absent):
        return Difference(path, Kind.REMOVED, old=old)
    return Difference(path, Kind.CHANGED, old, new)


def _path_of(keys: _Keys) -> str:
    parts: list[str] = []
    while keys is not None:
        keys, part = keys
        parts.append(part)
    path = pointer_of(parts[::-1])
    return path if len(path) <= REPLAY_PATH_CHARACTERS else f"{path[:REPLAY_PATH_CHARACTERS]}…"
