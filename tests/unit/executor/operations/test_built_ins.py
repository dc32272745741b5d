"""Code that replaces built-ins neither sees nor changes what passes."""

import pytest

from tests.unit.executor.operations.operating import Performed

POISON = {
    "prototype of objects": """
      const names = 'id kind end bytes number toJSON length 0 type get value';
      for (const name of names.split(' ')) {
        const spy = () => leak(name);
        Object.defineProperty(Object.prototype, name, { __proto__: null, get: spy, set: spy });
      }
    """,
    "toJSON": """
      for (const { prototype } of [Object, Array, String, Number]) prototype.toJSON = leak;
    """,
    "JSON": "JSON.parse = JSON.stringify = leak;",
    "promises": "Promise.prototype.then = Promise.resolve = leak; globalThis.Promise = leak;",
    "arrays": """
      for (const name of Object.getOwnPropertyNames(Array.prototype))
        if (typeof Array.prototype[name] === 'function') Array.prototype[name] = leak;
      Array.prototype[Symbol.iterator] = leak;
    """,
    "strings": """
      for (const name of Object.getOwnPropertyNames(String.prototype))
        if (typeof String.prototype[name] === 'function') String.prototype[name] = leak;
      String.fromCharCode = leak;
    """,
    "typed arrays": """
      for (const { prototype } of [Uint8Array, Object.getPrototypeOf(Uint8Array), ArrayBuffer])
        for (const name of Object.getOwnPropertyNames(prototype))
          if (!['constructor', 'BYTES_PER_ELEMENT'].includes(name))
            Object.defineProperty(prototype, name, { get() { leak(name); } });
      globalThis.Uint8Array = leak;
    """,
    "functions": "for (const name of ['call', 'apply', 'bind']) Function.prototype[name] = leak;",
    "Reflect, Math and Object": """
      for (const all of [Reflect, Math, Object])
        for (const name of Object.getOwnPropertyNames(all))
          if (typeof all[name] === 'function') all[name] = leak;
    """,
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_no_replaced_built_in_sees_or_changes_a_message_or_a_reply(
    performed: Performed, poison: str
) -> None:
    performed.by(
        lambda m, reply: reply(m["bytes"].encode(), number=7, end=True) if "bytes" in m else None
    )
    source = f"""
    const {{ begin, send }} = host;
    const leaked = {{ __proto__: null, length: 0 }};
    const leak = (what) => {{ leaked[leaked.length++] = `${{what}}`; }};
    const seen = {{ __proto__: null }};
    const bytes = new Uint8Array([1, 2, 3]);
    const promise = new Promise((resolve) => {{
      {poison}
      const id = begin('test', {{ __proto__: null, a: 'x' }}, (fields, content) => {{
        seen.number = fields.number;
        seen.end = fields.end;
        seen.first = content[0];
        seen.other = typeof fields.kind;
        resolve();
      }});
      send(id, {{ __proto__: null, b: 1 }}, bytes);
    }});
    await promise;
    const {{ number, end, first, other }} = seen;
    return `${{leaked.length}} ${{leaked[0]}} ${{number}} ${{end}} ${{first}} ${{other}}`;"""

    assert performed.run(source) == f"0 undefined 7 true {ord('A')} undefined"
    begins, sends = performed.last.taken
    assert begins == {"a": "x", "kind": "test", "id": begins["id"]}
    assert sends == {"b": 1, "bytes": "AQID", "kind": "send", "id": begins["id"]}


def test_code_finds_no_function_that_collects_garbage(performed: Performed) -> None:
    found = "return [typeof gc, typeof setTimeout(() => {}, 0), Object.keys(globalThis)]"

    assert performed.run(found)[:2] == ["undefined", "number"]


def test_an_operation_that_begins_while_another_is_written_has_an_id_of_its_own(
    performed: Performed,
) -> None:
    source = """
    const inner = [];
    const sly = { toJSON() { inner.push(ask({ inner: true })); return 1; } };
    await ask({ sly });
    await inner[0];"""

    performed.run(source)

    ids = [message["id"] for message in performed.last.taken]
    assert ids == sorted(set(ids))
