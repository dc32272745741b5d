"""The module ``isolambda:test``: the source of a test file with it, compiled.

Make builds it of parts of Vitest (``infra/build/platform/testing``). A file is compiled beside a
short module with the same exports, which the whole of it then replaces: it needs no compiling, and
as a script without a name it is in no stack.
"""

import json
from functools import cache
from importlib.resources import files

MODULE = "isolambda:test"
_FILE = f"node_modules/{MODULE}"
_EXPORTS = (
    "afterAll",
    "afterEach",
    "beforeAll",
    "beforeEach",
    "describe",
    "expect",
    "it",
    "run",
    "test",
    "vi",
)
_STUB = "".join(f"export const {name} = 0;\n" for name in _EXPORTS)


def entry_of(test_file: str) -> str:
    """Return the source of the entry, whose default export runs the tests of a file."""
    return f'import {{ run }} from "{MODULE}";\nimport "./{test_file}";\nexport default run;\n'


def with_stub(modules: dict[str, str]) -> dict[str, str]:
    """Return modules, by name, and the short one that is compiled with them."""
    return {_FILE: _STUB, **modules}


def with_harness(compiled: str) -> str:
    """Return compiled modules with the whole module in the place of the short one."""
    program = json.loads(compiled)
    for file in program["files"]:
        if file["name"] == _FILE:
            file |= {"code": _code(), "map": None}
    return json.dumps(program)


@cache
def _code() -> str:
    chunk = (files(__package__) / "vendor" / "harness.js").read_text("ascii")
    return f'"use strict";yield;Object.assign(exports,new Function({json.dumps(chunk)})());'
