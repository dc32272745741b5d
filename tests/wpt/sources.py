"""Make a function of a test: the harness, the test's scripts and the test in one scope."""

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Final

from tests.wpt.checkout import TestFile, area_of

NORMAL_MS: Final = 10_000
LONG_MS: Final = 30_000
"""How long a test may wait, of each value of its META line ``timeout``."""

_PREAMBLE: Final = Path(__file__).with_name("preamble.js")
_HARNESS: Final = "resources/testharness.js"
_PARSER: Final = "/resources/WebIDLParser.js"
_BUILT_PARSER: Final = "/resources/webidl2/lib/webidl2.js"
_IDL_HARNESS: Final = "/resources/idlharness.js"
_LITERAL: Final = re.compile(r"""["'`]([^"'`\s]+\.(?:html|idl|json|js|txt|vtt|wasm))["'`]""")
_STRICT: Final = re.compile(r"""(?:\s|//.*|/\*[\s\S]*?\*/)*(?:"use strict"|'use strict')""")


def source_of(checkout: Path, test: TestFile) -> str:
    """Return the body of the function; a script that is missing throws when it runs."""
    # A function of its own if the test is strict code; else the scripts see what the test declares.
    last = f"(function () {{\n{test.text}\n}}).call(globalThis);" if _is_strict(test) else test.text
    # And one of all, so that a script may declare what the preamble uses.
    whole = "\n;\n".join([_text(checkout / _HARNESS), *_scripts(checkout, test), last])
    preamble = _PREAMBLE.read_text(encoding="utf-8")
    return f"return (\n{preamble})(call, function () {{\n{whole}\n}});"


def input_of(checkout: Path, test: TestFile, variant: str) -> str:
    """Return the input of the function for one variant, as JSON."""
    return json.dumps(
        {
            "url": f"/{test.path}",
            "search": variant,
            "files": _files(checkout, test),
            "timeout_ms": timeout_ms(test),
            "is_idl": is_idl(test),
            "has_base": area_of(test.path) == "fetch",
        }
    )


def timeout_ms(test: TestFile) -> int:
    """Return how long a test may wait, in milliseconds."""
    return LONG_MS if test.is_long else NORMAL_MS


def is_idl(test: TestFile) -> bool:
    """Return whether a test compares interfaces with their definitions."""
    return _IDL_HARNESS in test.scripts


def _is_strict(test: TestFile) -> bool:
    return _STRICT.match(test.text) is not None


def _scripts(checkout: Path, test: TestFile) -> list[str]:
    scripts = [_text(_resolve(checkout, test, script)) for script in test.scripts]
    # It looks among the globals for a function that it declares.
    return [*scripts, "globalThis.fetch_spec = fetch_spec;"] if is_idl(test) else scripts


def _resolve(checkout: Path, test: TestFile, name: str) -> Path:
    name = _BUILT_PARSER if name == _PARSER else name
    base = checkout if name.startswith("/") else (checkout / test.path).parent
    return base / name.lstrip("/")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return f"throw new Error('no script ' + {json.dumps(path.name)});"


def _files(checkout: Path, test: TestFile) -> dict[str, str]:
    """Return the files that the scripts name, by these names, in base64."""
    named = {
        name for text in (*_scripts(checkout, test), test.text) for name in _LITERAL.findall(text)
    }
    if is_idl(test):
        named |= {f"/interfaces/{path.name}" for path in (checkout / "interfaces").glob("*.idl")}
    found = {name: _resolve(checkout, test, name) for name in named}
    return {
        name: b64encode(path.read_bytes()).decode()
        for name, path in found.items()
        if path.is_file()
    }
