"""The executor has tools called that code calls, and counts the calls."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from queue import SimpleQueue
from threading import Event, get_ident
from typing import Any

import pytest
import uvloop

from isolambda_core.domain.executions.execution import ExecutionRequest, Outcome
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.limits import (
    OPERATIONS_AT_ONCE,
    TOOL_ARGUMENTS_BYTES,
    TOOL_CALLS,
    TOOL_DEPTH,
    Limits,
)
from isolambda_core.domain.tools.calls import Fields, ToolCall
from isolambda_core.domain.tools.errors import UnknownToolError
from isolambda_executor.broker import Broker
from isolambda_executor.handlers import AT_ONCE, Operation, Reply, Scope
from isolambda_executor.supervisor import Supervisor
from isolambda_executor.tool_calls import opens_tools
from isolambda_local.calls_on_loop import CallsOnLoop
from tests.unit.executor.supervised import asked

LONG_S = 60.0
PLAIN = ExecutionRequest("e" * 32, "a" * 32, "f" * 32, "1", "", b"null")
REQUEST = replace(PLAIN, tools=ToolGrant("0" * 64, "e" * 32))


@dataclass
class Noting:
    """Notes what is called, and returns the arguments."""

    called: list[tuple[ExecutionRequest, ToolCall, float]] = field(default_factory=list)

    async def call(self, request: ExecutionRequest, called: ToolCall, deadline: float) -> Fields:
        self.called.append((request, called, deadline))
        if called.name == "fault":
            raise RuntimeError
        if called.name == "unknown":
            raise UnknownToolError(called.name)
        return {"value": called.arguments}


@pytest.fixture
def tools() -> Noting:
    return Noting()


@pytest.fixture
def broker(tools: Noting) -> Iterator[Broker]:
    with closing(Broker({"tool": opens_tools(tools)})) as broker:
        yield broker


def replies(broker: Broker, *asked: Fields, request: ExecutionRequest = REQUEST) -> list[Fields]:
    """Return the reply to each operation, in the order of their ids."""
    sent: SimpleQueue[tuple[Fields, bytes]] = SimpleQueue()
    operations = broker.open(request, 7.0, lambda *reply: sent.put(reply))
    for number, fields in enumerate(asked, 1):
        operations.take({"id": number, "kind": "tool", **fields})
    found = [sent.get(timeout=LONG_S)[0] for _ in asked]
    return sorted(found, key=lambda reply: int(str(reply["id"])))


def error_of(broker: Broker, fields: Fields, request: ExecutionRequest = REQUEST) -> Any:
    """Return the error of the one reply to an operation."""
    [reply] = replies(broker, fields, request=request)
    return reply["error"]


def test_a_call_has_one_reply(broker: Broker, tools: Noting) -> None:
    asked: Fields = {"tool": "orders", "arguments": {"id": 1}}

    assert replies(broker, asked) == [{"id": 1, "end": True, "value": {"id": 1}}]
    assert tools.called == [(REQUEST, ToolCall("orders", {"id": 1}), 7.0)]


def test_one_call_too_many_is_refused_with_the_limit(broker: Broker, tools: Noting) -> None:
    *made, refused = replies(broker, *[{"tool": "orders"}] * (TOOL_CALLS + 1))

    assert [reply.get("value") for reply in made] == [{}] * TOOL_CALLS
    assert refused["error"] == {
        "code": "exceeded_tools",
        "message": "calls of tools: 101; the limit is 100",
        "limit": "tool_calls",
        "value": 100,
        "used": 101,
    }
    assert len(tools.called) == TOOL_CALLS


def test_an_execution_without_a_grant_calls_nothing(broker: Broker, tools: Noting) -> None:
    error = error_of(broker, {"tool": "orders"}, PLAIN)

    assert error == {"code": "not_allowed", "message": "this execution may call no tools"}
    assert tools.called == []


@pytest.mark.parametrize("name", [None, 7, "", "x" * 129, ["orders"]], ids=repr)
def test_what_names_no_tool_is_refused(broker: Broker, tools: Noting, name: Any) -> None:
    assert error_of(broker, {"tool": name})["code"] == "invalid"
    assert tools.called == []


def test_long_arguments_are_refused_with_the_limit(broker: Broker, tools: Noting) -> None:
    longest = "é" * (TOOL_ARGUMENTS_BYTES // 2 - 1)
    assert replies(broker, {"tool": "a", "arguments": longest})[0]["value"] == longest

    error = error_of(broker, {"tool": "a", "arguments": longest + "x"})
    assert error.items() >= {"limit": "tool_arguments_bytes", "used": 262_145}.items()
    assert len(tools.called) == 1


def test_what_goes_wrong_is_told_without_its_cause(broker: Broker) -> None:
    assert error_of(broker, {"tool": "fault"})["code"] == "unavailable"
    assert error_of(broker, {"tool": "unknown"}) == {
        "code": "unknown_tool",
        "message": "there is no tool 'unknown'",
    }


def test_a_worker_cannot_say_who_calls(broker: Broker, tools: Noting) -> None:
    lies: Fields = {
        "account_id": "b" * 32,
        "key_sha256": "1" * 64,
        "root_id": "c" * 32,
        "depth": -5,
    }
    replies(broker, {"tool": "orders", "arguments": {}, **lies})

    assert tools.called == [(REQUEST, ToolCall("orders", {}), 7.0)]


CALLS_THEM = """
const [first, second] = await Promise.all([tools.orders({ id: 1 }), tools['get-cart']('x')]);
const failure = await tools.unknown().catch(({ message, cause }) => [message, cause.code]);
return { first, second, failure, execution: context.execution_id };
"""


def test_code_has_tools_instead_of_a_call(broker: Broker) -> None:
    code = replace(REQUEST, source=CALLS_THEM, features=("tools",), isolation="fresh")
    code.context = f'{{"execution_id":"{"e" * 32}","tools":true}}'
    with Supervisor(1, operations=broker, unconfined=True) as supervisor:
        result = supervisor.execute(code)

    assert result.outcome is Outcome.OK, result.error
    assert result.result == (
        b'{"first":{"id":1},"second":"x","failure":["there is no tool \'unknown\'","unknown_tool"],'
        b'"execution":"' + b"e" * 32 + b'"}'
    )


def test_code_without_await_waits_for_the_tool_that_it_returns(broker: Broker) -> None:
    code = replace(REQUEST, source="return tools.orders(7)", features=("tools",))
    code.context = '{"tools":true}'
    with Supervisor(1, operations=broker, unconfined=True) as supervisor:
        assert supervisor.execute(code).result == b"7"


class Nesting:
    """Executes the caller again as the tool, one level deeper."""

    def __init__(self) -> None:
        self.supervisor: Supervisor

    async def call(self, request: ExecutionRequest, called: ToolCall, deadline: float) -> Fields:
        del called, deadline
        assert request.tools is not None
        depth = request.tools.depth + 1
        if depth > TOOL_DEPTH:
            return {"value": 0}
        nested = replace(request, tools=replace(request.tools, depth=depth))
        result = self.supervisor.execute(nested, wait_s=LONG_S)
        assert result.outcome is Outcome.OK, result.error
        return {"value": json.loads(result.result or b"null")}


def test_what_waits_for_a_tool_never_keeps_it_from_a_worker() -> None:
    source = """
        const both = await Promise.all([tools.again(), tools.again()]);
        return 1 + both[0] + both[1];
    """
    code = replace(REQUEST, source=source, features=("tools",), context='{"tools":true}')
    code.limits = Limits(wall_time_ms=25_000)
    nesting = Nesting()
    with (
        closing(Broker({"tool": opens_tools(nesting)})) as broker,
        Supervisor(1, operations=broker, unconfined=True) as supervisor,
    ):
        nesting.supervisor = supervisor
        assert supervisor.execute(code).result == b"31"


def test_the_worker_of_code_and_that_of_its_tools_are_kept_for_the_next() -> None:
    grant = ToolGrant("0" * 64, "e" * 32, depth=TOOL_DEPTH - 1)
    code = replace(REQUEST, tools=grant, features=("tools",), context='{"tools":true}')
    code.source = "return 1 + await tools.again().catch(() => 0)"
    nesting = Nesting()
    with (
        closing(Broker({"tool": opens_tools(nesting)})) as broker,
        Supervisor(1, operations=broker, unconfined=True) as supervisor,
    ):
        nesting.supervisor = supervisor
        assert supervisor.execute(code).result == b"2"
        both = set(asked(supervisor))
        superfluous = supervisor._workers._superfluous()

    assert (len(both), superfluous) == (2, [])


class Waiting:
    """Tools that return when they are let go."""

    def __init__(self) -> None:
        self.let_go = Event()

    async def call(self, request: ExecutionRequest, called: ToolCall, deadline: float) -> Fields:
        del request, called, deadline
        self.let_go.wait(LONG_S)
        return {}


class Echoing:
    """A kind of operation that replies on a thread."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def begin(self, id: int, fields: Fields, reply: Reply) -> Operation:  # noqa: A002, ARG002
        self._scope.perform(partial(reply, {"end": True}))
        return AT_ONCE


