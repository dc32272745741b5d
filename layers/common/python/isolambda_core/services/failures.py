"""Disable what keeps failing, and enable it again.

K: applications/webhooks/doc/disabler.md is the model.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from isolambda_core.domain.callflows import NOT_A_CALLFLOW
from isolambda_core.domain.errors import FunctionNotFoundError, RevisionConflictError
from isolambda_core.domain.execution import Outcome
from isolambda_core.domain.functions import LATEST, Function
from isolambda_core.domain.limits import (
    DISABLE_AFTER_FAILURES,
    DISABLE_EXAMINED,
    DISABLE_WITHIN_S,
    PAGE_SIZE,
)
from isolambda_core.domain.records import Record
from isolambda_core.ports import Clock, FunctionRepository, RecordRepository

_COUNTED = ("kazoo", "pivot")
_TRIES = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FailureService:
    """What follows from the failed executions of functions."""

    records: RecordRepository
    functions: FunctionRepository
    clock: Clock

    def note(self, function: Function, record: Record) -> None:
        """Disable a function if this execution of it, whose record is kept, failed once too often.

        That is ``limits.DISABLE_AFTER_FAILURES`` times within ``limits.DISABLE_WITHIN_S``, for
        Kazoo, at one and the same revision of the draft: what a version does says nothing of the
        draft, and an alias takes its callers elsewhere. ``limits.DISABLE_EXAMINED`` of the latest
        executions are looked at.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        if not _counts(record):
            return
        latest = self.records.walk(
            function.account_id, function.id, at_once=2 * DISABLE_AFTER_FAILURES
        )
        alike = (
            other
            for other in islice(latest, DISABLE_EXAMINED)
            if _counts(other) and other.draft_revision == record.draft_revision
        )
        failures = list(islice(alike, DISABLE_AFTER_FAILURES))
        if len(failures) == DISABLE_AFTER_FAILURES and _are_close(failures):
            self._disable(function, record)

    def enable_all(self, account_id: str) -> Sequence[Function]:
        """Enable every function of an account that the platform disabled, and return those.

        What was enabled stays so when this is cut short; asked again, it goes on with the rest.

        Raises:
            RevisionConflictError: somebody else keeps changing one of them.
        """
        enabled = []
        for function in self.functions.walk(account_id, at_once=PAGE_SIZE):
            if function.disable_reason is not None:
                with suppress(FunctionNotFoundError):  # deleted in between
                    enabled.append(self._enable(function))
        return enabled

    def _disable(self, function: Function, last: Record) -> None:
        reason = (
            f"{DISABLE_AFTER_FAILURES} failures within {DISABLE_WITHIN_S} s; "
            f"the last: {last.outcome}"
        )
        disabled = function.disabled(reason, self.clock.now())
        try:
            self.functions.replace(disabled, function.revision)
        except RevisionConflictError:
            return  # somebody else wrote first: what they wrote has not failed yet
        line = {"account_id": function.account_id, "function_id": function.id, "reason": reason}
        _log.warning("%(account_id)s %(function_id)s disabled: %(reason)s", line, extra=line)

    def _enable(self, function: Function) -> Function:
        for _ in range(_TRIES):
            if function.disable_reason is None:
                return function  # somebody else was faster
            enabled = function.changed({**function.document, "enabled": True}, self.clock.now())
            with suppress(RevisionConflictError):
                self.functions.replace(enabled, function.revision)
                return enabled
            function = self.functions.get(function.account_id, function.id)
        raise RevisionConflictError


def _counts(record: Record) -> bool:
    return (
        record.has_itself_failed
        and record.version == LATEST
        and record.trigger in _COUNTED
        and not _answered_no_callflow(record)
    )


def _answered_no_callflow(record: Record) -> bool:
    """Return whether the function did well, and its caller demanded more of it."""
    error = record.error
    demanded = error is not None and error.name == NOT_A_CALLFLOW
    return demanded and record.outcome is Outcome.INVALID_RESULT


def _are_close(failures: Sequence[Record]) -> bool:
    times = [record.ended_at_ms or record.asked_at_ms for record in failures]
    return max(times) - min(times) <= DISABLE_WITHIN_S * 1000
