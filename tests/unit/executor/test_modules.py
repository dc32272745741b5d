"""The modules of a function import each other as ECMAScript says, and nothing else."""

import json

import pytest

from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.limits import RECORD_TEXT_CHARACTERS, Limits
from isolambda_executor.engine import Engine
from isolambda_executor.modules import authored
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.modules import Files, compile_files, compiled, execute, result_of

_A = "export default 1"
_FAILS = '{"name": "f.js", "module": true, "code": "yield;x.y", "imports": []'
_SHOP: Files = {
    "function.ts": """
import { total, type Line } from './lib/total.js';
import rates from './rates.json' with { type: 'json' };
enum Kind { Small = 1, Large }
export const discount: number = 1;
const base = await Promise.resolve(10);
export default function (call: { n: number }, context: { id: string }) {
  const lines: Line[] = [{ price: 2, n: call.n }];
  return { total: total(lines), rate: rates.eur, kind: Kind[2], base, id: context.id };
}
""",
    "lib/total.ts": """
import { discount } from '../function.ts';
export interface Line { price: number; n: number }
export const total = (lines: Line[]) =>
  lines.reduce((sum, { price, n }) => sum + price * n, 0) - discount;
""",
    "rates.json": '{"eur": 1.1}',
}


def test_three_files_of_typescript_with_a_cycle_json_an_enum_and_an_await(
    shared: Supervisor,
) -> None:
    result = result_of(shared, _SHOP, {"n": 4})

    assert result == {"total": 7, "rate": 1.1, "kind": "Large", "base": 10, "id": "c"}


def test_modules_are_evaluated_once_in_an_isolate(shared: Supervisor) -> None:
    program = compiled(
        shared,
        {
            "function.js": "let n = 0; n++; globalThis.m = 0;\n"
            "export default () => [n, ++globalThis.m];"
        },
    )

    results = [execute(shared, program, function_id="1" * 32).result for _ in range(3)]

    assert results == [b"[1,1]", b"[1,2]", b"[1,3]"]


@pytest.mark.parametrize(
    ("files", "reads_context", "makes_promises"),
    [
        ({"function.js": "export default (call, c) => c"}, True, False),
        (
            {"function.js": "import a from './a.js'; export default () => a", "a.js": _A},
            True,
            False,
        ),
        ({"function.js": "export default async () => 1"}, True, True),
        ({"function.js": "export default () => import('./a.js')", "a.js": _A}, True, True),
        ({"function.js": "export default {fetch() { return new Response() }}"}, True, False),
        (
            {"function.js": "import './a.js'; export default () => 1", "a.js": "Promise.reject()"},
            True,
            True,
        ),
        ({"function.js": "return 1", "a.js": _A}, False, False),
        ({"function.js": "return context.id", "a.js": _A}, True, False),
        ({"function.js": "return import('./a.js')", "a.js": _A}, False, True),
    ],
)
def test_what_modules_may_do_is_read_from_their_own_code(
    shared: Supervisor,
    files: Files,
    reads_context: bool,
    makes_promises: bool,
) -> None:
    isolate = Engine().isolate()

    answer = isolate.call("load_modules", compiled(shared, files), "", timeout_s=60.0)

    found = isolate.reads_context, isolate.makes_promises
    isolate.close()
    assert (answer, *found) == (b"", reads_context, makes_promises)


def test_an_import_sees_what_its_module_assigns_later(shared: Supervisor) -> None:
    files = {
        "function.js": "import { n, add } from './n.js';\n"
        "export default () => { add(); add(); return n; };",
        "n.js": "export let n = 0;\nexport const add = () => { n++; };",
    }

    assert result_of(shared, files) == 2


def test_functions_exist_before_their_module_is_evaluated(shared: Supervisor) -> None:
    files = {
        "function.js": "import './a.js';\nexport default () => globalThis.seen;",
        "a.js": "import './b.js';\nexport function early() { return 'early'; }\n"
        "export default async function also() {}",
        "b.js": "import also, { early } from './a.js';\nglobalThis.seen = [early(), typeof also];",
    }

    assert result_of(shared, files) == ["early", "function"]


