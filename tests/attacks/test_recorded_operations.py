"""Code that attacks the record of what it asks, and what answers it from one."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.operations import (
    RecordedOperation,
    RecordedOperations,
    RecordedReply,
)
from isolambda_core.domain.executions.reach import GrantedSecret, KvGrant
from isolambda_core.domain.executions.wire import dump_result
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import (
    MIB,
    OPERATION_MESSAGES,
    RECORDED_OPERATIONS_BYTES,
    Limits,
)
from isolambda_executor.broker import Broker
from isolambda_executor.key_values import opens_key_values
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.supervised import request

LIMITS = Limits(wall_time_ms=25_000)
SECRET = GrantedSecret("KEY", "iso_secret_" + "0" * 32, "a value that no code may read", sign=True)
CONTEXT = json.dumps({"secrets": {"KEY": SECRET.placeholder}, "kv": ["orders"], "tools": True})
ACCOUNTS = ("a" * 32, "b" * 32)


class Echo:
    """A store that answers with the account, and with what it was asked."""

    def perform(
        self, request: ExecutionRequest, fields: Mapping[str, JsonValue], deadline: float
    ) -> Mapping[str, JsonValue]:
        del deadline
        return {"value": [request.account_id, fields.get("value")]}


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    with (
        closing(Broker({"kv": opens_key_values(Echo())}, executions=2)) as broker,
        Supervisor(workers=2, operations=broker) as supervisor,
    ):
        yield supervisor


def record(supervisor: Supervisor, source: str, **changes: Any) -> ExecutionResult:
    asked = replace(
        request(source, LIMITS),
        kv=KvGrant(("orders",)),
        context=CONTEXT,
        secrets=(SECRET,),
        **{"record_operations": True, **changes},
    )
    return supervisor.execute(asked)


def replay(
    supervisor: Supervisor, source: str, *operations: RecordedOperation, **changes: Any
) -> ExecutionResult:
    recorded = RecordedOperations(operations)
    return record(supervisor, source, record_operations=False, replay=recorded, **changes)


def recorded_of(result: ExecutionResult) -> RecordedOperations:
    assert result.recorded is not None
    return result.recorded


def bytes_of(recorded: RecordedOperations) -> int:
    return sum(
        len(each.asked)
        + sum(len(reply.fields) + len(reply.content) for reply in each.replies or ())
        for each in recorded.operations
    )


SIGNING = """
    const raw = new TextEncoder().encode(context.secrets.KEY);
    const hmac = { name: 'HMAC', hash: 'SHA-1' };
    const key = await crypto.subtle.importKey('raw', raw, hmac, false, ['sign']);
    const sign = () => crypto.subtle.sign(hmac, key, new Uint8Array(400_000));
    await Promise.allSettled(Array.from({ length: 20 }, sign));
    return 1;
