"""Tell whether the service can do its work, however often it is asked at the same cost."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from time import monotonic

from isolambda_core.domain.errors import IsolambdaError, kind_of
from isolambda_core.domain.limits import READINESS_S

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found, with facts for the operator alone."""

    ok: bool
    facts: Mapping[str, bool | int | str] = field(default_factory=dict)


Checks = Mapping[str, Callable[[], Check]]
"""What is checked, by name, in this order. What fails to be checked is not ok."""


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks found."""

    checks: Mapping[str, Check]

    @property
    def is_ready(self) -> bool:
        """Whether each is ok."""
        return all(check.ok for check in self.checks.values())

    @property
    def faults(self) -> Mapping[str, Check]:
        """The checks that are not ok."""
        return {name: check for name, check in self.checks.items() if not check.ok}


@dataclass(frozen=True, slots=True)
class _Round:
    """The checks that are made together, and what those found that have ended."""

    began: float
    found: dict[str, Check] = field(default_factory=dict)
    done: "Future[None]" = field(default_factory=Future)


class Readiness:
    """Checks in a thread, one at a time, and begins once in ``limits.READINESS_S`` at most.

    Who asks waits that long at most; a check that has not ended by then is not ok. Each change
    of what is at fault is logged.
    """

    def __init__(self, checks: Checks, now: Callable[[], float] = monotonic) -> None:
        self._checks = checks
        self._now = now
        self._round: _Round | None = None
        self._faults: set[str] = set()

    async def report(self) -> Report:
        """Return what was found by checks that began less than ``limits.READINESS_S`` ago.

        Where they take longer, what they have found so far.
        """
        now = self._now()
        asked = self._round
        if asked is None or (asked.done.done() and now - asked.began >= READINESS_S):
            asked = self._round = self._begin(now)
        left_s = asked.began + READINESS_S - now
        if not asked.done.done() and left_s > 0:
            await asyncio.wait({asyncio.wrap_future(asked.done)}, timeout=left_s)
        unknown = Check(ok=False, facts={"reason": "it takes too long"})
        report = Report({name: asked.found.get(name, unknown) for name in self._checks})
        self._log(report)
        return report

    def _begin(self, now: float) -> _Round:
        begun = _Round(now)
        begun.done.set_running_or_notify_cancel()  # so that who waits for it cannot cancel it
        try:
            Thread(target=self._check, args=(begun,), name="readiness", daemon=True).start()
        except RuntimeError:  # the system has no room for a thread
            begun.done.set_result(None)
        return begun

    def _check(self, begun: _Round) -> None:
        for name, check in self._checks.items():
            try:
                begun.found[name] = check()
            except (IsolambdaError, OSError) as error:
                begun.found[name] = Check(ok=False, facts={"reason": kind_of(error)})
            except Exception as error:  # whatever it is, the other checks are made
                _log.exception("%s could not be checked", name)
                begun.found[name] = Check(ok=False, facts={"reason": kind_of(error)})
        begun.done.set_result(None)

    def _log(self, report: Report) -> None:
        faults = report.faults
        if faults.keys() == self._faults:
            return
        self._faults = set(faults)
        if faults:
            line = {name: dict(check.facts) for name, check in faults.items()}
            _log.warning("not ready: %s", ", ".join(faults), extra=line)
        else:
            _log.info("ready")
