"""The metrics of a server: the one table of their names, labels and values.

Each set of labels is a row of 64-bit words, and there are as many rows as are listed here: a client
can make no more of them, whatever it sends.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.executions.execution import Outcome

PREFIX: Final = "isolambda_"

OTHER: Final = "other"
"""The value of a label for all that have none of their own."""
NO_ANSWER: Final = "none"
"""The status of a request that got no answer."""

DOORS: Final = (
    *("kazoo", "codemash", "pivot", "webhooks", "http", "mcp"),
    *("internal", "service", OTHER),
)
_CODES: Final = (
    *(200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 423, 429),
    *(499, 500, 502, 503, 504, 507, 508),
)
STATUSES: Final = (*map(str, _CODES), "1xx", "2xx", "3xx", "4xx", "5xx", NO_ANSWER)
"""Those that Isolambda sends itself; others, which functions choose, are by their class."""
OUTCOMES: Final = tuple(outcome.value for outcome in Outcome)
FETCHES: Final = (
    *("1xx", "2xx", "3xx", "4xx", "5xx"),
    *("invalid_url", "refused", "not_allowed", "unresolved", "private_address", "connect", "tls"),
    *("timeout", "protocol", "redirects", "too_large", "exceeded_fetch", OTHER),
)
LIMITS: Final = (
    *("wall_time_ms", "memory_mb", "result_bytes", "payload_bytes", "context_bytes"),
    *("body_bytes", "body_time", "answer_bytes", "requests", "requests_under_way", "fetch_hops"),
    *("workers", "executions_at_a_time", "budget", "requests_that_wait_for_logs"),
    "connections",
    *(quota.value for quota in Quota),
    OTHER,
)
ACCOUNTS_MAX: Final = 50
"""How many accounts have a row of their own, in the order in which they are first seen."""
SLOTS: Final = (*map(str, range(ACCOUNTS_MAX)), OTHER)
"""The rows of accounts, which get their names while the server runs."""

BOUNDS_S: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
)
"""The upper bounds of the buckets of each histogram, in seconds."""
HISTOGRAM_WORDS: Final = len(BOUNDS_S) + 2
"""The buckets with the one above all bounds, and the sum in microseconds."""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric that the processes of a server count.

    ``kind`` is ``counter``, ``gauge`` or ``histogram``; ``labels`` are the names of its labels, and
    ``values`` those that each may have. With ``is_sparse`` a row is shown once it has a value.
    """

    name: str
    kind: str
    text: str
    labels: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()
    is_sparse: bool = False

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The sets of labels, each a row."""
        return list(product(*self.values))

    @property
    def width(self) -> int:
        """How many words a row has."""
        return HISTOGRAM_WORDS if self.kind == "histogram" else 1

    @property
    def words(self) -> int:
        """How many words all rows have."""
        return len(self.rows) * self.width


REQUESTS: Final = Family(
    f"{PREFIX}requests_total",
    "counter",
    "Requests, by the API that they came to and the status of the answer.",
    ("door", "status"),
    (DOORS, STATUSES),
    is_sparse=True,
)
REQUEST_SECONDS: Final = Family(
    f"{PREFIX}request_seconds",
    "histogram",
    "Time from the head of a request to the end of its answer.",
    ("door",),
    (DOORS,),
    is_sparse=True,
)
EXECUTIONS: Final = Family(
    f"{PREFIX}executions_total",
    "counter",
    "Executions that ended, by outcome.",
    ("outcome",),
    (OUTCOMES,),
)
EXECUTION_SECONDS: Final = Family(
    f"{PREFIX}execution_seconds", "histogram", "Time that executions ran, without their wait."
)
ACCOUNT_EXECUTIONS: Final = Family(
    f"{PREFIX}account_executions_total",
    "counter",
    "Executions that ended, by the account at the top; the first accounts seen, then all others.",
    ("account",),
    (SLOTS,),
    is_sparse=True,
)
FETCHES_MADE: Final = Family(
    f"{PREFIX}fetches_total",
    "counter",
    "Requests of functions to other hosts, by the class of the status or the code of the error.",
    ("outcome",),
    (FETCHES,),
)
LIMITS_MET: Final = Family(
    f"{PREFIX}limits_total",
    "counter",
    "Requests that were refused and executions that were ended because of a limit.",
    ("limit",),
    (LIMITS,),
)
FALLBACKS: Final = Family(
    f"{PREFIX}fallbacks_total", "counter", "Requests that the fallback of a function answered."
)
RUNNING: Final = Family(f"{PREFIX}executions_running", "gauge", "Executions that run.")
WAITING: Final = Family(
    f"{PREFIX}executions_waiting", "gauge", "Executions that wait for a worker, or for their turn."
)
DROPPED: Final = Family(
    f"{PREFIX}otlp_dropped_total",
    "counter",
    "Spans and log lines that did not reach the collector.",
)
FAMILIES: Final = (
    *(REQUESTS, REQUEST_SECONDS, EXECUTIONS, EXECUTION_SECONDS, ACCOUNT_EXECUTIONS),
    *(FETCHES_MADE, LIMITS_MET, FALLBACKS, RUNNING, WAITING, DROPPED),
)


def _offsets() -> dict[str, int]:
    offsets, at = {}, 0
    for family in FAMILIES:
        offsets[family.name] = at
        at += family.words
    return offsets


OFFSETS: Final = _offsets()
"""Where the rows of a metric begin, by its name."""
WIDTH: Final = sum(family.words for family in FAMILIES)
"""How many words a process has."""
