"""When an execution has answered, nothing of it runs."""

from collections.abc import Callable
from time import monotonic

import pytest

from tests.support.processes import (
    children,
    cpu_ticks,
)
from tests.support.servers import Server
from tests.support.tenants import Tenant
from tests.support.waiting import eventually

ALLOCATES = "const kept = []; for (;;) kept.push(new Uint8Array(1 << 20).fill(1))"
SPINS = "for (;;);"
QUIET_S = 2.0
"""For how long nothing must run; a process that does runs within it on a busy machine, too."""
WEAK = {"features": ["weak_references"]}


def finalizer(does: str) -> str:
    """Return a source whose finalizers run when V8 collects the 48 MB that it allocates."""
    return f"""
    globalThis.registry = new FinalizationRegistry(() => {{ {does} }});
    for (let i = 0; i < 1e4; i++) registry.register({{}}, i);
    for (let i = 0; i < 48; i++) new Uint8Array(1 << 20).fill(i);
    return 1;"""


EMPTY_MODULE = "new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])"
COMPILES = f"WebAssembly.compile({EMPTY_MODULE}).then(() => {{ {SPINS} }}); return 1"
STORM = "const storm = () => Promise.resolve().then(storm); storm(); return 1"
TIMERS = f"for (let i = 0; i < 99; i++) setTimeout(() => {{ {SPINS} }}, i); return 1"
MICROTASKS = "const storm = () => queueMicrotask(storm); storm(); return 1"
REJECTION = f"onunhandledrejection = () => {{ {SPINS} }}; Promise.reject(0); return 1"
MESSAGES = f"""
    const {{ port1, port2 }} = new MessageChannel();
    port1.onmessage = () => {{ port2.postMessage(0); {SPINS} }};
    port2.postMessage(0);
    return 1;"""
LEFT_BEHIND: dict[str, tuple[str, dict[str, list[str]]]] = {
    "a finalizer that spins": (finalizer(SPINS), WEAK),
    "a finalizer that allocates": (finalizer(ALLOCATES), WEAK),
    "a timer": (f"setTimeout(() => {{ {SPINS} }}, 50); return 1", {}),
    "many timers": (TIMERS, {}),
    "a promise": (f"Promise.resolve().then(() => {{ {SPINS} }}); return 1", {}),
    "promises without end": (STORM, {}),
    "an interval": (f"setInterval(() => {{ {SPINS} }}, 1); return 1", {}),
    "a signal": (f"AbortSignal.timeout(5).onabort = () => {{ {SPINS} }}; return 1", {}),
    "microtasks without end": (MICROTASKS, {}),
    "messages": (MESSAGES, {}),
    "a listener for rejections": (REJECTION, {}),
    "a compilation that resolves late": (COMPILES, {"features": ["webassembly"]}),
}


@pytest.mark.parametrize(("source", "document"), LEFT_BEHIND.values(), ids=LEFT_BEHIND.keys())
def test_what_a_function_leaves_behind_does_not_run(
    server: Server, mallory: Tenant, source: str, document: dict[str, list[str]]
) -> None:
    function = mallory.create(source, **document)

    assert mallory.execute(function)["result"] == 1

    assert eventually(quiet(server))
    healthy = mallory.execute(mallory.create("return 2"))
    assert (healthy["result"], healthy["usage"]["cpu_ms"] < 500) == (2, True)


def quiet(server: Server) -> Callable[[], bool]:
    """Return how to look whether no process below the server has run, come or gone for a while."""
    since, before = monotonic(), dict[int, int]()

    def look() -> bool:
        nonlocal since, before
        now = {pid: cpu_ticks(pid) for pid in children(server.process.pid)}
        if now != before:
            since, before = monotonic(), now
        return monotonic() - since >= QUIET_S

    return look


@pytest.mark.parametrize(
    "source",
    [
        "return typeof FinalizationRegistry",
        "return typeof WeakRef",
        "return typeof Atomics.waitAsync",
        "return typeof SharedArrayBuffer",
        "return typeof WebAssembly",
    ],
)
def test_who_asks_for_nothing_has_nothing_to_leave_behind(mallory: Tenant, source: str) -> None:
    assert mallory.execute(mallory.create(source))["result"] == "undefined"


def test_a_nap_shows_no_processor_time_of_anything_else(mallory: Tenant) -> None:
    source, document = LEFT_BEHIND["a finalizer that spins"]
    mallory.execute(mallory.create(source, **document))

    nap = mallory.create("await new Promise((done) => setTimeout(done, 500)); return 1")

    assert mallory.execute(nap)["usage"]["cpu_ms"] < 50