def test_imports_are_evaluated_first_and_in_order(shared: Supervisor) -> None:
    files = {
        "function.js": "globalThis.order.push('entry');\nimport './a.js';\nimport './b.js';\n"
        "export default () => globalThis.order;",
        "a.js": "import './c.js';\nglobalThis.order.push('a');",
        "b.js": "globalThis.order.push('b');",
        "c.js": "globalThis.order = [];\nawait null;\nglobalThis.order.push('c');",
    }

    assert result_of(shared, files) == ["c", "a", "b", "entry"]


def test_every_form_of_export_can_be_imported(shared: Supervisor) -> None:
    files = {
        "function.ts": "import d, { A, B, C, D, E, f, g, h, i, j, k, l, m, n as nn, \u00e9 } from "
        "'./a';\n"
        "import rates from './r.json';\n"
        "import type { T } from './a';\n"
        "import { U, type V } from './a';\n"
        "export default (t: T, u: U, v: V) => [d, A, B, C, D, E, f, g, h, i, j, k, l, m, "
        "nn, \u00e9, rates]"
        ".filter((x) => x === undefined).length;",
        "a.ts": "export default class {}\nexport class A {}\nexport abstract class B {}\n"
        "export enum C { X }\nexport const enum D { X }\nexport function E(): void {}\n"
        "export async function f() {}\n"
        "export function* g() {}\n"
        "export const { h, x: [i] } = { h: 1, x: [1] };\n"
        "export let j: number;\n"
        "j = 1;\n"
        "export let k: number = 2;\n"
        "const y = 1;\n"
        "export { y as l };\n"
        "export * from './b';\n"
        "export * as n from './b';\nexport const \u00e9 = 1;\n"
        "export type T = 1; export interface U { x: 1 } export type V = 2;",
        "b.ts": "export var m = 1;",
        "r.json": "{}",
    }

    assert result_of(shared, files) == 0


def test_every_form_of_import_and_export_works(shared: Supervisor) -> None:
    files = {
        "function.js": "import first, { second as two, default as again } from './all.mjs';\n"
        "import * as all from './all.mjs';\nimport { x, inner } from './through.mjs';\n"
        "export default () => [first, two, again, all.third, x, inner.x, Object.keys(all).sort()];",
        "all.mjs": "export default 1;\n"
        "const second = 2;\n"
        "export { second };\n"
        "export const [third] = [3];\n"
        "export class Fourth {}",
        "through.mjs": "export * from './inner.mjs';\nexport * as inner from './inner.mjs';",
        "inner.mjs": "export const x = 'x';",
    }

    assert result_of(shared, files) == [
        1, 2, 1, 3, "x", "x", ["Fourth", "default", "second", "third"],
    ]  # fmt: skip


def test_an_export_may_stand_above_what_it_names(shared: Supervisor) -> None:
    files = {
        "function.js": "import { a, f, again } from './b.js';\nexport { main as default };\n"
        "function main() { f(); return [a, again]; }",
        "b.js": "export { x as a, f };\nexport { a as again } from './c.js';\n"
        "let x = 1;\nfunction f() { x += 1; }",
        "c.js": "import { f } from './b.js';\nf;\nexport { a };\nconst a = typeof f;",
    }

    assert result_of(shared, files) == [2, "function"]


@pytest.mark.parametrize("text", ["namespace A {}", "export namespace A.B { let x = 1; }"])
def test_a_namespace_is_refused_and_not_left_out(shared: Supervisor, text: str) -> None:
    allowed = "declare namespace X { let y: number }\ndeclare module 'z' { let y: number }\n"
    result = compile_files(shared, {"function.ts": f"{allowed}{text}\nexport default () => 1;"})

    (problem,) = json.loads(result.result or "{}")["problems"]
    assert (problem["line"], problem["column"]) == (3, text.index("namespace") + 1)


