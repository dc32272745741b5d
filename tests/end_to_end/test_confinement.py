"""User code reaches nothing: no environment, no credentials, no network, no file, no other code."""

from urllib.parse import urlsplit

from tests.support.hosts import Host

NAMES = (
    *("process", "require", "module", "exports", "global", "Buffer", "Deno", "Bun"),
    *(
        "XMLHttpRequest",
        "WebSocket",
        "EventSource",
        "window",
        "localStorage",
        "indexedDB",
        "caches",
    ),
    *("importScripts", "load", "read", "readbuffer", "readline", "print", "quit", "os", "d8"),
    *("Worker", "Realm", "postMessage", "WebAssembly", "SharedArrayBuffer"),
)
LOOK = """
const found = names => names.filter(name => {
  try { return typeof (0, eval)(name) !== 'undefined'; } catch { return false; }
});
const imports = [];
const places = ['http://127.0.0.1/', 'http://169.254.169.254/', 'file:///proc/self/environ'];
for (const from of ['fs', 'node:fs', 'net', ...places])
  try { await import(from); imports.push(from); } catch {}
const answers = [];
for (const from of [...places, call.own])
  try { await fetch(from); answers.push(from); } catch (error) { answers.push(error.message); }
const outer = (() => {}).constructor('return Object.keys(this)')();
const text = JSON.stringify([outer, Object.getOwnPropertyNames(globalThis), context, call]);
return {found: found(call.names), imports, answers,
        variables: ['AWS_', 'SECRET', 'TABLE_NAME', 'PATH'].filter(word => text.includes(word))};
"""


def refused(host: str) -> str:
    return f'fetch may not reach {host}: add "{host}" to net.allow'


def test_user_code_has_no_way_out(host: Host) -> None:
    own = f"{host.credentials['url']}/healthz"
    execution = host.execute(host.create(LOOK), {"names": ["JSON", *NAMES], "own": own})

    assert execution["outcome"] == "ok", execution["error"]
    assert execution["result"] == {
        "found": ["JSON"],
        "imports": [],
        "answers": [
            *map(refused, ("127.0.0.1", "169.254.169.254")),
            'fetch knows no scheme "file"',
            refused(urlsplit(own).netloc),
        ],
        "variables": [],
    }


def test_what_one_function_leaves_behind_no_other_finds(host: Host) -> None:
    leaving = host.create("globalThis.left = Array.prototype.left = 'secret'; return 1")
    looking = host.create("return [typeof globalThis.left, typeof [].left]")

    for _ in range(3):
        host.execute(leaving)
        assert host.execute(looking)["result"] == ["undefined", "undefined"]
