"""What grows without end ends at the limits of its execution, and takes no other along."""

import pytest

from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.supervised import run

ENDLESS = {
    "intervals": "for (;;) setInterval(() => {}, 1)",
    "listeners": "const target = new EventTarget();"
    "for (let i = 0; ; i++) target.addEventListener(i, () => {})",
    "messages": "const { port1 } = new MessageChannel();"
    "for (;;) port1.postMessage(new Uint8Array(1 << 20))",
    "signals": "const { signal } = new AbortController(); for (;;) AbortSignal.any([signal])",
    "a nesting of getters": "const f = () => ({ get a() { return f() } }); structuredClone(f())",
    "microtasks": "const f = () => { queueMicrotask(f); queueMicrotask(f) };await new Promise(f)",
    "a clone": "structuredClone(new Uint8Array(40 << 20))",
    "a text": "atob('A'.repeat(1 << 28))",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_grows_without_end_exceeds_its_memory(shared: Supervisor, source: str) -> None:
    assert run(shared, source, wall_time_ms=30_000).outcome is Outcome.EXCEEDED_MEMORY
    assert run(shared, "return 1").outcome is Outcome.OK


def test_events_in_events_end_with_the_stack(shared: Supervisor) -> None:
    source = (
        "const target = new EventTarget(), again = () => target.dispatchEvent(new Event('x'));"
        "target.addEventListener('x', again); again(); return 'ended'"
    )

    assert run(shared, source).result == b'"ended"'
