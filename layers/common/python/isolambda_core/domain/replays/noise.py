"""What differs by itself: between executions of one version for one input."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Self

from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import REPLAY_NOISE
from isolambda_core.domain.replays.comparison import (
    ANY,
    Difference,
    Kind,
    differences,
    parent_of,
)
from isolambda_core.domain.replays.observations import Observed


@dataclass(frozen=True, slots=True)
class Noise:
    """Patterns of paths, at which no difference between versions counts; see ``Difference``.

    What is at one of ``paths``, or below, differs by itself. What is at one of ``members`` is an
    array or an object whose items, or some of whose keys, come and go by themselves; where it is
    one of ``paths`` as well, it comes and goes itself, or is of several types. Any other of
    ``paths`` has another value each time: that it is gone, or of another type, is a difference.
    """

    paths: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()

    def covers(self, difference: Difference) -> bool:
        """Return whether a difference between versions may be one that comes by itself."""
        pattern = difference.pattern
        if not self.paths.isdisjoint(_lineage(parent_of(pattern))):
            return True
        is_value = not difference.is_structural or pattern in self.members or _is_item(pattern)
        if pattern in self.paths and is_value:
            return True
        comes_and_goes = difference.kind is Kind.ADDED or (
            difference.kind is Kind.REMOVED and _is_item(pattern)
        )
        return comes_and_goes and parent_of(pattern) in self.members

    def __or__(self, other: Self) -> Self:
        """Return what one of both covers, at most ``limits.REPLAY_NOISE`` of each."""
        return type(self)(
            _bounded(self.paths | other.paths), _bounded(self.members | other.members)
        )

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The patterns as reports show them."""
        return {"paths": sorted(self.paths), "members": sorted(self.members)}


NO_NOISE = Noise()
_WHOLE = ""
"""Its keys are the outcome, the result and so on: others never take their place."""


def noise_among(executions: Sequence[Observed]) -> Noise:
    """Return what differs among executions of one version for one input."""
    first, *others = executions
    noise = NO_NOISE
    for other in others:
        noise |= _noise_of(tuple(differences(first, other)))
    return noise


def _noise_of(found: Iterable[Difference]) -> Noise:
    added = {parent_of(each.pattern) for each in found if each.kind is Kind.ADDED}
    removed = {parent_of(each.pattern) for each in found if each.kind is Kind.REMOVED}
    items = {
        parent_of(each.pattern)
        for each in found
        if each.kind is not Kind.CHANGED and _is_item(each.pattern)
    }
    # A key that is there at times is noise itself; keys that take each other's place have any name.
    holders = ((added & removed) | items) - {_WHOLE}
    own = [
        each
        for each in found
        if each.kind is Kind.CHANGED or parent_of(each.pattern) not in holders
    ]
    members = holders | {each.pattern for each in own if each.is_structural}
    return Noise(_bounded(frozenset(each.pattern for each in own)), _bounded(frozenset(members)))


def _is_item(pattern: str) -> bool:
    return pattern.endswith(f"/{ANY}")


def _lineage(pattern: str) -> Iterator[str]:
    """Yield a pattern after all that it lies below."""
    return accumulate(pattern.split("/"), "{}/{}".format)


def _bounded(patterns: frozenset[str]) -> frozenset[str]:
    return patterns if len(patterns) <= REPLAY_NOISE else frozenset(sorted(patterns)[:REPLAY_NOISE])
