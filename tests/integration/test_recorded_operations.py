"""An execution is recorded, and executed again from its record: it gets the same, from nowhere."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.operations import RecordedOperations
from isolambda_core.domain.executions.reach import GrantedSecret, KvGrant, ToolGrant
from isolambda_core.domain.executions.wire import (
    dump_request,
    dump_result,
    load_request,
    load_result,
)
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import RECORDED_OPERATIONS_BYTES, Limits
from isolambda_core.domain.tools.calls import Fields, ToolCall
from isolambda_executor.broker import Broker
from isolambda_executor.fetching.kind import FetchKind
from isolambda_executor.handlers import Handler, Scope
from isolambda_executor.key_values import opens_key_values
from isolambda_executor.kinds import open_signing
from isolambda_executor.supervisor import Supervisor
from isolambda_executor.tool_calls import opens_tools
from tests.support.raw_servers import Answering, say_nothing, serving
from tests.unit.executor.supervised import request

LIMITS = Limits(wall_time_ms=25_000)
VALUE = "the value of a secret, which code never has"
KINDS = ("fetch", "sign", "kv", "tool")


@dataclass
class Counting:
    """A store whose every answer is another one, and tools likewise."""

    count: int = 0

    def perform(
        self, request: ExecutionRequest, fields: Mapping[str, JsonValue], deadline: float
    ) -> Mapping[str, JsonValue]:
        del request, deadline
        self.count += 1
        return {"value": [fields["op"], self.count]}

    async def call(self, request: ExecutionRequest, called: ToolCall, deadline: float) -> Fields:
        del request, deadline
        self.count += 1
        return {"value": [called.name, called.arguments, self.count]}


@dataclass
class Installation:
    """An executor that reaches what it may, and one whose handlers must not be opened."""

    world: Supervisor
    nowhere: Supervisor
    opened: list[str] = field(default_factory=list)

    def record(self, source: str, call: object = None, **changes: Any) -> ExecutionResult:
        asked = replace(_asked(source, call, "0"), **{"record_operations": True, **changes})
        return self.world.execute(load_request(json.loads(dump_request(asked))))

    def replay(
        self, source: str, recorded: ExecutionResult, call: object = None, **changes: Any
    ) -> ExecutionResult:
        """Execute from what crossed Lambda's wire, as another attempt with other placeholders."""
        crossed = load_result(dump_result(recorded)).recorded
        asked = replace(_asked(source, call, "1"), replay=crossed, **changes)
        result = self.nowhere.execute(load_request(json.loads(dump_request(asked))))
        assert self.opened == []
        assert result.fetches == ()
        return result


def _asked(source: str, call: object, digit: str) -> ExecutionRequest:
    secrets = (
        GrantedSecret("SENT", "iso_secret_" + digit * 32, VALUE, ("127.0.0.1",)),
        GrantedSecret("SIGNS", "iso_secret_" + digit * 31 + "f", VALUE[::-1], sign=True),
    )
    return replace(
        request(source, LIMITS),
        input=json.dumps(call).encode(),
        net=(("127.0.0.1",),),
        secrets=secrets,
        context=json.dumps(
            {
                "secrets": {each.name: each.placeholder for each in secrets},
                "kv": ["orders"],
                "tools": True,
            }
        ),
        kv=KvGrant(("orders",)),
        tools=ToolGrant("0" * 64, "e" * 32),
    )


@pytest.fixture(scope="module")
def both() -> Iterator[Installation]:
    counting, opened = Counting(), list[str]()

    def never(kind: str) -> Any:
        def opens(_: Scope) -> Handler:
            opened.append(kind)
            raise AssertionError(kind)

        return opens

    with (
        closing(FetchKind(private=True)) as fetches,
        closing(
            Broker(
                {
                    "fetch": fetches,
                    "sign": open_signing,
                    "kv": opens_key_values(counting),
                    "tool": opens_tools(counting),
                }
            )
        ) as broker,
        closing(Broker({kind: never(kind) for kind in KINDS})) as closed,
        Supervisor(workers=1, operations=broker) as world,
        Supervisor(workers=1, operations=closed) as nowhere,
    ):
        yield Installation(world, nowhere, opened)


def value_of(result: ExecutionResult) -> Any:
    assert result.outcome is Outcome.OK, result.error
    return json.loads(result.result or b"null")


def recorded_of(result: ExecutionResult) -> RecordedOperations:
    assert result.recorded is not None
    return result.recorded


def asked_of(result: ExecutionResult) -> list[Any]:
    return [json.loads(each.asked) for each in recorded_of(result).operations]


def targets_of(result: ExecutionResult) -> list[tuple[str, ...]]:
    return [each.target for each in recorded_of(result).operations]


