"""A breaker: what keeps failing is not executed for a while, and then tried again.

K: applications/webhooks/doc/disabler.md is the model; that it tries again by itself is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from isolambda_core.domain.limits import BREAKER_S, BREAKER_S_MAX, BREAKERS_MAX


@dataclass(frozen=True, slots=True)
class Breaker:
    """Why one version of a function is not executed, and until when.

    ``open_until`` is in Unix seconds: from then on the version is tried again. ``openings`` counts
    how often it opened since the version last succeeded, from 1.
    """

    reason: str
    open_until: int
    openings: int = 1

    @classmethod
    def opened(cls, reason: str, now: int) -> Self:
        """Return the breaker of what had none: open for ``limits.BREAKER_S``."""
        return cls(reason, now + BREAKER_S)

    def is_open(self, now: int) -> bool:
        """Return whether its version is refused."""
        return now < self.open_until

    def opened_again(self, reason: str, now: int) -> Self:
        """Return the next one: open twice as long as this was, up to ``limits.BREAKER_S_MAX``."""
        openings = self.openings + 1
        open_s = min(BREAKER_S << min(self.openings, 32), BREAKER_S_MAX)
        return type(self)(reason, now + open_s, openings)


Breakers = Mapping[str, Breaker]
"""The breakers of a function, by version: ``$LATEST`` for the draft, or a number."""


def with_breaker(breakers: Breakers, version: str, breaker: Breaker) -> Breakers:
    """Return the breakers with one more; of more than ``limits.BREAKERS_MAX`` one goes.

    It is the one whose version is tried again before all others.
    """
    others = without_breaker(breakers, version)
    if len(others) >= BREAKERS_MAX:
        del others[min(others, key=lambda label: others[label].open_until)]
    return {**others, version: breaker}


def without_breaker(breakers: Breakers, version: str) -> dict[str, Breaker]:
    """Return the breakers but for that of one version."""
    return {label: each for label, each in breakers.items() if label != version}