@pytest.mark.parametrize("file", ["a.js", "a.ts"])
@pytest.mark.parametrize(
    "text",
    [
        "@d class A {}",
        "@d() export class A {}",
        "class A { @d field = 1; }",
        "class A { @d m() {} }",
    ],
)
def test_a_decorator_is_refused_where_it_stands(shared: Supervisor, file: str, text: str) -> None:
    source = f"const d = () => {{}};\n{text}\nexport default () => 1;"
    entry = f"import './{file}'; export default () => 1;"
    result = compile_files(shared, {"function.js": entry, file: source})

    (problem,) = json.loads(result.result or "{}")["problems"]
    assert problem["message"].startswith("decorators are not compiled")
    assert (problem["line"], problem["column"]) == (2, text.index("@") + 1)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_line_for_a_shell_is_a_comment(shared: Supervisor, end: str) -> None:
    files = {
        "function.ts": f"#!/bin/node{end}import {{ f }} from './a.js';{end}export default f;",
        "a.js": f"#! /bin/node{end}export function f() {{ null.x; }}",
    }

    error = execute(shared, compiled(shared, files)).error

    assert error is not None
    assert (error.file, error.line, error.column) == ("a.js", 2, 28)


def test_a_lone_module_may_begin_with_a_line_for_a_shell(shared: Supervisor) -> None:
    assert result_of(shared, {"function.js": "#!/usr/bin/env node\nexport default () => 7"}) == 7


def test_a_module_as_an_object_says_that_it_is_one(shared: Supervisor) -> None:
    files = {
        "function.js": "import * as a from './a.js';\n"
        "const tag = (it) => Object.prototype.toString.call(it);\n"
        "export default async () => [tag(a), tag(await import('./b.json')), Object.keys(a)];",
        "a.js": "export const one = 1;",
        "b.json": "1",
    }

    assert result_of(shared, files) == ["[object Module]", "[object Module]", ["one"]]


def test_a_file_is_imported_later_by_a_name_that_is_made_then(shared: Supervisor) -> None:
    files = {
        "function.js": "export default async (name) => {\n"
        "  const { value } = await import(`./lib/${name}`);\n  return value;\n};",
        "lib/a.ts": "const value: number = await Promise.resolve(7);\nexport { value };",
    }

    assert result_of(shared, files, "a.js") == 7
    program = compiled(shared, files)
    missing = execute(shared, program, "b.js")
    assert missing.error is not None
    assert missing.error.message == "no file of the function is './lib/b.js'"


def test_a_body_without_import_and_export_imports_later(shared: Supervisor) -> None:
    files = {
        "function.ts": "const { total } = await import('./total.ts');\n"
        "return total(call.n) as number;",
        "total.ts": "export const total = (n: number): number => 2 * n;",
    }

    assert result_of(shared, files, {"n": 21}) == 42


def test_a_package_is_a_file_in_node_modules(shared: Supervisor) -> None:
    files = {
        "function.js": "import { a } from 'one';\nimport { b } from './lib/b.js';\n"
        "export default async () => [a, b, (await import('@scope/two/part')).default];",
        "lib/b.js": "import { shared } from 'one'; export const b = shared;",
        "node_modules/one.js": "export { shared } from './chunk-A.js'; export const a = 1;",
        "node_modules/chunk-A.js": "export const shared = 2;",
        "node_modules/@scope/two/part.js": "import '../../chunk-A.js'; export default 3;",
    }

    assert result_of(shared, files) == [1, 2, 3]


@pytest.mark.parametrize("specifier", ["one", "/one.js", "lib/b.js", "node_modules/one.js", ""])
def test_a_package_that_is_not_there_is_refused(shared: Supervisor, specifier: str) -> None:
    files = {
        "function.js": f"import x from '{specifier}';\nexport default () => x;",
        "one.js": "export default 1;",
        "lib/b.js": "export default 1;",
    }

    (problem,) = json.loads(compile_files(shared, files).result or "{}")["problems"]

    assert problem["message"].startswith(f"'{specifier}' is not a file of the function: bundle")


def test_a_module_knows_its_own_name(shared: Supervisor) -> None:
    files = {
        "function.js": "import { url } from './lib/a.js';\n"
        "export default () => [import.meta.url, url];",
        "lib/a.js": "export const { url } = import.meta;",
    }

    assert result_of(shared, files) == ["file:///function.js", "file:///lib/a.js"]


