"""A document has operations recorded; the record says whether all of them are there."""

from typing import Any

from tests.support.hosts import Host

PATIENT = {"wall_time_ms": 25_000}  # on a local AWS the store is another Lambda, which starts first
ASKS = "return context.kv.increment('counter')"
ASKS_MUCH = """
await Promise.allSettled(
  Array.from({ length: 30 }, (_, i) => context.kv.put(`${i}`, 'x'.repeat(60_000))));
return 1;
"""


def record_of(host: Host, function: str, executed: dict[str, Any]) -> dict[str, Any]:
    account = host.credentials["account_id"]
    path = f"/v2/accounts/{account}/functions/{function}/executions/{executed['execution_id']}"
    with host.client() as client:
        data: dict[str, Any] = client.get(path).json()["data"]
    return data


def test_operations_are_recorded_where_the_document_says_so(host: Host) -> None:
    for record, told in (("replayable", {"operations_complete": True}), ("all", {})):
        function = host.create(ASKS, kv=["recorded"], record=record, limits=PATIENT)
        executed = host.execute(function)

        found = record_of(host, function, executed)

        assert found["result"] == executed["result"]
        assert {key: found[key] for key in found if key.startswith("operations")} == told


def test_more_than_a_record_may_have_is_left_out_and_the_execution_goes_on(host: Host) -> None:
    function = host.create(ASKS_MUCH, kv=["recorded"], record="replayable", limits=PATIENT)
    executed = host.execute(function)

    assert executed["result"] == 1
    assert record_of(host, function, executed)["operations_complete"] is False