def test_what_hosts_the_store_signatures_and_tools_answered_is_answered_again(
    both: Installation,
) -> None:
    source = """
        const sent = await fetch(call, { method: 'POST', body: 'order 17' });
        const key = await crypto.subtle.importKey(
            'raw', new TextEncoder().encode(context.secrets.SIGNS),
            { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
        const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode('signed'));
        return {
            status: sent.status, text: await sent.text(), header: sent.headers.get('x-b'),
            mac: btoa(String.fromCharCode(...new Uint8Array(mac))),
            kv: [await context.kv.get('a'), await context.kv.get('a'), await context.kv.get('b')],
            tool: await context.tools.add({ a: 1 }),
        };
    """
    answer = b"HTTP/1.1 203 So\r\nx-b: c\r\ncontent-length: 5\r\n\r\nhello"
    with serving(Answering(answer, body_bytes=8)) as port:
        url = f"http://127.0.0.1:{port}/"
        recorded = both.record(source, url)

    replayed = both.replay(source, recorded, url)

    assert value_of(recorded)["text"] == "hello"
    assert replayed.result == recorded.result
    assert asked_of(replayed) == asked_of(recorded)
    assert targets_of(recorded) == [
        ("fetch", "POST", url),
        ("sign", "{secret SIGNS}", "SHA-256", targets_of(recorded)[1][3]),
        *[("kv", "get", "orders", key) for key in "aab"],
        ("tool", "add"),
    ]
    assert recorded_of(recorded).complete
    assert recorded_of(replayed).unrecorded == 0
    assert not any(each.replies for each in recorded_of(replayed).operations)


def test_an_execution_that_asks_for_nothing_is_recorded_as_such(both: Installation) -> None:
    recorded = both.record("return 1")

    assert recorded.recorded == RecordedOperations()
    assert both.replay("return 1", recorded).recorded == RecordedOperations()


def test_an_execution_that_is_not_to_be_recorded_is_not(both: Installation) -> None:
    result = both.record("return context.kv.get('a')", record_operations=False)

    assert value_of(result)[0] == "get"
    assert result.recorded is None


def test_what_is_not_recorded_is_an_error_that_says_so(both: Installation) -> None:
    recorded = both.record("return context.kv.get('a')")
    source = """
        const told = async (asked) => { try { return await asked(); } catch (thrown) {
            return [thrown.name, thrown.message, thrown.cause?.code]; } };
        return [
            await told(() => context.kv.get('a')),
            await told(() => context.kv.get('a')),
            await told(() => context.kv.put('b', 1)),
            await told(() => fetch('https://example.com/')),
            await told(() => context.tools.add({})),
        ];
    """

    replayed = both.replay(source, recorded)

    answered, *refused = value_of(replayed)
    said = "nothing is recorded of this operation, and a replay reaches nothing"
    assert answered == value_of(recorded)
    assert refused == [
        *[["Error", said, "not_recorded"]] * 2,
        ["TypeError", said, "not_recorded"],
        ["Error", said, "not_recorded"],
    ]
    assert recorded_of(replayed).unrecorded == 4


def test_what_is_sent_may_differ_and_is_seen_in_what_was_asked(both: Installation) -> None:
    recorded = both.record("return context.kv.put('a', 1)")

    replayed = both.replay("return context.kv.put('a', { b: 2 })", recorded)

    assert replayed.result == recorded.result
    assert [each["value"] for each in asked_of(recorded)] == [1]
    assert [each["value"] for each in asked_of(replayed)] == [{"b": 2}]


def test_a_body_that_is_sent_in_chunks_is_hashed_as_a_whole(both: Installation) -> None:
    source = """
        const body = new Blob(['x'.repeat(call.length)]).stream();
        const { status } = await fetch(call.url, { method: 'PUT', body, duplex: 'half' });
        return status;
    """
    with serving(_read_all) as port:
        call = {"url": f"http://127.0.0.1:{port}/", "length": 300_000}
        recorded = both.record(source, call)
    changed = {**call, "length": 300_001}

    same, other = both.replay(source, recorded, call), both.replay(source, recorded, changed)

    assert value_of(same) == value_of(other) == value_of(recorded) == 200
    lengths = [asked_of(each)[0]["bytes"]["length"] for each in (recorded, same, other)]
    assert lengths == [300_000, 300_000, 300_001]
    assert asked_of(same) == asked_of(recorded) != asked_of(other)


