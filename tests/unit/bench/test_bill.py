"""What counts become in dollars."""

import pytest

from tests.bench.cost import prices
from tests.bench.cost.bill import a_second, bill, lambdas
from tests.bench.cost.counts import API, EXECUTOR, Counts, metered

MEMORY_MB = {API: 512, EXECUTOR: 1024}


@pytest.fixture
def counts() -> Counts:
    """Ten executions, each with an invocation of the executor and two reads of the table."""
    counts = Counts(executions=10)
    counts.invocations.update({API: 10, EXECUTOR: 10})
    counts.calls.update({(API, "lambda"): 10, (API, "dynamodb"): 20})
    counts.processor_s = {API: 0.1, EXECUTOR: 0.01}
    return counts


def test_a_lambda_gets_the_share_of_a_processor_that_its_memory_brings(counts: Counts) -> None:
    api = lambdas(counts, MEMORY_MB)[API]

    assert api.at_work_s == pytest.approx(0.01 * prices.WHOLE_PROCESSOR_MB / 512)


def test_who_invokes_the_executor_waits_for_it_in_whole_milliseconds(counts: Counts) -> None:
    at_work = lambdas(counts, MEMORY_MB)

    assert at_work[EXECUTOR].billed_s == 0.002
    waits_s = prices.WAITS_S["lambda"] + 2 * prices.WAITS_S["dynamodb"]
    assert at_work[API].waiting_s == pytest.approx(0.002 + waits_s)


def test_a_million_is_charged_as_many_times_what_one_was_counted(counts: Counts) -> None:
    for _ in range(10):
        counts.add_http(100, 600_000)
        counts.add_sqs(100)
        counts.add_line("ours", "x" * 999)

    dollars = bill(counts, lambdas(counts, MEMORY_MB), "x86_64")

    assert dollars["API"] == pytest.approx(2.00)
    assert dollars["invocations"] == pytest.approx(0.40)
    assert dollars["SQS"] == pytest.approx(0.40)
    assert dollars["logs"] == pytest.approx(0.50)


def test_graviton_is_cheaper(counts: Counts) -> None:
    at_work = lambdas(counts, MEMORY_MB)

    x86_64, arm64 = (bill(counts, at_work, each)["GB-seconds"] for each in ("x86_64", "arm64"))

    assert arm64 == pytest.approx(0.8 * x86_64, rel=0.001)


def test_the_busiest_key_bounds_how_many_executions_its_partition_takes(counts: Counts) -> None:
    counts.charges.writes_of.update({"FUNCTION#a": 40, "FUNCTION#b": 10, "ACCOUNT#c": 90})

    assert a_second(counts, "FUNCTION#") == prices.PARTITION_WRITES / 4
    assert a_second(counts, "KEY#") == float("inf")


def test_a_metric_counts_once_for_each_combination_of_its_dimensions(counts: Counts) -> None:
    counts.add_lines(
        (
            f'{{"_aws": {{"CloudWatchMetrics": [{{"Namespace": "n", "Dimensions": [["outcome"]],'
            f' "Metrics": [{{"Name": "Executions"}}]}}]}}, "outcome": "{outcome}"}}'
            for outcome in ("ok", "ok", "exception")
        ),
        lambdas_own=True,
    )

    assert counts.metrics == {
        ("n", "Executions", "outcome=ok"),
        ("n", "Executions", "outcome=exception"),
    }


def test_only_what_reaches_cloudwatch_is_counted(counts: Counts) -> None:
    lines = ["START RequestId: 1", '{"level":"INFO"}', "22 Nov [INFO] (rapid) exec"]
    counts.add_lines(lines, lambdas_own=True)

    assert counts.logged == {"Lambda's lines": 19, "our lines": 17}


def test_lambdas_own_lines_count_only_where_the_template_asks_for_them(counts: Counts) -> None:
    counts.add_lines(["START RequestId: 1", '{"level":"INFO"}'], lambdas_own=False)

    assert counts.logged == {"our lines": 17}


def test_items_read_together_are_charged_twice(counts: Counts) -> None:
    gets = [{"Get": {"Key": {"pk": {"S": "ACCOUNT#a"}}}}] * 2

    counts.charges.count(
        "TransactGetItems", {"TransactItems": gets}, {"Responses": [{"Item": {}}, {}]}
    )

    assert counts.charges.reads == 4
    assert counts.charges.reads_of == {"ACCOUNT#a": 4}


@pytest.mark.parametrize(("size", "requests"), [(0, 1), (10, 1), (11, 2), (20, 2)])
def test_whatever_is_begun_is_charged(size: int, requests: int) -> None:
    assert metered(size, 10) == requests
