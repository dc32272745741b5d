"""One input, executed on two versions several times: what of it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.replays.comparison import (
    Difference,
    Kind,
    bounded,
    differences,
    grouped,
)
from isolambda_core.domain.replays.noise import NO_NOISE, Noise, noise_among
from isolambda_core.domain.replays.observations import REFUSED, Observed

REQUESTS: Final = "/requests/"
"""Where the paths of what an execution asked begin."""
_UNSOUND: Final = {
    Outcome.INTERNAL_ERROR.value: "could not be executed",
    Outcome.EXCEEDED_WALL_TIME.value: "takes longer than a replay waits",
    REFUSED: "refuses the input",
}
"""The outcomes of the old version with which nothing is to be compared."""
_UNRECORDED: Final = "asks what the record does not have"


class Verdict(StrEnum):
    """What came of one recorded execution; a closed set."""

    EQUAL = "equal"
    DIFFERENT = "different"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Taken:
    """What one execution took, as in ``Usage``."""

    cpu_ms: float
    memory_mb: float
    cold: bool

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """What it took, as reports show it."""
        return {"cpu_ms": self.cpu_ms, "memory_mb": self.memory_mb, "cold": self.cold}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one recorded execution.

    ``reason`` is why it was skipped. ``found`` are the differences that count, and ``more`` how
    many there are that a report has no room for. ``old`` and ``new`` are what each took.
    """

    execution_id: str
    reason: str | None = None
    found: tuple[Difference, ...] = ()
    more: int = 0
    old: tuple[Taken, ...] = ()
    new: tuple[Taken, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What came of it, in one word."""
        if self.reason is not None:
            return Verdict.SKIPPED
        return Verdict.DIFFERENT if self.found or self.more else Verdict.EQUAL

    @property
    def results(self) -> Sequence[Difference]:
        """Where its outcome, its result or its error differs."""
        return [each for each in self.found if not each.path.startswith(REQUESTS)]

    @property
    def requests(self) -> Sequence[Difference]:
        """Where what it asked of the world differs."""
        return [each for each in self.found if each.path.startswith(REQUESTS)]

    def without(self, noise: Noise) -> Self:
        """Return it without what has been found to differ by itself elsewhere."""
        return replace(self, found=tuple(each for each in self.found if not noise.covers(each)))

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """It as reports show it."""
        return {
            "execution_id": self.execution_id,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "differences": [each.document for each in self.results],
            "requests": [each.document for each in self.requests],
            "more": self.more,
            "usage": {
                "old": [each.document for each in self.old],
                "new": [each.document for each in self.new],
            },
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return what :attr:`document` was made of, but for what was cut."""
        found = [*document["differences"], *document["requests"]]
        usage = document["usage"]
        return cls(
            document["execution_id"],
            document["reason"],
            tuple(
                Difference(
                    each["path"],
                    Kind(each["kind"]),
                    each.get("old"),
                    each.get("new"),
                    each["times"],
                )
                for each in found
            ),
            document["more"],
            tuple(Taken(**each) for each in usage["old"]),
            tuple(Taken(**each) for each in usage["new"]),
        )


def unsound(old: Observed) -> str | None:
    """Return why nothing is compared with an execution of the old version, or None."""
    why = _UNSOUND.get(old.outcome) or (_UNRECORDED if old.unrecorded else None)
    return None if why is None else f"the old version {why}"


def compared(
    execution_id: str, recorded: Observed | None, old: Sequence[Observed], new: Sequence[Observed]
) -> tuple[Replayed, Noise]:
    """Compare the executions of two versions for one input, and tell what differs by itself.

    The old version was executed twice and the new one once, or three times and twice. ``recorded``
    is what the record has, where the old version made it. Only that counts which every execution of
    the new version has, and none of the old.
    """
    taken = (tuple(map(_taken, old)), tuple(map(_taken, new)))
    for each in old:
        if reason := unsound(each):
            return Replayed(execution_id, reason, (), 0, *taken), NO_NOISE
    # What ended otherwise than now had another world around it, such as a host that did not answer.
    is_alike = recorded is not None and all(each.outcome == recorded.outcome for each in old)
    noise = noise_among([*old, recorded] if recorded is not None and is_alike else old)
    # The first of the new stands against the first two of the old, the second against the third.
    found = [tuple(differences(*both)) for both in zip(old, (new[0], *new), strict=True)]
    places = set.intersection(*({each.place for each in rounds} for rounds in found))
    counts = [each for each in found[-1] if each.place in places and not noise.covers(each)]
    results, more = bounded(grouped(each for each in counts if not _is_request(each)))
    requests, more_requests = bounded(grouped(filter(_is_request, counts)))
    shown = (*results, *requests)
    return Replayed(execution_id, None, shown, more + more_requests, *taken), noise


def _is_request(difference: Difference) -> bool:
    return difference.path.startswith(REQUESTS)


def _taken(execution: Observed) -> Taken:
    return Taken(execution.cpu_ms, execution.memory_mb, execution.cold)
