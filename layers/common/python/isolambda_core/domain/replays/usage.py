"""Whether a version takes more processor time, or more memory, than another one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median
from typing import Final, Self

from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import REPLAY_MEASURED

CPU_MS_MORE: Final = 2.0
"""Less than that is no more time: an isolate that has just begun to serve takes as much longer."""
MEMORY_MB_MORE: Final = 4.0
"""Less than that is no more memory: it comes in pages, and is given back when V8 likes."""
RATIO: Final = 1.25
"""How much more the median has to be."""
SHARE: Final = 0.75
"""For how many of the inputs the new version has to take more than the old one ever did."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What two versions took for one input, once or several times each."""

    old: Sequence[float]
    new: Sequence[float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians over all inputs, None where there were none; ``more``: the new one takes more."""

    old: float | None
    new: float | None
    inputs: int
    more: bool

    @classmethod
    def of(cls, pairs: Sequence[Pair], floor: float) -> Self:
        """Compare what was taken; a difference of medians of less than ``floor`` is none."""
        if not pairs:
            return cls(None, None, 0, more=False)
        old = median(chain.from_iterable(pair.old for pair in pairs))
        new = median(chain.from_iterable(pair.new for pair in pairs))
        above = sum(median(pair.new) > max(pair.old) for pair in pairs)
        more = (
            len(pairs) >= REPLAY_MEASURED
            and above >= SHARE * len(pairs)
            and new >= RATIO * old
            and new - old >= floor
        )
        return cls(old, new, len(pairs), more)

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The comparison as reports show it."""
        return {"old": self.old, "new": self.new, "inputs": self.inputs, "more": self.more}
