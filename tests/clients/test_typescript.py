"""TypeScript 7.0.2 (npm): it compiles a function with the types that the server has."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.surface.probe import Entry, read_beside, read_surface
from infra.surface.types import declarations_of
from isolambda_cli.project.declarations import declarations_for
from isolambda_cli.project.manifest import parse_manifest
from isolambda_cli.project.new_project import Template, write_project
from tests.clients.programs import ENVIRONMENTS
from tests.support.servers import Server

COMPILER = ENVIRONMENTS / "typescript/node_modules/.bin/tsc"
pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None,
    reason="NO node OR NO npm HERE: THE TYPES FOR TYPESCRIPT WERE NOT COMPILED",
)

NEWEST = ("--lib", "esnext", "--target", "esnext", "--module", "esnext")
OPTIONS = ("--noEmit", "--strict", "--pretty", "false", *NEWEST)
FILES = ("module.ts", "isolambda.d.ts")
USES = """
const id: string = context.function.id;
setTimeout((name: string) => console.log(name, id), 10, call.name);
const left: number = context.deadline_ms - Date.now();
"""
USES_WHAT_IT_REACHES = """
const authorization = `Bearer ${context.secrets.KEY}`;
const body = new ReadableStream<Uint8Array>();
const signal = AbortSignal.timeout(5);
const init = { method: 'POST', headers: { authorization }, body, duplex: 'half', signal } as const;
const sent = await fetch('https://example.com', init).catch((error: Error) => {
  const { code, limit, value, used } = error.cause as IsolambdaCause;
  return `${code} ${limit} ${(value ?? 0) + (used ?? 0)}`;
});
const visits: number = await context.kv.increment('visits');
const order = await context.kv.namespace('orders').get<{ total: number }>('a');
const isNew: boolean = await context.kv.compareAndSet('a', undefined, { total: 1 }, { ttl: 60 });
const { items, nextStartKey } = await context.kv.list<string>({ prefix: 'a', limit: 9 });
await context.kv.put('b', [order?.total, items[0]?.value.length, nextStartKey, isNew, visits]);
const gone: boolean = await context.kv.delete('b');
"""
USES_ALL = """
class Upper extends TransformStream<string, string> {}
const url = new URL('/a', 'https://example.com');
for (const [name, value] of url.searchParams) console.log(name.length, value.length);
const texts = new Response('text').body!.pipeThrough(new TextDecoderStream());
for await (const text of texts.pipeThrough(new Upper())) console.log(text.toUpperCase());
const stop = AbortSignal.any([AbortSignal.timeout(5), new AbortController().signal]);
addEventListener('error', (event: ErrorEvent) => event.preventDefault());
new FileReader().onload = (event) => event.loaded + URL.createObjectURL(new Blob()).length;
"""
USES_TESTS = """
import { describe, expect, test, vi } from 'isolambda:test';
describe('greet', () => {
  test('one', async ({ context }) => {
    const send = vi.fn((name: string) => name.length);
    expect(send(context.function.id)).toBe(32);
    expect(send).toHaveBeenCalledWith(expect.any(String));
    await expect(Promise.reject(new Error('no'))).rejects.toThrow(/no/);
    expect({ a: [1] }).not.toMatchSnapshot('a');
  });
  test.each([[1, 'a'], [2, 'b']] as [number, string][])('%d', (n, text) => { text.repeat(n); });
  test.only.each([{ n: 1 }])('$n', ({ n }, { context }) => { n.toFixed(); context.account_id; });
  test.todo('later');
});
"""


@pytest.fixture(scope="module")
def everything() -> str:
    """The declarations of a function that had the whole surface."""
    names = [
        name
        for surface in (read_surface(), read_beside())
        for name in (*surface["interfaces"], *surface["globals"])
    ]
    return declarations_of([Entry(name, 1, ()) for name in names])


def compiled(folder: Path, declarations: str, source: str) -> list[str]:
    """Return what the compiler says of a module that uses declarations."""
    (folder / "isolambda.d.ts").write_text(declarations, encoding="utf-8")
    (folder / "module.ts").write_text(f"export {{}};\n{source}", encoding="utf-8")
    done = subprocess.run(
        [COMPILER, *OPTIONS, *FILES], cwd=folder, capture_output=True, check=False, text=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_it_takes_what_the_server_serves(server: Server, tmp_path: Path) -> None:
    with server.client() as client:
        served = client.get("/types/isolambda.d.ts").text

    assert compiled(tmp_path, served, USES + USES_WHAT_IT_REACHES) == []


def test_it_takes_the_whole_surface(everything: str, tmp_path: Path) -> None:
    assert compiled(tmp_path, everything, USES + USES_ALL) == []


def test_it_refuses_what_only_a_page_has(everything: str, tmp_path: Path) -> None:
    name, constructor = compiled(tmp_path, everything, "document.title; new AbortSignal();")

    assert "error TS2584: Cannot find name 'document'" in name
    assert "error TS2673: Constructor of class 'AbortSignal' is private" in constructor


def test_it_takes_tests_of_functions(everything: str, tmp_path: Path) -> None:
    assert compiled(tmp_path, everything, USES_TESTS) == []


def test_it_refuses_an_assertion_that_there_is_not(everything: str, tmp_path: Path) -> None:
    source = "import { expect } from 'isolambda:test';\nexpect(1).toBee(1);"

    [problem] = compiled(tmp_path, everything, source)

    assert "Property 'toBee' does not exist" in problem


PROJECT = """
[project]
name = "shop"
[functions.greet]
main = "src/greet.ts"
[functions.greet.input_schema]
type = "object"
required = ["name", "tags"]
[functions.greet.input_schema.properties]
name = { type = "string", description = "Who */ is greeted." }
tags = { type = "array", prefixItems = [{ enum = ["a", 1] }], items = { type = "integer" } }
"odd name" = { anyOf = [{ type = "null" }, { "$ref" = "#/$defs/odd" }] }
[functions.greet.input_schema."$defs"]
odd = { allOf = [{ type = ["string", "boolean"] }, { type = "object", additionalProperties = {} }] }
[functions.greet.result_schema]
type = "object"
properties.hi.type = "string"
"""
USES_SCHEMAS = """
const greet: IsolambdaFunction<"greet"> = async (call, { function: { version } }) => {
  const [first = 2, ...rest] = call.tags;
  const total: number = rest.reduce((sum, each) => sum + each, 0);
  const odd: unknown = call["odd name"];
  return { hi: `${call.name}${first}${total}${odd}${version}` };
};
greet({ name: call.name, tags: ["a", 2] }, context);
"""
MISUSES_SCHEMAS = """
const greet: IsolambdaFunction<"greet"> = () => ({ hi: 1 });
greet({ name: "Ada" }, context);
"""


@pytest.mark.parametrize(
    ("source", "problems"),
    [(USES_SCHEMAS, []), (MISUSES_SCHEMAS, ["TS2322", "TS2741"])],
    ids=["what_fits", "what_does_not_fit"],
)
def test_it_knows_what_the_schemas_of_a_project_say(
    everything: str, tmp_path: Path, source: str, problems: list[str]
) -> None:
    declared = declarations_for(parse_manifest(tmp_path, PROJECT), everything)

    found = "\n".join(compiled(tmp_path, declared, source))

    assert re.findall(r"error (TS\d+)", found) == problems


@pytest.mark.parametrize("template", Template)
def test_a_new_project_has_no_mistake_that_an_editor_would_show(
    template: Template, tmp_path: Path
) -> None:
    write_project(tmp_path / "shop", template)

    done = subprocess.run(
        [COMPILER, "-p", "jsconfig.json", "--pretty", "false"],
        cwd=tmp_path / "shop",
        capture_output=True,
        check=False,
        text=True,
    )

    assert (done.returncode, done.stdout) == (0, "")