def test_calls_that_ended_executions_leave_behind_keep_no_operation_waiting() -> None:
    tools = Waiting()
    replied = Event()
    with closing(Broker({"tool": opens_tools(tools), "echo": Echoing})) as broker:
        for _ in range(40):
            left = broker.open(REQUEST, 7.0, lambda *_: None)
            for number in range(1, OPERATIONS_AT_ONCE + 1):
                left.take({"id": number, "kind": "tool", "tool": "orders"})
            left.close()
        broker.open(PLAIN, 7.0, lambda *_: replied.set()).take({"id": 1, "kind": "echo"})

        assert replied.wait(LONG_S / 2)
        tools.let_go.set()


CALLS = """
const calls = Array.from({ length: 20 }, (_, n) => tools.again({ n }));
return (await Promise.all(calls)).reduce((sum, n) => sum + n);
"""


class OnLoop:
    """Tools that wait for the loop before they answer."""

    def __init__(self) -> None:
        self.threads = set[int]()

    async def call(self, request: ExecutionRequest, called: ToolCall, deadline: float) -> Fields:
        del request, deadline
        await asyncio.sleep(0)
        self.threads.add(get_ident())
        assert isinstance(called.arguments, dict)
        return {"value": called.arguments["n"]}


def test_calls_on_a_loop_hold_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    tools = OnLoop()
    code = replace(REQUEST, source=CALLS, features=("tools",), context='{"tools":true}')
    monkeypatch.setattr(ThreadPoolExecutor, "submit", None)
    with (
        closing(Broker({"tool": opens_tools(tools)}, calls=CallsOnLoop().start)) as broker,
        Supervisor(1, operations=broker, unconfined=True) as supervisor,
    ):
        result = uvloop.run(supervisor.execute_async(code))

    assert result.result == b"190", result.error
    assert tools.threads == {get_ident()}


@pytest.mark.parametrize("recorded", [False, True])
def test_a_reply_that_has_to_wait_keeps_no_loop_waiting(tools: Noting, *, recorded: bool) -> None:
    sent: SimpleQueue[tuple[int, Fields]] = SimpleQueue()

    async def ask() -> None:
        here = get_ident()

        def send(fields: Fields, _: bytes) -> None:
            if get_ident() == here and not recorded:
                raise BlockingIOError
            sent.put((get_ident(), fields))

        calls = CallsOnLoop()
        with closing(Broker({"tool": opens_tools(tools)}, calls=calls.start)) as broker:
            asked = replace(REQUEST, record_operations=recorded)
            operations = broker.open(asked, 7.0, send)
            operations.take({"id": 1, "kind": "tool", "tool": "orders"})
            await calls.ended()

    uvloop.run(ask())
    thread, reply = sent.get(timeout=LONG_S)

    assert thread != get_ident()
    assert reply == {"id": 1, "end": True, "value": {}}
    assert sent.empty()
