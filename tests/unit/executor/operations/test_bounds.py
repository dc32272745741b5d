"""What is asked for, and what comes back, is bounded."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
import uvloop

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.limits import (
    INPUT_DEPTH,
    OPERATION_CHARACTERS,
    OPERATION_MESSAGE_CHARACTERS,
    OPERATION_MESSAGES,
    REPLY_BYTES,
    REPLY_FIELDS_BYTES,
    Limits,
)
from isolambda_executor.fork_server import ForkServer
from isolambda_executor.supervisor import Supervisor
from tests.support.waiting import WAIT_S
from tests.unit.executor.operations.operating import (
    BOTH_WAYS,
    FIRST_REPLY,
    LONG,
    PART,
    Double,
    Executes,
    Message,
    Performed,
    Reply,
    chunks_in,
    supervising,
)
from tests.unit.executor.supervised import request, run


@pytest.mark.parametrize(
    ("asks", "limit", "value"),
    [
        (
            f"for (let i = 0; i < {OPERATION_MESSAGES}; i++) host.begin('test', {{}}, () => {{}})",
            "operation_messages",
            OPERATION_MESSAGES,
        ),
        (
            f"await ask({{ text: 'x'.repeat({OPERATION_MESSAGE_CHARACTERS}) }})",
            "operation_message_characters",
            OPERATION_MESSAGE_CHARACTERS,
        ),
        (
            "const text = 'x'.repeat(1_000_000); for (;;) host.begin('test', { text }, () => {})",
            "operation_characters",
            OPERATION_CHARACTERS,
        ),
        (
            f"""let deep = [];
            for (let i = 1; i < {INPUT_DEPTH}; i++) deep = i % 2 ? [deep] : {{ deep }};
            await ask({{ deep }})""",
            "operation_depth",
            INPUT_DEPTH,
        ),
    ],
)
def test_asking_for_too_much_throws_what_limit_it_is(
    performed: Performed, asks: str, limit: str, value: int
) -> None:
    source = f"""
    try {{
      {asks}
    }} catch (error) {{
      return [error.name, error.message];
    }}"""

    name, message = performed.run(source)

    assert name == "RangeError"
    assert message.startswith(f"the limit {limit} is {value}; ")


def test_the_deepest_message_arrives(performed: Performed) -> None:
    source = f"""
    let deep = '[]}}"\\\\';
    for (let i = 1; i < {INPUT_DEPTH}; i++) deep = [deep];
    await ask({{ deep }})"""

    performed.run(source)

    assert str(performed.last.taken[0]["deep"]).count("[") == INPUT_DEPTH


@pytest.mark.parametrize(
    ("content", "fields"),
    [(b"x" * (REPLY_BYTES + 1), {}), (b"", {"text": "x" * REPLY_FIELDS_BYTES}), (b"", {"id": "1"})],
)
def test_a_reply_that_is_none_is_not_sent(
    performed: Performed, content: bytes, fields: dict[str, Any]
) -> None:
    refused: list[ValueError] = []

    def perform(message: Message, reply: Reply) -> None:
        try:
            performed.last.send({"id": message["id"], **fields}, content)
        except ValueError as error:
            refused.append(error)
        reply(end=True)

    performed.by(perform)
    performed.run("await ask({})")

    assert len(refused) == 1


def test_replies_that_fill_the_memory_end_the_execution(performed: Performed) -> None:
    def flood(_: Message, reply: Reply) -> None:
        while True:
            reply(PART)

    performed.by(flood)
    source = (
        "const kept = []; await new Promise(() => host.begin('test', {}, (_, b) => kept.push(b)))"
    )

    result = performed.result(source)

    assert result.outcome is Outcome.EXCEEDED_MEMORY
    assert performed.last.ended.wait(WAIT_S)
    assert performed.run("return 1") == 1


@BOTH_WAYS
def test_ten_megabytes_come_in_little_memory(performed: Performed, execute: Executes) -> None:
    def stream(_: Message, reply: Reply) -> None:
        for _part in range(160):
            reply(PART)
        reply(end=True)

    performed.by(stream)
    source = """
    let sum = 0;
    await new Promise((resolve) => host.begin('test', {}, ({ end }, bytes) => {
      if (end) resolve();
      else sum += bytes.length * bytes[255];
    }));
    return sum;"""

    results = [performed.result(source, execute) for _ in range(6)]

    assert {result.result for result in results} == {b"%d" % (10 * 2**20 * 255)}
    assert min(result.usage.memory_mb for result in results) <= 2


def test_a_worker_that_does_not_read_keeps_none_waiting_but_the_sender(folder: Path) -> None:
    blocked = threading.Event()

    def flood(_: Message, reply: Reply) -> None:
        reply()
        for _part in range(10):  # more than a socket holds
            blocked.set()
            reply(PART)

    with supervising(folder, Double(flood), workers=2) as supervisor:

        async def run() -> tuple[ExecutionResult, bytes | None]:
            spins = request(f"{FIRST_REPLY} for (;;);", Limits(wall_time_ms=2_000))
            busy = asyncio.ensure_future(supervisor.execute_async(spins))
            while not blocked.is_set():
                await asyncio.sleep(0.01)
            other = await supervisor.execute_async(request("return 1", function="0" * 32))
            assert not busy.done()
            return await busy, other.result

        spun, result = uvloop.run(run())

    assert (spun.outcome, result) == (Outcome.EXCEEDED_WALL_TIME, b"1")


def test_an_execution_that_only_compiles_asks_for_nothing(performed: Performed) -> None:
    before = performed.opened
    compiles = request("await ask({})", LONG)
    compiles.compile_only = True

    assert performed.supervisor.execute(compiles).outcome is Outcome.OK
    assert performed.opened == before


def test_nothing_may_be_asked_for_where_no_one_performs_it(folder: Path) -> None:
    with chunks_in(folder):
        server = ForkServer()
    with Supervisor(workers=1, fork_server=server) as supervisor:
        result = run(supervisor, "await ask({})")

    assert result.outcome is Outcome.INTERNAL_ERROR
    assert result.error is not None
    assert result.error.name == "WorkerMisbehaved"
