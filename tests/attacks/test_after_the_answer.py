"""When an execution has answered, nothing of it runs."""

from collections.abc import Callable
from time import monotonic

import pytest

from isolambda_core.domain.limits import KV_OPERATIONS, OPERATION_MESSAGES, WALL_TIME_MS_MAX
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


PUTS = "context.kv.put('late', 1)"
UNDONE = {
    "in finally": f"try {{ return 1 }} finally {{ {PUTS} }}",
    "from a timer": f"setTimeout(() => {PUTS}, 5); return 1",
    "from an interval": f"setInterval(() => {PUTS}, 1); return 1",
    "behind a timer": f"setTimeout(() => Promise.resolve().then(() => {PUTS}), 1); return 1",
    "from a signal": f"AbortSignal.timeout(5).onabort = () => {PUTS}; return 1",
    "from a rejection": f"onunhandledrejection = () => {PUTS}; Promise.reject(0); return 1",
    "from the end of a fetch": (
        f"fetch('https://a.example').catch(() => setTimeout(() => {PUTS}, 1)); return 1"
    ),
    "behind an answer to another": (
        f"context.kv.get('a').then(() => new Promise((done) => setTimeout(done, 5)))"
        f".then(() => {PUTS}); return 1"
    ),
}


@pytest.mark.parametrize("source", UNDONE.values(), ids=UNDONE.keys())
def test_nothing_is_asked_for_once_a_function_has_answered(mallory: Tenant, source: str) -> None:
    values = f"/v2/accounts/{mallory.account_id}/kv/left"
    document = {"kv": ["left"], "net": {"allow": ["a.example"]}}

    assert mallory.execute(mallory.create(source, **document))["result"] == 1

    # A later execution in the same worker has its own operations alone.
    seen = mallory.execute(
        mallory.create("return [await context.kv.get('late') ?? 0]", kv=["left"])
    )
    assert seen["result"] == [0]
    with mallory.client() as client:
        assert client.get(values).json()["data"] == []


AT_ONCE = OPERATION_MESSAGES // 2 + 2_000
ASKED = {
    "values": ("context.kv.get(`${i}`)", KV_OPERATIONS),
    "requests": ("fetch(`https://a.example/${i}`)", 0),
    "signatures": ("crypto.subtle.sign('HMAC', key, new Uint8Array(8))", OPERATION_MESSAGES // 2),
}
"""What is asked for at once, and how much of it is performed: each may take a message to end it."""


@pytest.mark.parametrize(("ask", "performed"), ASKED.values(), ids=ASKED.keys())
def test_what_is_asked_for_at_once_ends_at_its_limit(
    mallory: Tenant, ask: str, performed: int
) -> None:
    source = f"""
        const {{ SIGNS }} = context.secrets, algorithm = {{ name: 'HMAC', hash: 'SHA-256' }};
        const bytes = new TextEncoder().encode(SIGNS);
        const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
        const all = [];
        for (let i = 0; i < {AT_ONCE}; i++) all.push({ask}.then(() => 1, () => 0));
        return (await Promise.all(all)).reduce((sum, each) => sum + each, 0);
    """
    document = {"kv": ["left"], "net": {"allow": ["a.example"]}, "secrets": ["SIGNS"]}
    with mallory.client() as client:
        secret = {"data": {"value": "a key of mallory's", "sign": True}}
        client.put(f"/v2/accounts/{mallory.account_id}/secrets/SIGNS", json=secret)

    ended = mallory.execute(
        mallory.create(
            source, limits={"memory_mb": 256, "wall_time_ms": WALL_TIME_MS_MAX}, **document
        )
    )

    assert (ended["outcome"], ended["result"]) == ("ok", performed), ended["error"]
    healthy = mallory.execute(mallory.create("return context.kv.get('a')", kv=["left"]))
    assert healthy["outcome"] == "ok"


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
