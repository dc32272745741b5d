"""Every mistake in a module has its author's own file, line and column."""

import json

import pytest

from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.modules import Files, compile_files, compiled, execute, marked

_ENTRY = "import { run } from './lib/run.js';\nexport default (call: unknown) => run(call);\n"

_THROWN: dict[str, Files] = {
    "a property of null behind types": {
        "function.ts": _ENTRY,
        "lib/run.ts": "type Line = {\n  price: number;\n};\n"
        "export const run = (line: any): number => line./*!*/price as number;",
    },
    "an imported name that is called": {
        "function.ts": "import { run, type Line } from './lib/run';\n"
        "export default (lines: Line[]): number => lines === null ? /*!*/run(lines) : 0;",
        "lib/run.ts": "export interface Line { n: number }\nexport const run = 1 as any;",
    },
    "a new error behind an enum": {
        "function.ts": "enum Kind { Small, Large = 7 }\n"
        "export default () => { const k: Kind = Kind.Large; throw /*!*/new Error(`${k}`); };",
    },
    "an export that is assigned": {
        "function.ts": _ENTRY,
        "lib/run.ts": "export let n: number = 0;\n"
        "export const run = (x: any) => { n = n + x./*!*/y; };",
    },
    "a class with parameter properties": {
        "function.ts": "class Price {\n  constructor(private readonly of: any, public n = 1) {}\n"
        "  get total() { return this.of./*!*/amount * this.n; }\n}\n"
        "export default (call: any) => new Price(call).total;",
    },
    "a callback in an imported function": {
        "function.ts": "import { each } from './each.mjs';\n"
        "export default () => { each([1], (n: number) => (null as any)./*!*/x + n); };",
        "each.mjs": "export const each = (items, take) => items.forEach((item) => take(item));",
    },
    "while a module is evaluated": {
        "function.ts": "import './lib/broken.ts';\nexport default () => 1;",
        "lib/broken.ts": "const missing: any = undefined;\nmissing./*!*/name;\nexport {};",
    },
    "behind an await at the top": {
        "function.ts": "const base = await Promise.resolve(null as any);\n"
        "const n: number = base./*!*/n;\n"
        "export default () => n;",
    },
    "in a file that is imported later": {
        "function.ts": "export default async () => {\n  const late = await import('./late.ts');\n"
        "  return late.default(null);\n};",
        "late.ts": "export default function late(x: any) {\n  return x./*!*/y;\n}",
    },
    "behind a wide character and a tab": {
        "function.ts": "import { run } from './lib/run';\n"
        "export default (x: any) => {\tconst s: string = '\u00e9'; return run(s + x./*!*/y); };",
        "lib/run.ts": "export const run = (x: string) => x;",
    },
    "in the body of a function": {
        "function.ts": "const line: { n: number } = call as any;\nreturn line./*!*/n as number;",
    },
}
_REFUSED: dict[str, Files] = {
    "a token too many": {
        "function.ts": _ENTRY,
        "lib/run.ts": "export const run = (x: number) => {\n"
        "  const y: number = /*!*/;\n"
        "  return y;\n"
        "};",
    },
    "a brace that is missing": {
        "function.js": "export default () => {\n  if (1) {\n  return 1;\n};\n/*!*/",
    },
    "a package": {
        "function.ts": _ENTRY,
        "lib/run.ts": "import { z } from /*!*/'zod';\n"
        "export const run = (x: unknown) => z.any().parse(x);",
    },
    "a file that is not there": {
        "function.ts": _ENTRY,
        "lib/run.ts": "export { run } from /*!*/'../other.js';",
    },
    "a name that its file does not export": {
        "function.ts": "import { run, type Line } from './lib/run';\n"
        "import { other, /*!*/walk as w } from './lib/through.mjs';\n"
        "export default (x: Line): Line => run(w, other, x);",
        "lib/run.ts": "export interface Line { n: number }\nexport function run() {}",
        "lib/through.mjs": "export * from './run';\nexport const other = 'walk';",
    },
    "a default that its file does not export": {
        "function.js": "import /*!*/a from './a.js';\nexport default () => a;",
        "a.js": "export * from './b.js';",
        "b.js": "export default 1;",
    },
    "several variables that one statement exports": {
        "function.ts": "export let { a, b: [c] }: any = { b: [2] }, /*!*/d = 1;\nexport default 1;",
    },
    "a file outside the root": {
        "function.js": "import x from /*!*/'../../etc/passwd.json';\nexport default () => x;",
    },
    "a package that is imported later": {
        "function.js": "export default async () => (await import(/*!*/'lodash')).default;",
    },
    "a name that is declared twice": {
        "function.ts": "export default (x: number) => {\n"
        "  let a: number = x;\n"
        "  let /*!*/a = 2;\n"
        "  return a;\n"
        "};",
    },
    "a label that is nowhere": {
        "function.ts": _ENTRY,
        "lib/run.ts": "export const run = (x: any): void => {\n"
        "  while (x as boolean) break /*!*/nowhere;\n"
        "};",
    },
    "JSON with a comma too many": {
        "function.ts": "import data from './data.json';\nexport default () => data;",
        "data.json": '{\n  "a": 1,\n  "mark/*!*/": 2,\n}'.replace("/*!*/", ""),
    },
    "a type that is cut off": {
        "function.ts": "type A = {\n  a: number\nexport /*!*/default () => 1;\n",
    },
}


@pytest.mark.parametrize("case", _THROWN)
def test_what_is_thrown_has_its_place(shared: Supervisor, case: str) -> None:
    files = _THROWN[case]

    error = execute(shared, compiled(shared, files)).error

    assert error is not None
    file, line, column = marked(files)
    assert (error.file, error.line, error.column) == (file, line, column)
    assert f"{file}:{line}:{column}" in error.stack.splitlines()[1]


def test_a_cause_has_the_file_of_its_own(shared: Supervisor) -> None:
    files = {
        "function.ts": "import { fail } from './fail.ts';\nexport default () => {\n"
        "  try { fail(); } catch (cause) { throw new Error('outer', { cause }); }\n};",
        "fail.ts": "export const fail = (): never => { throw new TypeError('inner'); };",
    }

    error = execute(shared, compiled(shared, files)).error

    assert error is not None
    cause = error.details["cause"]
    assert isinstance(cause, dict)
    assert (error.file, error.line, error.column) == ("function.ts", 3, 41)
    assert (cause["file"], cause["line"], cause["column"]) == ("fail.ts", 1, 42)


@pytest.mark.parametrize("case", _REFUSED)
def test_what_does_not_compile_has_its_place(shared: Supervisor, case: str) -> None:
    files = _REFUSED[case]

    result = compile_files(shared, files)

    assert result.outcome is Outcome.EXCEPTION
    (problem,) = json.loads(result.result or "{}")["problems"]
    place = (problem["file"], problem["line"], problem["column"])
    assert place == (("data.json", 4, 1) if "data.json" in files else marked(files)), problem
