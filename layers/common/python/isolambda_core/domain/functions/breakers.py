"""A breaker disables a version that keeps failing for a while, and then lets it try again.

K: applications/webhooks/doc/disabler.md is the model, which does not try again by itself.
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
        """Return the first breaker of a version, open for ``limits.BREAKER_S``."""
        return cls(reason, now + BREAKER_S)

    def is_open(self, now: int) -> bool:
        """Return whether the version must not be executed now."""
        return now < self.open_until

    def opened_again(self, reason: str, now: int) -> Self:
        """Return the next breaker: open twice as long, up to ``limits.BREAKER_S_MAX``."""
        openings = self.openings + 1
        open_s = min(BREAKER_S << min(self.openings, 32), BREAKER_S_MAX)
        return type(self)(reason, now + open_s, openings)


Breakers = Mapping[str, Breaker]
"""The breakers of a function, by version: ``$LATEST`` for the draft, or a number."""


def with_breaker(breakers: Breakers, version: str, breaker: Breaker) -> Breakers:
    """Return the breakers with another one, at most ``limits.BREAKERS_MAX`` of them.

    If there are too many, the one whose version is due to try again first is left out.
    """
    others = without_breaker(breakers, version)
    if len(others) >= BREAKERS_MAX:
        del others[min(others, key=lambda label: others[label].open_until)]
    return {**others, version: breaker}


def without_breaker(breakers: Breakers, version: str) -> dict[str, Breaker]:
    """Return all breakers but the one of a version."""
    return {label: each for label, each in breakers.items() if label != version}
