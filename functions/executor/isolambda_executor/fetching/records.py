"""Requests of an execution: how many there may be, and what is recorded of each."""

import logging
import threading
from dataclasses import asdict
from time import monotonic

from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.limits import FETCHES
from isolambda_executor.fetching.errors import over_limit
from isolambda_executor.handlers import Scope

_log = logging.getLogger(__name__)


class Requests:
    """Counts the requests of one execution. Safe for threads."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._count = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """Count one more.

        Raises:
            FetchError: that is one too many.
        """
        with self._lock:
            self._count += 1
            if self._count > FETCHES:
                what = "too many requests of one execution"
                raise over_limit(what, "fetches", FETCHES, self._count, "exceeded_fetch")

    def record(self, record: FetchRecord) -> None:
        """Have a request stand in the record of the execution, and in the log at DEBUG."""
        self._scope.fetches.append(record)
        if _log.isEnabledFor(logging.DEBUG):
            line = {"execution_id": self._scope.request.execution_id, **asdict(record)}
            _log.debug("%(execution_id)s: %(method)s %(host)s: %(status)s", line, extra=line)


class RequestUnderWay:
    """What is known of one request so far."""

    def __init__(self, requests: Requests, method: str, host: str) -> None:
        self._requests = requests
        self._method = method
        self._host = host
        self._began = monotonic()
        self._lock = threading.Lock()
        self._has_ended = False
        self.status: int | None = None
        self.sent_bytes = 0
        self.received_bytes = 0

    def end(self, error: str | None = None) -> None:
        """Record it as it is now; called again, do nothing."""
        with self._lock:
            if self._has_ended:
                return
            self._has_ended = True
        ms = round((monotonic() - self._began) * 1e3, 3)
        self._requests.record(
            FetchRecord(
                self._method,
                self._host,
                self.status,
                error,
                self.sent_bytes,
                self.received_bytes,
                ms,
            )
        )
