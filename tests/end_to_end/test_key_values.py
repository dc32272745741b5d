"""Functions keep values between executions, as the API shows them to who manages the account."""

from tests.support.hosts import Host

COUNTS = "return [await context.kv.increment('visits'), await context.kv.get('nothing') ?? null]"
KEEPS = """
const { kv } = context;
await kv.put('order/17', { state: 'open', text: 'é\\ud800' }, { ttl: 3600 });
const won = await kv.compareAndSet('order/17', await kv.get('order/17'), { state: 'paid' });
const late = await kv.compareAndSet('order/17', { state: 'open' }, 1);
await kv.namespace('other').put('a', 1);
const { items, nextStartKey } = await kv.list({ prefix: 'order/' });
return { won, late, items, nextStartKey: nextStartKey ?? null, gone: await kv.delete('order/17') };
"""
# What a function asks for on a local AWS may begin with the start of another Lambda, in seconds.
PATIENT = {"wall_time_ms": 25_000}
# No key is empty, so the executor refuses each of the first hundred by itself: a local AWS is slow.
ASKS_TOO_OFTEN = """
const asked = Array.from({ length: 102 }, () => context.kv.get(''));
const causes = (await Promise.allSettled(asked)).map(({ reason }) => reason.cause);
return causes.filter(({ code }) => code !== 'invalid');
"""


def test_a_value_is_there_in_the_next_execution(host: Host) -> None:
    function = host.create(COUNTS, kv=["counters"], limits=PATIENT)

    counted = [host.execute(function)["result"] for _ in range(3)]

    assert counted == [[1, None], [2, None], [3, None]]
    with host.client() as client:
        account = host.credentials["account_id"]
        shown = client.get(f"/v2/accounts/{account}/kv/counters/visits").json()["data"]
        assert shown == {"key": "visits", "value": 3, "expires": None}
        client.delete(f"/v2/accounts/{account}/kv/counters/visits")
    assert host.execute(function)["result"] == [1, None]


def test_values_are_written_compared_listed_and_removed(host: Host) -> None:
    function = host.create(KEEPS, kv=["orders", "other"], limits=PATIENT)

    assert host.execute(function)["result"] == {
        "won": True,
        "late": False,
        "items": [{"key": "order/17", "value": {"state": "paid"}}],
        "nextStartKey": None,
        "gone": True,
    }


def test_one_operation_too_many_rejects_with_the_limit(host: Host) -> None:
    function = host.create(ASKS_TOO_OFTEN, kv=["orders"], limits=PATIENT)

    limit = {"code": "exceeded_kv", "limit": "kv_operations", "value": 100}
    assert host.execute(function)["result"] == [
        {**limit, "used": 101},
        {**limit, "used": 102},
    ]
