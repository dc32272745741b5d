"""Remember failed executions, and disable what keeps failing.

K: applications/webhooks/doc/disabler.md is the model.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from isolambda_core.domain.errors import (
    FunctionNotFoundError,
    RevisionConflictError,
    StoreUnavailableError,
)
from isolambda_core.domain.execution import ExecutionResult, Outcome
from isolambda_core.domain.functions import LATEST, Function
from isolambda_core.domain.limits import DISABLE_AFTER_FAILURES, DISABLE_WITHIN_S, PAGE_SIZE
from isolambda_core.domain.records import Record
from isolambda_core.ports import Clock, FunctionRepository, RecordRepository
from isolambda_core.services.pages import Page

_NO_FAILURES = (Outcome.OK, Outcome.INTERNAL_ERROR)  # what is our fault is not the function's
_TRIES = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FailureService:
    """The failed executions of functions, and what follows from them."""

    records: RecordRepository
    functions: FunctionRepository
    clock: Clock

    def note(self, function: Function, version: str, result: ExecutionResult) -> None:
        """Record an execution if it failed, and disable its function if it does so too often.

        That is ``limits.DISABLE_AFTER_FAILURES`` times within ``limits.DISABLE_WITHIN_S``, at one
        and the same revision of the draft: what a version does says nothing of the draft, and an
        alias takes its callers elsewhere. A failure that cannot be recorded now is not: the caller
        has waited for the result, and gets it.
        """
        if result.outcome in _NO_FAILURES:
            return
        record = Record.of(function, version, result, self.clock.now_ms())
        try:
            self.records.add(record)
            if version != LATEST:
                return
            latest = self.records.latest(function.account_id, function.id, DISABLE_AFTER_FAILURES)
            if _too_many(latest, function.revision):
                self._disable(function, record)
        except StoreUnavailableError:
            line = {"execution_id": result.execution_id}
            _log.warning("%(execution_id)s: its failure could not be recorded", line, extra=line)

    def attempts(
        self, account_id: str, function_id: str, limit: int, before: str | None = None
    ) -> Page[Record]:
        """Return a page of a function's failed executions, the newest first.

        ``before`` is the ``next_after`` of the page that came before.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        self.functions.get(account_id, function_id)
        records = self.records.latest(account_id, function_id, limit + 1, before)
        page = records[:limit]
        return Page(page, page[-1].sort_key if len(records) > limit else None)

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


def _too_many(latest: Sequence[Record], revision: int) -> bool:
    return (
        len(latest) == DISABLE_AFTER_FAILURES
        and all((record.version, record.revision) == (LATEST, revision) for record in latest)
        and latest[0].ended_at_ms - latest[-1].ended_at_ms <= DISABLE_WITHIN_S * 1000
    )