"""
FLOODS = {
    "of values": "await Promise.allSettled(Array.from({length: 99},"
    " (_, i) => context.kv.put(`${i}`, 'x'.repeat(60_000)))); return 1",
    "of operations": "for (let i = 0; i < 9_000; i++) context.kv.get('a').catch(() => {});"
    " await context.kv.get('a').catch(() => {}); return 1",
    "of long keys": "await Promise.allSettled(Array.from({length: 30},"
    " (_, i) => context.kv.get('k'.repeat(500_000)))); return 1",
    "of what nests": "let deep = 1; for (let i = 0; i < 500; i++) deep = [deep];"
    " await context.kv.put('a', deep).catch(() => {}); return 1",
    "of signatures": SIGNING,
}


@pytest.mark.parametrize("source", FLOODS.values(), ids=FLOODS)
def test_a_flood_fills_no_more_than_a_record_has(supervisor: Supervisor, source: str) -> None:
    result = record(supervisor, source)

    assert (result.outcome, result.result) == (Outcome.OK, b"1"), result.error
    assert bytes_of(recorded_of(result)) <= RECORDED_OPERATIONS_BYTES
    assert len(dump_result(result)) < 2 * MIB


def test_a_replay_that_asks_without_end_ends_by_the_limit_of_messages(
    supervisor: Supervisor,
) -> None:
    source = """
        for (;;) {
            const asked = Array.from({ length: 500 }, () => context.kv.get('a'));
            for (const { reason } of await Promise.allSettled(asked)) {
                if (reason instanceof RangeError) throw reason;
            }
        }
    """

    result = replay(supervisor, source)

    assert result.outcome is Outcome.EXCEPTION
    assert result.error is not None
    assert result.error.name == "RangeError"
    assert "operation_messages" in result.error.message
    assert recorded_of(result).unrecorded <= OPERATION_MESSAGES
    assert bytes_of(recorded_of(result)) <= RECORDED_OPERATIONS_BYTES


def test_a_replay_that_waits_for_what_never_came_ends_with_its_wall_time(
    supervisor: Supervisor,
) -> None:
    asked = json.dumps({"op": "get", "namespace": "orders", "key": "a"})
    never = RecordedOperation("kv", asked, abandoned=True)

    result = replay(
        supervisor, "await context.kv.get('a')", never, limits=replace(LIMITS, wall_time_ms=300)
    )

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME
    assert record(supervisor, "return 1").result == b"1"


def test_a_replay_that_dies_says_what_it_had_asked(supervisor: Supervisor) -> None:
    source = """
        context.kv.get('a').catch(() => {});
        await context.kv.get('b').catch(() => {});
        for (const all = [];;) all.push(new Array(1e5).fill(Math.random()));
    """

    result = replay(supervisor, source)

    assert result.outcome is Outcome.EXCEEDED_MEMORY
    assert [each.target[-1] for each in recorded_of(result).operations] == ["a", "b"]


TAMPERING = """
    await context.kv.get('first');
    for (const [holder, names] of [
        [JSON, ['parse', 'stringify']], [Map.prototype, ['get', 'set']],
        [Array.prototype, ['push', 'map']], [String.prototype, ['replace']],
        [Promise.prototype, ['then']], [Object, ['keys', 'entries', 'defineProperty']],
    ]) for (const name of names) holder[name] = () => { throw new Error('mine'); };
    Object.prototype.toJSON = () => 'mine';
    Object.prototype.id = 1;
    Object.prototype.kind = 'fetch';
    Object.prototype.bytes = 'mine';
    await context.kv.put('a', 5);
    return 1;
"""


def test_code_that_changes_the_built_ins_has_recorded_what_it_asked(supervisor: Supervisor) -> None:
    result = record(supervisor, TAMPERING, isolation="fresh")

    assert result.outcome is Outcome.OK, result.error
    _, operation = recorded_of(result).operations
    assert operation.target == ("kv", "put", "orders", "a")
    assert json.loads(operation.asked)["value"] == 5
    assert operation.replies is not None
    assert json.loads(operation.replies[0].fields)["value"][0] == ACCOUNTS[0]


def test_a_name_in_braces_that_an_answer_has_of_itself_wins_nothing(supervisor: Supervisor) -> None:
    asked = json.dumps({"op": "get", "namespace": "orders", "key": "a"})
    told = json.dumps({"value": "{secret KEY} {secret OTHER}", "end": True})

    result = replay(
        supervisor,
        "return context.kv.get('a')",
        RecordedOperation("kv", asked, (RecordedReply(told),)),
    )

    assert json.loads(result.result or b"") == f"{SECRET.placeholder} {{secret OTHER}}"


def test_accounts_that_are_recorded_at_once_have_only_their_own(supervisor: Supervisor) -> None:
    source = "await Promise.all(Array.from({length: 40}, (_, i) => context.kv.put(`${i}`, i)))"

    def records(account_id: str) -> set[Any]:
        result = record(supervisor, source, account_id=account_id)
        return {
            json.loads(reply.fields)["value"][0]
            for operation in recorded_of(result).operations
            for reply in operation.replies or ()
        }

    with ThreadPoolExecutor(2) as threads:
        for _ in range(5):
            assert list(threads.map(records, ACCOUNTS)) == [{each} for each in ACCOUNTS]


@pytest.mark.parametrize("name", ["record_operations", "replay", "recorded", "isolambda_replay"])
def test_code_sees_nothing_of_whether_it_is_recorded_or_replayed(
    supervisor: Supervisor, name: str
) -> None:
    source = f"return [Object.keys(context).sort(), '{name}' in globalThis, '{name}' in context]"

    plain, recorded, replayed = (
        json.loads(result.result or b"")
        for result in (
            record(supervisor, source, record_operations=False),
            record(supervisor, source),
            replay(supervisor, source),
        )
    )

    assert plain == recorded == replayed
    assert plain[1:] == [False, False]
