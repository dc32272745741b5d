"""What a shadow has found since its alias is as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import SHADOW_DIFFERENCES, SHADOW_EXECUTIONS, SHADOW_NOISE
from isolambda_core.domain.replays.executions import Replayed, Verdict
from isolambda_core.domain.replays.noise import NO_NOISE, Noise


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """What came of the executions that a shadow repeated; ``revision`` counts the writes of it.

    ``skipped`` are those that could not be compared, ``reason`` is why the latest could not;
    ``dropped`` those that were not repeated, as too many waited. ``found`` are the latest
    ``limits.SHADOW_EXECUTIONS`` that differ, the last one first.
    """

    equal: int = 0
    different: int = 0
    skipped: int = 0
    dropped: int = 0
    reason: str | None = None
    found: tuple[Replayed, ...] = ()
    noise: Noise = NO_NOISE
    revision: int = 0

    def after(self, replayed: Replayed, noise: Noise, dropped: int = 0) -> Self:
        """Return the next revision: another execution was repeated, and some were ``dropped``.

        What it finds to differ by itself does not count any more where it was found before.
        """
        noise = _bounded(self.noise | noise)
        clean = [each.without(noise) for each in self.found]
        still = [each for each in clean if each.verdict is Verdict.DIFFERENT]
        cleared = len(clean) - len(still)
        replayed = replayed.without(noise)
        verdict = replayed.verdict
        if verdict is Verdict.DIFFERENT:
            still.insert(0, _shortened(replayed))
        return replace(
            self,
            equal=self.equal + cleared + (verdict is Verdict.EQUAL),
            different=self.different - cleared + (verdict is Verdict.DIFFERENT),
            skipped=self.skipped + (verdict is Verdict.SKIPPED),
            dropped=self.dropped + dropped,
            reason=replayed.reason or self.reason,
            found=tuple(still[:SHADOW_EXECUTIONS]),
            noise=noise,
            revision=self.revision + 1,
        )

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """What it found, as clients read it."""
        return {
            "compared": self.equal + self.different,
            "equal": self.equal,
            "different": self.different,
            "skipped": self.skipped,
            "skipped_because": self.reason,
            "dropped": self.dropped,
            "executions": [
                {
                    "execution_id": each.execution_id,
                    "differences": [found.document for found in each.results],
                    "requests": [found.document for found in each.requests],
                    "more": each.more,
                }
                for each in self.found
            ],
            "noise": self.noise.document,
        }


def _shortened(replayed: Replayed) -> Replayed:
    kept, more = replayed.found[:SHADOW_DIFFERENCES], replayed.found[SHADOW_DIFFERENCES:]
    return replace(replayed, found=kept, more=replayed.more + len(more), old=(), new=())


def _bounded(noise: Noise) -> Noise:
    paths, members = (
        frozenset(sorted(patterns)[:SHADOW_NOISE]) for patterns in (noise.paths, noise.members)
    )
    return Noise(paths, members)