def test_a_long_answer_comes_again_as_it_came(both: Installation) -> None:
    body = bytes(range(256)) * 2_000
    source = """
        const bytes = new Uint8Array(await (await fetch(call)).arrayBuffer());
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        return [bytes.length, digest.join()];
    """
    with serving(
        Answering(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    ) as port:
        url = f"http://127.0.0.1:{port}/"
        recorded = both.record(source, url)

    assert value_of(recorded)[0] == len(body)
    assert both.replay(source, recorded, url).result == recorded.result


def test_answers_that_are_too_long_to_be_recorded_are_left_out_and_that_is_said(
    both: Installation,
) -> None:
    body = b"x" * (RECORDED_OPERATIONS_BYTES + 1)
    source = """
        const length = async () => (await (await fetch(call)).text()).length;
        return [await context.kv.get('a'), await length().catch(({ cause }) => cause.code)];
    """
    with serving(
        Answering(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    ) as port:
        url = f"http://127.0.0.1:{port}/"
        recorded = both.record(source, url)

    replayed = both.replay(source, recorded, url)

    found = recorded_of(recorded)
    assert value_of(recorded)[1] == len(body)
    assert not found.complete
    assert [each.replies is None for each in found.operations] == [False, True]
    assert value_of(replayed) == [value_of(recorded)[0], "not_recorded"]
    assert recorded_of(replayed).unrecorded == 1


def test_what_a_function_does_not_wait_for_is_not_waited_for_again(both: Installation) -> None:
    source = "fetch(call).catch(() => {}); return context.kv.get('a')"
    with serving(say_nothing, at_once=True) as port:
        url = f"http://127.0.0.1:{port}/"
        recorded = both.record(source, url)

    replayed = both.replay(source, recorded, url)

    assert replayed.result == recorded.result
    assert recorded_of(recorded).operations[0].replies == ()
    assert recorded_of(replayed).unrecorded == 0


def test_what_a_function_gave_up_it_gives_up_again(both: Installation) -> None:
    source = """
        const asked = fetch(call, { signal: AbortSignal.timeout(50) });
        return [await asked.catch((thrown) => thrown.name), await context.kv.get('a')];
    """
    with serving(say_nothing, at_once=True) as port:
        url = f"http://127.0.0.1:{port}/"
        recorded = both.record(source, url)

    replayed = both.replay(source, recorded, url)

    assert value_of(recorded)[0] == "TimeoutError"
    assert replayed.result == recorded.result
    assert [each.abandoned for each in recorded_of(recorded).operations] == [True, False]


def test_an_answer_that_nothing_read_ends_where_its_record_ends(both: Installation) -> None:
    reads = "return (await fetch(call)).text().catch(({ message, cause }) => [message, cause.code])"
    with serving(_begin, at_once=True) as port:
        url = f"http://127.0.0.1:{port}/"
        recorded = both.record("return (await fetch(call)).status", url)

    assert value_of(both.replay("return (await fetch(call)).status", recorded, url)) == 200
    said = ["the recorded answer ends here", "not_recorded"]
    assert value_of(both.replay(reads, recorded, url)) == said


def test_the_value_of_a_secret_is_in_no_record_and_its_placeholder_is_the_replay_s_own(
    both: Installation,
) -> None:
    source = """
        const { SENT } = context.secrets;
        const response = await fetch(`${call}?key=${SENT}`, {
            method: 'POST', headers: { authorization: `Bearer ${SENT}` }, body: `key=${SENT}` });
        const text = await response.text();
        return [text === `You sent ${SENT}.`, response.headers.get('x-key') === SENT];
    """
    answer = b"HTTP/1.1 200 OK\r\nx-key: %b\r\ncontent-length: %d\r\n\r\nYou sent %b."
    value = VALUE.encode()
    with serving(Answering(answer % (value, len(value) + 10, value), body_bytes=47)) as port:
        url = f"http://127.0.0.1:{port}/"
        recorded = both.record(source, url)

    replayed = both.replay(source, recorded, url)

    assert value_of(recorded) == value_of(replayed) == [True, True]
    assert asked_of(recorded) == asked_of(replayed)
    [asked] = asked_of(recorded)
    assert asked["url"] == f"{url}?key={{secret SENT}}"
    assert ["authorization", "Bearer {secret SENT}"] in asked["headers"]
    for result in (recorded, replayed):
        stored = dump_result(result).decode()
        assert "iso_secret_" not in stored
        assert VALUE not in stored


def _read_all(connection: socket.socket) -> None:
    """Read until a chunked body ends, then answer."""
    read = b""
    while not read.endswith(b"0\r\n\r\n"):
        read = (read + connection.recv(65_536))[-65_536:]
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")


def _begin(connection: socket.socket) -> None:
    """Send the beginning of an answer, and wait until the client goes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst")
    say_nothing(connection)
