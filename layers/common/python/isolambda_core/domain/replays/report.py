"""What a replay found: of each recorded execution, and of all together."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import REPLAY_WARM_UP
from isolambda_core.domain.replays.executions import Replayed, Taken, Verdict
from isolambda_core.domain.replays.noise import NO_NOISE, Noise
from isolambda_core.domain.replays.usage import CPU_MS_MORE, MEMORY_MB_MORE, Comparison, Pair


@dataclass(frozen=True, slots=True)
class Report:
    """What a replay found. Two reports of the same versions become one by ``|``.

    ``old`` and ``new`` are the versions. What differs by itself in one execution counts in none:
    ``executions`` are without all that ``noise`` covers.
    """

    old: str
    new: str
    executions: Sequence[Replayed] = field(default_factory=tuple)
    noise: Noise = NO_NOISE

    def __or__(self, other: Self) -> Self:
        """Return the report of what both have, in the order of the two.

        Raises:
            ValueError: they are of different versions.
        """
        if (self.old, self.new) != (other.old, other.new):
            raise ValueError(f"{other.old}..{other.new} is not {self.old}..{self.new}")
        return type(self).made_of(
            self.old,
            self.new,
            (*self.executions, *other.executions),
            self.noise | other.noise,
        )

    @classmethod
    def made_of(cls, old: str, new: str, executions: Sequence[Replayed], noise: Noise) -> Self:
        """Return the report of executions, and of what was found to differ by itself in any."""
        return cls(old, new, tuple(each.without(noise) for each in executions), noise)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return the report that a document of one shows; see :attr:`document`."""
        noise = document["noise"]
        return cls(
            document["from"],
            document["to"],
            tuple(map(Replayed.of, document["executions"])),
            Noise(frozenset(noise["paths"]), frozenset(noise["members"])),
        )

    def measured_again(self, executions: Iterable[Replayed]) -> Self:
        """Return the report with what executions took another time; else it stays as it is."""
        again = {each.execution_id: each for each in executions if each.reason is None}
        return replace(
            self,
            executions=tuple(
                replace(each, old=found.old, new=found.new)
                if (found := again.get(each.execution_id))
                else each
                for each in self.executions
            ),
        )

    @property
    def takes_more(self) -> bool:
        """Whether the new version takes more time, or more memory."""
        return self.cpu_ms.more or self.memory_mb.more

    @property
    def cpu_ms(self) -> Comparison:
        """How much processor time both versions took."""
        return Comparison.of(self._pairs("cpu_ms"), CPU_MS_MORE)

    @property
    def memory_mb(self) -> Comparison:
        """How much memory they took."""
        return Comparison.of(self._pairs("memory_mb"), MEMORY_MB_MORE)

    @property
    def summary(self) -> Mapping[str, JsonValue]:
        """What came of all executions together."""
        verdicts = Counter(each.verdict for each in self.executions)
        compared = len(self.executions) - verdicts[Verdict.SKIPPED]
        different = verdicts[Verdict.DIFFERENT]
        return {
            "compared": compared,
            "equal": verdicts[Verdict.EQUAL],
            "different": different,
            "skipped": verdicts[Verdict.SKIPPED],
            "other_requests": sum(bool(each.requests) for each in self.executions),
            "different_percent": round(100 * different / compared, 2) if compared else 0.0,
            "cpu_ms": self.cpu_ms.document,
            "memory_mb": self.memory_mb.document,
        }

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The report as clients get it."""
        return {
            "from": self.old,
            "to": self.new,
            "executions": [each.document for each in self.executions],
            "noise": self.noise.document,
            "summary": self.summary,
        }

    def _pairs(self, name: Literal["cpu_ms", "memory_mb"]) -> Sequence[Pair]:
        # Isolates of the old version have often served for long, and V8 has compiled what is hot.
        compared = [each for each in self.executions if each.reason is None][REPLAY_WARM_UP:]
        # What starts an isolate takes longer, and is compared where every execution does so.
        return _pairs_of(compared, name, cold=False) or _pairs_of(compared, name, cold=True)


def _pairs_of(
    executions: Sequence[Replayed], name: Literal["cpu_ms", "memory_mb"], *, cold: bool
) -> Sequence[Pair]:
    def values(taken: Sequence[Taken]) -> Sequence[float]:
        return [getattr(each, name) for each in taken if each.cold is cold]

    pairs = [Pair(values(each.old), values(each.new)) for each in executions]
    return [pair for pair in pairs if pair.old and pair.new]