def test_a_module_that_fails_is_evaluated_again_by_the_next_execution(shared: Supervisor) -> None:
    files = {
        "function.js": "import { n } from './n.js';\nexport default () => n;",
        "n.js": "globalThis.tries = (globalThis.tries ?? 0) + 1;\n"
        "if (globalThis.tries < 3) throw new Error('not yet');\nexport const n = globalThis.tries;",
    }
    program = compiled(shared, files)

    outcomes = [execute(shared, program, function_id="2" * 32) for _ in range(4)]

    assert [outcome.result for outcome in outcomes] == [None, None, b"3", b"3"]


def test_a_module_without_a_function_to_call_says_so(shared: Supervisor) -> None:
    error = execute(shared, compiled(shared, {"function.js": "export default 5;"})).error

    assert error is not None
    assert error.message == "function.js has no function as its default export"


@pytest.mark.parametrize(
    ("source", "is_one"),
    [
        ("export const x = 1;", False),
        ("import './a.js';", False),
        ("export { f as default } from './a.js';", True),
        ("const f = () => 1; export { f as default };", True),
        ("export { default } from './a.js';", True),
    ],
)
def test_a_module_without_a_default_export_is_no_function(
    shared: Supervisor, source: str, *, is_one: bool
) -> None:
    files = {"function.js": source, "a.js": "export const f = () => 1; export default f;"}

    result = compile_files(shared, files)

    assert (result.outcome is Outcome.OK) is is_one
    if not is_one:
        (problem,) = json.loads(result.result or "{}")["problems"]
        assert problem["message"] == "the module has no default export, which would be the function"


def test_what_types_alone_need_is_not_imported(shared: Supervisor) -> None:
    files = {
        "function.ts": "import type { A } from 'anywhere';\nimport { B } from 'nowhere';\n"
        "export default (a: A): B => a as unknown as B;",
    }

    assert result_of(shared, files, 5) == 5


@pytest.mark.parametrize("source", ["return 1;", "// import x from 'y'\nreturn 'export';"])
def test_a_source_that_is_a_body_stays_one(shared: Supervisor, source: str) -> None:
    result = compile_files(shared, {"function.js": source})

    assert (result.outcome, result.result) == (Outcome.OK, None)


def test_a_body_that_does_not_compile_is_reported_as_one(shared: Supervisor) -> None:
    result = compile_files(shared, {"function.js": "// import\nreturn 1 +;"})

    assert result.outcome is Outcome.EXCEPTION
    assert result.result is None
    assert result.error is not None
    assert result.error.line == 2


def test_all_files_with_mistakes_are_reported(shared: Supervisor) -> None:
    result = compile_files(
        shared,
        {
            "function.js": "import './a.js';\nexport default 1 +;",
            "a.js": "export const a = 1; const a = 2;",
            "b.json": "{",
        },
    )

    problems = json.loads(result.result or "{}")["problems"]
    assert [problem["file"] for problem in problems] == ["function.js", "a.js", "b.json"]


@pytest.mark.parametrize(
    "text",
    [
        "x = ((" * 20_000,
        "f(a=>(" * 20_000,
        "<T>(" * 20_000,
        "type A = [" * 20_000,
        "`${" * 20_000,
        "{" * 100_000,
    ],
    ids=["parentheses", "arrows", "generics", "types", "templates", "braces"],
)
def test_the_limits_of_an_execution_hold_while_modules_are_compiled(
    shared: Supervisor, text: str
) -> None:
    limits = Limits(wall_time_ms=2_000, memory_mb=64)

    result = compile_files(shared, {"function.ts": f"export default 1;\n{text}"}, limits)

    assert result.outcome in (
        Outcome.EXCEPTION,
        Outcome.EXCEEDED_WALL_TIME,
        Outcome.EXCEEDED_MEMORY,
    )
    assert result_of(shared, {"function.js": "export default () => 1;"}) == 1


def test_many_files_may_import_each_other_in_one_cycle(shared: Supervisor) -> None:
    names = [f"f{number}.js" for number in range(1_000)]
    files = {
        name: f"import {{ n as next }} from './{follows}';\n"
        "export let n = 1;\nexport const f = () => next;"
        for name, follows in zip(names, [*names[1:], names[0]], strict=True)
    }

    result = result_of(
        shared, {"function.js": "import { f } from './f0.js';\nexport default () => f();", **files}
    )

    assert result == 1


