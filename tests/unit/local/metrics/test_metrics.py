"""What a server counts, as Prometheus reads it."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from isolambda_core.domain.accounts.errors import TooManyRequestsError, quota_exceeded
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
    TooManyExecutionsError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
    Usage,
    exceeded,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.ids import new_id
from isolambda_core.ports.blocking import directly
from isolambda_local.metrics.exposition import KEPT_S, Exposition, QueueState
from isolambda_local.metrics.families import ACCOUNTS_MAX, LIMITS, STATUSES
from isolambda_local.metrics.server_metrics import ServerMetrics
from isolambda_local.metrics.table import MetricTable
from isolambda_local.processes.bounds import SharedBounds
from isolambda_local.processes.shared_memory import SharedMemory
from tests.support.samples import ACCOUNT, FUNCTION

UNITS = ("_seconds", "_total", "_info", "_messages", "_workers", "_running", "_waiting")
"""How names end: with a unit of their own, or with what a gauge counts."""
EXECUTE = "/v2/accounts/{account_id}/functions/{function_id}/execute"


def exposition_of(table: MetricTable, queue: QueueState | None = None) -> Exposition:
    return Exposition(table, workers=4, queue=lambda: queue, blocking=directly)


def samples_of(table: MetricTable, queue: QueueState | None = None) -> list[Sample]:
    text = complete(exposition_of(table, queue).text()).decode()
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def value_of(samples: list[Sample], name: str, **labels: str) -> float:
    [found] = [each.value for each in samples if each.name == name and each.labels == labels]
    return float(found)


def invocation_of(account_id: str, tenant: str = "") -> Invocation:
    return Invocation(account_id, FUNCTION, b"{}", tenant=tenant)


def result_of(
    outcome: Outcome = Outcome.OK,
    error: ExecutionError | None = None,
    fetches: tuple[FetchRecord, ...] = (),
    wall_ms: float = 3.0,
) -> ExecutionResult:
    return ExecutionResult(
        new_id(), outcome, error=error, usage=Usage(wall_ms=wall_ms), fetches=fetches
    )


@pytest.fixture
def table() -> MetricTable:
    return MetricTable()


@pytest.fixture
def metrics(table: MetricTable) -> ServerMetrics:
    return ServerMetrics(table)


def count_one_of_each(metrics: ServerMetrics) -> None:
    for status in (200, 404, 418, 599, None):
        metrics.request(EXECUTE, status, 4.0)
    fetches = tuple(FetchRecord("GET", "example.com", 200) for _ in range(2))
    metrics.execution(invocation_of(ACCOUNT), result_of(fetches=fetches))
    metrics.error(TooManyRequestsError(0, 1))


def test_the_text_has_a_help_and_a_type_for_each_metric_and_follows_the_rules_of_names(
    table: MetricTable, metrics: ServerMetrics
) -> None:
    count_one_of_each(metrics)

    text = complete(exposition_of(table, QueueState(3, 1.5)).text()).decode()

    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families) > 12
    for family in families:
        assert family.documentation.endswith(".")
        assert family.type in {"counter", "gauge", "histogram"}
        assert re.fullmatch(r"isolambda_[a-z_]+", family.name)
        lines = [line for line in text.splitlines() if line.startswith("# TYPE ")]
        names = {line.split()[2]: line.split()[3] for line in lines}
        declared = next(name for name in names if name in {family.name, f"{family.name}_total"})
        assert declared.endswith(UNITS)
        assert declared.endswith("_total") == (family.type == "counter")
        for sample in family.samples:
            assert all(re.fullmatch(r"[a-z_]+", label) for label in sample.labels)
    assert "_created" not in text


def test_requests_are_counted_by_api_and_status(table: MetricTable, metrics: ServerMetrics) -> None:
    templates = {
        "kazoo": EXECUTE,
        "codemash": "/v2/serverless/functions/{function_id}/execute",
        "pivot": "/pivot/{account_id}/{function_id}",
        "webhooks": "/webhooks/{account_id}/{function_id}/{trigger_id}",
        "http": "/http/{account_id}/{path}",
        "mcp": "/v2/accounts/{account_id}/mcp",
        "internal": "/internal/key_values",
        "service": "/healthz",
        "other": "-",
    }
    for template in templates.values():
        metrics.request(template, 200, 1.0)

    samples = samples_of(table)

    for door in templates:
        assert value_of(samples, "isolambda_requests_total", door=door, status="200") == 1


def test_a_status_that_a_function_chose_is_counted_by_its_class(
    table: MetricTable, metrics: ServerMetrics
) -> None:
    for status in range(100, 600):
        metrics.request("/http/{account_id}/{path}", status, 1.0)
    metrics.request("/http/{account_id}/{path}", None, 1.0)

    counted = [each for each in samples_of(table) if each.name == "isolambda_requests_total"]

    assert {each.labels["status"] for each in counted} == set(STATUSES)
    assert sum(each.value for each in counted) == 501


def test_a_histogram_counts_up_to_each_bound(table: MetricTable, metrics: ServerMetrics) -> None:
    for wall_ms in (0.5, 1.0, 1.1, 30_001.0):
        metrics.execution(invocation_of(ACCOUNT), result_of(wall_ms=wall_ms))

    samples = samples_of(table)

    name = "isolambda_execution_seconds"
    assert value_of(samples, f"{name}_bucket", le="0.001") == 2
    assert value_of(samples, f"{name}_bucket", le="0.0025") == 3
    assert value_of(samples, f"{name}_bucket", le="30.0") == 3
    assert value_of(samples, f"{name}_bucket", le="+Inf") == 4
    assert value_of(samples, f"{name}_count") == 4
    assert value_of(samples, f"{name}_sum") == pytest.approx(30.0036)


def test_executions_and_fetches_are_counted_by_outcome_and_limits_by_name(
    table: MetricTable, metrics: ServerMetrics
) -> None:
    fetches = (
        FetchRecord("GET", "example.com", 204),
        FetchRecord("GET", "example.com", None, "tls"),
        FetchRecord("GET", "example.com", 200, "timeout"),
        FetchRecord("GET", "example.com", None, "a code of tomorrow"),
    )
    metrics.execution(invocation_of(ACCOUNT), result_of(fetches=fetches))
    too_long = exceeded("wall_time_ms", 100, 101)
    metrics.execution(invocation_of(ACCOUNT), result_of(Outcome.EXCEEDED_WALL_TIME, too_long))
    unknown = exceeded("a_limit_of_tomorrow_ms", 100, 101)
    metrics.execution(invocation_of(ACCOUNT), result_of(Outcome.EXCEPTION, unknown))

    samples = samples_of(table)

    assert value_of(samples, "isolambda_executions_total", outcome="ok") == 1
    assert value_of(samples, "isolambda_executions_total", outcome="exceeded_wall_time") == 1
    for outcome in ("2xx", "tls", "timeout", "other"):
        assert value_of(samples, "isolambda_fetches_total", outcome=outcome) == 1
    for limit in ("wall_time_ms", "other"):
        assert value_of(samples, "isolambda_limits_total", limit=limit) == 1


def test_errors_are_counted_that_are_about_a_limit(
    table: MetricTable, metrics: ServerMetrics
) -> None:
    metrics.error(TooManyExecutionsError(2, 2))
    metrics.error(ExecutorBusyError())
    metrics.error(quota_exceeded(Quota.FUNCTIONS, 10))
    metrics.error(ExecutorUnavailableError())
    metrics.error(RuntimeError())

    counted = {
        each.labels["limit"]
        for each in samples_of(table)
        if each.name == "isolambda_limits_total" and each.value
    }

    assert counted == {"executions_at_a_time", "workers", "functions"}


def test_an_answer_of_a_fallback_is_counted_with_the_limit_that_led_to_it(
    table: MetricTable, metrics: ServerMetrics
) -> None:
    for reason in (ExecutorBusyError(), ExecutorUnavailableError("gone"), result_of()):
        metrics.fallback(reason)

    samples = samples_of(table)

    assert value_of(samples, "isolambda_fallbacks_total") == 3
    assert value_of(samples, "isolambda_limits_total", limit="workers") == 1
    assert sum(s.value for s in samples if s.name == "isolambda_limits_total") == 1


def test_workers_and_the_queue_are_shown_as_they_are(
    table: MetricTable, metrics: ServerMetrics
) -> None:
    metrics.run(3)
    metrics.wait(2)

    samples = samples_of(table, QueueState(7, 12.5))

    assert value_of(samples, "isolambda_workers", state="busy") == 3
    assert value_of(samples, "isolambda_workers", state="idle") == 1
    assert value_of(samples, "isolambda_executions_waiting") == 2
    assert value_of(samples, "isolambda_queue_messages") == 7
    assert value_of(samples, "isolambda_queue_oldest_seconds") == 12.5


def test_a_queue_that_cannot_be_read_has_no_numbers(table: MetricTable) -> None:
    assert not [each for each in samples_of(table) if "queue" in each.name]


def test_ten_thousand_accounts_and_functions_make_no_more_samples_than_are_bounded(
    table: MetricTable, metrics: ServerMetrics
) -> None:
    outcomes = list(Outcome)
    for number in range(10_000):
        fetch = FetchRecord("GET", f"{number}.example", 200 + number % 400, f"code {number}")
        error = exceeded(f"limit_{number}_ms", 1)
        result = result_of(outcomes[number % len(outcomes)], error, (fetch,))
        metrics.execution(Invocation(new_id(), new_id(), b"{}"), result)
        metrics.request(f"/v2/accounts/{{account_id}}/{number % 40}", 200 + number % 400, number)

    samples = samples_of(table)

    accounts = [each for each in samples if each.name == "isolambda_account_executions_total"]
    assert len(accounts) == ACCOUNTS_MAX + 1
    assert sum(each.value for each in accounts) == 10_000
    assert value_of(samples, "isolambda_account_executions_total", account="other") == 9_950
    assert len(samples) < 300


def test_an_account_is_counted_with_the_one_at_the_top(
    table: MetricTable, metrics: ServerMetrics
) -> None:
    for _ in range(100):
        metrics.execution(invocation_of(new_id(), tenant=ACCOUNT), result_of())

    samples = samples_of(table)

    assert value_of(samples, "isolambda_account_executions_total", account=ACCOUNT) == 100


def test_any_process_shows_what_all_have_counted_and_the_next_one_counts_on() -> None:
    parent = SharedBounds.of(SharedMemory(2), workers=4, share=2)
    first, second = (parent.of_process(number).numbers for number in range(2))
    accounts = [new_id() for _ in range(3)]
    for table in (first, second):
        metrics = ServerMetrics(table)
        count_one_of_each(metrics)
        for account_id in accounts:
            metrics.execution(invocation_of(account_id), result_of())
        metrics.run(1)

    assert samples_of(first) == samples_of(second)
    parent.forget(1)
    again = parent.of_process(1).numbers
    ServerMetrics(again).execution(invocation_of(accounts[0]), result_of())

    samples = samples_of(first)
    assert value_of(samples, "isolambda_executions_total", outcome="ok") == 9
    assert value_of(samples, "isolambda_account_executions_total", account=accounts[0]) == 3
    assert value_of(samples, "isolambda_account_executions_total", account=accounts[2]) == 2
    assert value_of(samples, "isolambda_executions_running") == 1


def test_all_processes_together_have_as_many_accounts_as_one() -> None:
    parent = SharedBounds.of(SharedMemory(2), workers=4, share=2)
    tables = [parent.of_process(number).numbers for number in range(2)]
    for table in tables:
        metrics = ServerMetrics(table)
        for _ in range(ACCOUNTS_MAX):
            metrics.execution(invocation_of(new_id()), result_of())

    samples = samples_of(tables[0])

    accounts = [each for each in samples if each.name == "isolambda_account_executions_total"]
    assert len(accounts) == ACCOUNTS_MAX + 1
    assert value_of(samples, "isolambda_account_executions_total", account="other") == ACCOUNTS_MAX


def test_scrapes_that_come_together_cost_one(table: MetricTable) -> None:
    asked: list[None] = []

    def queue() -> QueueState:
        asked.append(None)
        return QueueState(0, 0.0)

    now = [0.0]
    exposition = Exposition(table, 4, queue, directly, now=lambda: now[0])

    for _ in range(1_000):
        complete(exposition.text())
        now[0] += 0.9 * KEPT_S / 1_000
    assert len(asked) == 1

    now[0] += KEPT_S
    complete(exposition.text())
    assert len(asked) == 2


def test_each_quota_is_a_limit() -> None:
    assert {quota.value for quota in Quota} <= set(LIMITS)
