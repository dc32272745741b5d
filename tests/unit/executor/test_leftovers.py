"""What ended executions leave behind costs later ones nothing."""

import json
from collections import Counter

import pytest

from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.supervised import run
from tests.unit.executor.test_worker import LIMITS, Served, served

__all__ = ["served"]

NEVER = "20000"
BIG = "const big = new Array(1e6).fill(call.n + 0.5);"
_TIMES = 24
"""More than three times as many as what is left behind here has room for."""

LEFT_BY_TIMERS = {
    "cleared": f"{BIG} clearTimeout(setTimeout(() => big.length, {NEVER})); return call.n",
    "standing": f"{BIG} setTimeout(() => big.length, {NEVER}); return call.n",
    "cleared, with an argument": f"{BIG} clearTimeout(setTimeout(() => 1, {NEVER}, big)); return 1",
    "standing, with an argument": f"{BIG} setTimeout(() => 1, {NEVER}, big); return 1",
    "standing when a promise is settled": f"""
        {BIG} setTimeout(() => big.length, {NEVER});
        return await new Promise((resolve) => setTimeout(resolve, 1, call.n));""",
    "standing when it throws": f"{BIG} setTimeout(() => big.length, {NEVER}); throw call.n",
    "set after the end": f"""
        {BIG} Promise.resolve().then(() => setTimeout(() => big.length, {NEVER}));
        return call.n""",
}
LEFT_IN_GLOBALS = {
    "a list": "(globalThis.all ??= []).push(new Array(1e6).fill(call.n + 0.5)); return call.n",
    "keys": "globalThis[`k${call.n}`] = new Array(1e6).fill(call.n + 0.5); return call.n",
    "a chain of closures": """
        const before = globalThis.last;
        const big = new Array(1e6).fill(call.n + 0.5);
        globalThis.last = () => [before, big];
        return call.n""",
    "a rejected promise": """
        (globalThis.all ??= []).push(Promise.reject(new Array(1e6).fill(call.n + 0.5)));
        return call.n""",
    "strings": """
        (globalThis.all ??= []).push('x'.repeat(8e6) + call.n);
        all.at(-1)[9];
        return call.n""",
}


@pytest.mark.parametrize("source", LEFT_BY_TIMERS.values(), ids=LEFT_BY_TIMERS.keys())
def test_a_timer_that_is_over_holds_nothing(served: Served, source: str) -> None:
    results = [served.ask(source, json.dumps({"n": n})) for n in range(_TIMES)]

    assert Outcome.EXCEEDED_MEMORY not in Counter(result.outcome for result in results)
    # A busy machine may cost an isolate, too; what is held would cost three.
    assert sum(result.usage.cold for result in results) < 3


@pytest.mark.parametrize("source", LEFT_IN_GLOBALS.values(), ids=LEFT_IN_GLOBALS.keys())
def test_an_isolate_that_is_full_is_replaced(served: Served, source: str) -> None:
    results = [served.ask(source, json.dumps({"n": n})) for n in range(_TIMES)]

    assert [result.result for result in results] == [b"%d" % n for n in range(_TIMES)]
    cold = sum(result.usage.cold for result in results)
    assert 1 < cold < _TIMES / 2


def test_a_second_attempt_differs_from_a_first_by_its_usage_alone(served: Served) -> None:
    source = """
    globalThis.times = (globalThis.times || 0) + 1;
    console.log(`time ${times}`);
    (globalThis.all ??= []).push(new Array(1e6).fill(times + 0.5));
    return context.deadline_ms - Date.now()"""

    results = [served.ask(source) for _ in range(_TIMES)]

    times = 0
    for result in results:
        times = 1 if result.usage.cold else times + 1
        assert [line.text for line in result.logs] == [f"time {times}"]
        assert 0 < float(result.result or b"") <= LIMITS.wall_time_ms
    assert sum(result.usage.cold for result in results) > 1


def test_lines_of_a_first_attempt_are_not_reported(served: Served) -> None:
    source = """
    if (globalThis.all) console.log('not alone');
    (globalThis.all ??= []).push(new Array(1e6).fill(call.n + 0.5));
    return call.n"""

    results = [served.ask(source, json.dumps({"n": n})) for n in range(_TIMES)]

    assert [len(result.logs) for result in results] == [not result.usage.cold for result in results]
    assert sum(result.usage.cold for result in results) > 1


def test_what_needs_more_than_its_memory_exceeds_it_after_a_second_attempt(served: Served) -> None:
    source = """
    console.log('before');
    if (call.much) new ArrayBuffer(1 << 30);
    return 1"""
    warm = served.ask(source, '{"much": false}')

    exceeded = served.ask(source, '{"much": true}')

    assert warm.outcome is Outcome.OK
    assert exceeded.outcome is Outcome.EXCEEDED_MEMORY
    assert exceeded.error is not None
    assert exceeded.error.exceeded is not None
    assert served.ask(source, '{"much": false}').result == b"1"


def test_timers_set_after_the_end_do_not_ring_in_the_next_execution(served: Served) -> None:
    source = """
    if (call.wait) return await new Promise((resolve) => setTimeout(resolve, 50, 'waited'));
    Promise.resolve().then(() => setTimeout(() => console.log('late'), 1));
    return 1"""
    served.ask(source, '{"wait": false}')

    result = served.ask(source, '{"wait": true}')

    assert (result.result, result.logs, result.usage.cold) == (b'"waited"', (), False)


GROWS = {
    "numbers": "(globalThis.all ??= []).push(new Array(4e6).fill(1.1)); return 1",
    "a map": """
        globalThis.all ??= new Map();
        for (let i = 0; i < 400_000; i++) all.set(all.size, [all.size]);
        return 1""",
    "letters": "(globalThis.all ??= []).push('x'.repeat(5e6).split('')); return 1",
}


@pytest.mark.parametrize("source", GROWS.values(), ids=GROWS.keys())
def test_whatever_earlier_executions_left_those_that_fit_succeed(
    supervisor: Supervisor, source: str
) -> None:
    limits = {"wall_time_ms": 25_000}

    ends = [run(supervisor, source, **limits) for _ in range(12)]

    assert [end.outcome for end in ends] == [Outcome.OK] * 12
    assert any(not end.usage.cold for end in ends)