@pytest.mark.parametrize(
    "code",
    [
        "}, console.log('escaped'), function () {",
        "}); console.log('escaped'); (function () {",
        "} console.log('escaped'); {",
    ],
)
def test_emitted_code_that_closes_its_function_runs_nothing_before_an_execution(
    shared: Supervisor, code: str
) -> None:
    file = {"name": "function.js", "code": code, "imports": [], "map": [], "module": True}

    result = execute(shared, json.dumps({"files": [file]}))

    assert result.outcome is Outcome.EXCEPTION
    assert result.logs == ()


@pytest.mark.parametrize(
    "program",
    [
        "null", "[]", "{}", '{"files": []}', '{"files": [{"name": 1, "module": true}]}', "x",
        '{"files": [{"name": "f.js", "module": true, "code": "yield", "imports": ["a.js"]}]}',
        '{"files": [{"name": "__proto__", "module": true, "code": "", "imports": ["__proto__"]}]}',
        f'{{"files": [{_FAILS}, "map": "lies"}}]}}',
        f'{{"files": [{_FAILS}, "map": [1, -9, null]}}]}}',
        f'{{"files": [{_FAILS}, "map": [1, 1, 1e99, -0.5]}}]}}',
    ],
)  # fmt: skip
def test_what_no_compiler_wrote_ends_as_an_outcome(shared: Supervisor, program: str) -> None:
    result = execute(shared, program)

    assert result.outcome in (Outcome.EXCEPTION, Outcome.INTERNAL_ERROR)
    assert result_of(shared, {"function.js": "export default () => 1;"}) == 1


@pytest.mark.parametrize("name", ["__proto__.js", "constructor.js", "toString.ts", "then.js"])
def test_a_name_that_objects_have_is_a_name(shared: Supervisor, name: str) -> None:
    files = {
        "function.js": f"import {{ x }} from './{name}';\nexport default () => x;",
        name: "export const x = 1;",
    }

    assert result_of(shared, files) == 1


def test_user_code_that_spoils_built_ins_does_not_reach_the_linker(shared: Supervisor) -> None:
    files = {
        "function.js": "import './spoil.js';\n"
        "export default async () => (await import('./late.js')).x;",
        "spoil.js": "String.prototype.slice = String.prototype.indexOf = Array.prototype.push = () "
        "=> { throw 1; };\n"
        "Object.defineProperty(Object.prototype, 'get', { get() { throw 2; } });\n"
        "Object.defineProperty(Object.prototype, 'json', { get() { throw 3; } });",
        "late.js": "export const x = 1;",
    }

    assert result_of(shared, files) == 1


@pytest.mark.parametrize(
    ("place", "author"),
    [
        ((1, 4), (1, 4)),
        ((1, 5), (1, 9)),
        ((1, 7), (1, 9)),
        ((1, 8), (2, 3)),
        ((1, 12), (2, 7)),
        ((2, 1), (2, 1)),
    ],
)
def test_a_map_holds_for_a_line_from_a_column_on(
    place: tuple[int, int], author: tuple[int, int]
) -> None:
    assert authored([1, 5, 1, -9, 1, 8, 2, 3], *place) == author


def test_a_module_that_failed_fails_for_whoever_imports_it_again(shared: Supervisor) -> None:
    files = {
        "function.js": "const tried = async (name) => {\n"
        "  try { await import(name); return 0; } catch (error) { return error.message; }\n};\n"
        "export default async () => {\n"
        "  const tries = ['./a.js', './a.js', './b.js'], told = [];\n"
        "  for (const name of tries) told.push(await tried(name));\n  return told;\n};",
        "a.js": "throw new Error('not yet');",
        "b.js": "import './a.js';",
    }

    assert result_of(shared, files) == ["not yet"] * 3


def test_a_mistake_that_repeats_a_long_import_is_cut(shared: Supervisor) -> None:
    result = compile_files(shared, {"function.js": f"import a from './{'x' * 200_000}';"})

    assert result.outcome is Outcome.EXCEPTION
    (problem,) = json.loads(result.result or "{}")["problems"]
    assert len(problem["message"]) <= RECORD_TEXT_CHARACTERS
