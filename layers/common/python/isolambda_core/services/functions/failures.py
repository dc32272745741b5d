"""Disable versions that keep failing, and enable them again.

K: applications/webhooks/doc/disabler.md is the model.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from isolambda_core.domain.acting import PLATFORM, acting
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.callflow_result import NOT_A_CALLFLOW
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.executions.records import (
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.functions.breakers import (
    Breaker,
    Breakers,
    with_breaker,
    without_breaker,
)
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.limits import (
    DISABLE_AFTER_FAILURES,
    DISABLE_EXAMINED,
    DISABLE_WITHIN_S,
    PAGE_SIZE,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import RecordRepository
from isolambda_core.ports.functions import FunctionRepository
from isolambda_core.services.optimistic_locking import write_latest

_COUNTED = ("kazoo", "pivot")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FailureService:
    """Disables and enables versions by the results of their executions."""

    records: RecordRepository
    functions: FunctionRepository
    clock: Clock

    def note(self, function: Function, record: ExecutionRecord) -> None:
        """Disable a version that failed too often, or enable one that succeeded again.

        ``function`` is as it was executed, and ``record`` is of that execution. A version, or the
        draft, is disabled when it failed ``limits.DISABLE_AFTER_FAILURES`` times within
        ``limits.DISABLE_WITHIN_S``, for Kazoo, at one revision of the function, in records that
        are kept; ``limits.DISABLE_EXAMINED`` of the latest are looked at. It is tried again when
        its breaker is not open any more: a success closes the breaker, a failure opens it again.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        breaker = function.breakers.get(record.version)
        if breaker is not None and not _is_trial(breaker, record):
            return  # it began before the breaker opened
        if record.status is Status.SUCCEEDED:
            if breaker is not None:
                self._write(function, without_breaker(function.breakers, record.version))
        elif _counts(record) and (breaker is not None or self._fails_too_often(function, record)):
            self._open(function, record, breaker)

    def enable_all(self, account_id: str, by: str | None = None) -> Sequence[Function]:
        """Enable every function of an account that the platform disabled, and return those.

        ``by`` is the id of the API key that does it.

        What was enabled stays so when this is cut short; asked again, it goes on with the rest.

        Raises:
            RevisionConflictError: other requests keep changing one of them.
        """
        enabled = []
        for function in self.functions.iterate(account_id, at_once=PAGE_SIZE):
            if function.breakers:
                with suppress(FunctionNotFoundError):  # deleted in between
                    enabled.append(self._enable(function, by))
        return enabled

    def _fails_too_often(self, function: Function, record: ExecutionRecord) -> bool:
        latest = self.records.iterate(
            function.account_id, function.id, at_once=2 * DISABLE_AFTER_FAILURES
        )
        alike = (
            other
            for other in islice(latest, DISABLE_EXAMINED)
            if _counts(other)
            and other.version == record.version
            and other.draft_revision == record.draft_revision
        )
        failures = list(islice(alike, DISABLE_AFTER_FAILURES))
        return len(failures) == DISABLE_AFTER_FAILURES and _are_close(failures)

    def _open(self, function: Function, record: ExecutionRecord, breaker: Breaker | None) -> None:
        reason = (
            f"{DISABLE_AFTER_FAILURES} failures within {DISABLE_WITHIN_S} s; "
            f"the last: {record.outcome}"
        )
        now = self.clock.now()
        opened = breaker.opened_again(reason, now) if breaker else Breaker.opened(reason, now)
        breakers = with_breaker(function.breakers, record.version, opened)
        if self._write(function, breakers):
            line = {
                "account_id": function.account_id,
                "function_id": function.id,
                "version": record.version,
                "reason": reason,
                "open_until": opened.open_until,
            }
            _log.warning(
                "%(account_id)s %(function_id)s %(version)s disabled: %(reason)s", line, extra=line
            )

    def _write(self, function: Function, breakers: Breakers) -> bool:
        """Write breakers, and return False if another request wrote first."""
        # The execution may have been of a version, whose source is not the draft's.
        with suppress(FunctionNotFoundError, RevisionConflictError):
            draft = self.functions.get(function.account_id, function.id)
            if draft.revision == function.revision:
                # Not the caller whose execution happened to be the last one.
                with acting(lambda: PLATFORM):
                    self.functions.replace(draft.with_breakers(breakers, self.clock.now()), draft)
                return True
        return False

    def _enable(self, function: Function, by: str | None) -> Function:
        def enable(current: Function) -> Function:
            if not current.breakers:
                return current  # another request was faster
            enabled = current.with_breakers({}, self.clock.now(), by)
            self.functions.replace(enabled, current)
            return enabled

        return write_latest(
            function, enable, lambda: self.functions.get(function.account_id, function.id)
        )


def _is_trial(breaker: Breaker, record: ExecutionRecord) -> bool:
    began_at_ms = record.asked_at_ms if record.began_at_ms is None else record.began_at_ms
    return not breaker.is_open(began_at_ms // 1000)


def _counts(record: ExecutionRecord) -> bool:
    return (
        record.has_itself_failed
        and record.trigger in _COUNTED
        and not _answered_no_callflow(record)
    )


def _answered_no_callflow(record: ExecutionRecord) -> bool:
    """Return whether only the callflow that the caller demanded is missing."""
    error = record.error
    demanded = error is not None and error.name == NOT_A_CALLFLOW
    return demanded and record.outcome is Outcome.INVALID_RESULT


def _are_close(failures: Sequence[ExecutionRecord]) -> bool:
    times = [record.ended_at_ms or record.asked_at_ms for record in failures]
    return max(times) - min(times) <= DISABLE_WITHIN_S * 1000
