"""All operations of an execution end with it, however it ends."""

import asyncio
import os
import signal
from dataclasses import replace

import pytest
import uvloop

from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.limits import (
    Limits,
)
from isolambda_executor.operations import OperationsEndedError
from tests.support.waiting import WAIT_S
from tests.unit.executor.operations.operating import (
    BOTH_WAYS,
    FIRST_REPLY,
    LONG,
    PART,
    Executes,
    Message,
    Opened,
    Performed,
    Reply,
    echo,
)
from tests.unit.executor.supervised import UNSTOPPABLE, asked, request


def test_an_operation_that_is_not_waited_for_is_begun_only_where_code_waits(
    performed: Performed,
) -> None:
    begun = performed.opened
    assert performed.run("ask({}); return host.pending()") == 1
    assert performed.run("await null; ask({}); return 1") == 1
    assert performed.opened == begun

    performed.only("first", lambda _, reply: reply(end=True))
    source = """
    ask({});
    await new Promise((resolve) => host.begin('first', {}, resolve));
    return host.pending();"""
    assert performed.run(source) == 1
    assert performed.last.closed.is_set()


def test_a_race_goes_on_with_the_first_reply(performed: Performed) -> None:
    def let_one_win(message: Message, reply: Reply) -> None:
        if message["wins"]:
            reply(end=True)

    performed.by(let_one_win)
    race = "return Promise.race([ask({ wins: false }), ask({ wins: true }).then(() => 'won')])"

    assert performed.run(race) == "won"
    assert performed.last.closed.is_set()


def test_a_promise_that_only_an_operation_can_settle_is_waited_for_in_its_time(
    performed: Performed,
) -> None:
    performed.by(lambda _message, _reply: None)

    result = performed.result("return ask({})", limits=Limits(wall_time_ms=400))

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME
    assert result.usage.cpu_ms < 100
    assert performed.last.closed.is_set()


def test_a_promise_that_nothing_can_settle_is_not(performed: Performed) -> None:
    result = performed.result("await ask({}); return new Promise(() => {})")

    assert result.outcome is Outcome.EXCEPTION
    assert result.error is not None
    assert "can never settle" in result.error.message


@pytest.mark.parametrize(
    ("leads_on", "tried"),
    [
        ("onunhandledrejection = late; Promise.reject(1);", "TypeError"),
        ("Promise.resolve().then(() => {}).then(() => {}).then(late);", "TypeError"),
        ("setTimeout(late, 0);", None),
    ],
)
def test_nothing_begins_when_the_execution_has_answered(
    performed: Performed, leads_on: str, tried: str | None
) -> None:
    source = f"""
    if (globalThis.tried !== undefined) return tried;
    globalThis.tried = null;
    const late = () => {{
      try {{
        tried = host.begin('test', {{}}, () => {{}});
      }} catch (error) {{
        tried = error.name;
      }}
    }};
    host.pending();
    {leads_on}"""
    before = performed.opened

    performed.run(source)

    assert performed.run(source) == tried
    assert performed.opened == before


def test_what_an_execution_left_hears_no_reply_to_the_next(performed: Performed) -> None:
    performed.only("test", lambda _, reply: reply())
    source = """
    globalThis.heard ??= [];
    globalThis.n = (globalThis.n ?? 0) + 1;
    const mine = n;
    await new Promise((resolve) => {
      host.begin('test', {}, () => { heard.push(mine); resolve(); });
    });
    return [n, heard, host.pending()]"""

    results = [performed.run(source) for _ in range(3)]

    assert results == [[1, [1], 1], [2, [1, 2], 1], [3, [1, 2, 3], 1]]


@BOTH_WAYS
def test_replies_that_come_too_late_are_for_no_other_execution(
    performed: Performed, execute: Executes
) -> None:
    def flood(message: Message, reply: Reply) -> None:
        while message.get("floods"):
            reply(PART, end=False)
        echo(message, reply)

    performed.by(flood)
    floods = FIRST_REPLY.replace("{}", "{ floods: true }")
    performed.run("return 1")
    before = asked(performed.supervisor)

    for number in range(3):
        performed.run(f"{floods} return {number}", execute)
        ended = performed.last.ended
        # Another isolate, where the operation has the same id.
        source = f"""
        const {{ bytes, fields }} = await ask({{}});
        return [fields.id, typeof bytes];  // {number} {execute.__name__}"""
        assert performed.run(source, execute) == [1, "undefined"]
        assert ended.wait(WAIT_S)

    assert asked(performed.supervisor) == before


def test_who_sends_too_late_learns_that_it_is_over(performed: Performed) -> None:
    performed.run("await ask({})")

    with pytest.raises(OperationsEndedError):
        performed.last.send({"id": 1})


@BOTH_WAYS
@pytest.mark.parametrize("hangs", [UNSTOPPABLE, "for (;;);", "await new Promise(() => {})"])
def test_operations_end_when_the_time_is_over(
    performed: Performed, execute: Executes, hangs: str
) -> None:
    performed.only("test", lambda _, reply: reply())

    result = performed.result(f"{FIRST_REPLY} {hangs}", execute, Limits(wall_time_ms=300))

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME
    assert len(result.fetches) == 1
    assert performed.last.closed.is_set()
    assert performed.run("return 1") == 1


def test_operations_end_when_the_execution_is_cancelled(performed: Performed) -> None:
    performed.only("test", lambda _, reply: reply())

    async def cancelled() -> None:
        began = performed.opened
        endless = asyncio.ensure_future(
            performed.supervisor.execute_async(request(f"{FIRST_REPLY} for (;;);", LONG))
        )
        while performed.opened == began:
            await asyncio.sleep(0.01)
        endless.cancel()
        await asyncio.wait([endless])

    uvloop.run(cancelled())

    assert performed.last.closed.is_set()
    assert performed.run("return 1") == 1


@BOTH_WAYS
def test_a_worker_that_dies_after_it_asked_is_not_replaced_for_the_same_execution(
    performed: Performed, execute: Executes
) -> None:
    performed.run("return 1")
    [worker] = asked(performed.supervisor)
    performed.by(lambda _message, _reply: os.kill(worker, signal.SIGKILL))
    before = performed.opened

    result = performed.result("await ask({})", execute)

    assert result.outcome is Outcome.INTERNAL_ERROR
    assert result.error is not None
    assert result.error.name == "WorkerDied"
    assert len(result.fetches) == 1
    assert performed.opened == before + 1
    assert performed.last.closed.is_set()
    performed.by(echo)
    assert performed.run("return (await ask({})).fields.end", execute) is True


def test_an_execution_that_runs_out_of_memory_after_it_asked_is_not_repeated(
    performed: Performed,
) -> None:
    warm = request("await ask({}); if (call.full) new ArrayBuffer(1 << 30)", LONG)
    performed.supervisor.execute(warm)
    before = performed.opened

    result = performed.supervisor.execute(replace(warm, input=b'{"full": true}'))

    assert result.outcome is Outcome.EXCEEDED_MEMORY
    assert (performed.opened, len(performed.last.taken)) == (before + 1, 1)


@BOTH_WAYS
def test_a_fault_of_what_performs_operations_leaves_the_next_execution_a_worker(
    performed: Performed, execute: Executes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_opened: Opened, _message: Message) -> None:
        raise LookupError

    with monkeypatch.context() as faulty:
        faulty.setattr(Opened, "take", fail)
        with pytest.raises(LookupError):
            performed.result("await ask({}); return 'late'", execute)

    assert performed.last.closed.is_set()
    assert performed.run("return 1", execute) == 1
