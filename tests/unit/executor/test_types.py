"""``isolambda.d.ts`` declares what is there, and a TypeScript compiler needs no browser's types."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.surface.probe import Entry, probe, read_surface
from infra.surface.types import DECLARATIONS, declarations_of
from isolambda_core.domain.functions.functions import FEATURES
from isolambda_executor.supervisor import Supervisor
from tests.support.documentation import INDEX, ROOT, text_of

COMPILER = ROOT / ".venv-npm/node_modules/.bin/tsc"
NODE = ROOT / ".venv-node/bin"
NEWEST = ("--lib", "esnext", "--target", "esnext", "--module", "esnext")
OPTIONS = ("--noEmit", "--strict", "--pretty", "false", *NEWEST)
FILES = ("module.ts", "isolambda.d.ts")
USES = """
const id: string = context.function.id;
setTimeout((name: string) => console.log(name, id), 10, call.name);
const left: number = context.deadline_ms - Date.now();
"""
USES_ALL = """
class Upper extends TransformStream<string, string> {}
const url = new URL('/a', 'https://example.com');
for (const [name, value] of url.searchParams) console.log(name.length, value.length);
const texts = new Response('text').body!.pipeThrough(new TextDecoderStream());
for await (const text of texts.pipeThrough(new Upper())) console.log(text.toUpperCase());
const stop = AbortSignal.any([AbortSignal.timeout(5), new AbortController().signal]);
"""


def every_entry() -> list[Entry]:
    surface = read_surface()
    return [Entry(name, 1, ()) for name in (*surface["interfaces"], *surface["globals"])]


def compiled(folder: Path, declarations: str, source: str) -> list[str]:
    """Return what the compiler says of a module that uses declarations."""
    if not COMPILER.exists():
        pytest.skip("NO TYPESCRIPT COMPILER IN .venv-npm: THE TYPES WERE NOT COMPILED")
    node = shutil.which("node", path=f"{NODE}:/usr/local/bin:/usr/bin")
    assert node is not None
    (folder / "isolambda.d.ts").write_text(declarations, encoding="utf-8")
    (folder / "module.ts").write_text(f"export {{}};\n{source}", encoding="utf-8")
    done = subprocess.run(
        [node, COMPILER, *OPTIONS, *FILES],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
    )
    return done.stdout.splitlines()


def test_the_file_declares_what_the_probe_finds(shared: Supervisor) -> None:
    declared = DECLARATIONS.read_text(encoding="utf-8")

    assert declarations_of(probe(shared, FEATURES)) == declared, (
        "write it: python -m infra.surface --write"
    )


def test_what_is_missing_is_not_declared() -> None:
    found = [
        Entry("EventTarget", 4, ("dispatchEvent",)),
        Entry("URL", 17, ()),
        Entry("atob", 1, ()),
    ]

    declared = declarations_of(found)

    assert "declare class EventTarget {" in declared
    assert "addEventListener(type: string" in declared
    assert "dispatchEvent" not in declared
    # A member of what is there may refer to what is not.
    assert "type URLSearchParams = never;" in declared
    assert "declare function atob(data: string): string;" in declared
    assert "btoa" not in declared
    assert "namespace WebAssembly" not in declared


def test_the_context_is_that_of_the_documents() -> None:
    body = DECLARATIONS.read_text(encoding="utf-8").partition("IsolambdaContext {")[2]
    declared = re.findall(r"^  readonly (\w+):", body.partition("\n}")[0], re.MULTILINE)
    table = text_of(INDEX.parent / "functions.md").partition("\n| key | value |")[2]
    rows = re.findall(r"^\| (`[^|]+) \|", table.partition("\n\n")[0], re.MULTILINE)

    assert declared == [name for row in rows for name in re.findall(r"`(\w+)`", row)]


@pytest.mark.slow
def test_a_compiler_takes_the_file_alone(tmp_path: Path) -> None:
    assert compiled(tmp_path, DECLARATIONS.read_text(encoding="utf-8"), USES) == []


@pytest.mark.slow
def test_a_compiler_takes_the_whole_surface(tmp_path: Path) -> None:
    everything = declarations_of(every_entry())

    assert compiled(tmp_path, everything, USES + USES_ALL) == []


@pytest.mark.slow
def test_a_compiler_refuses_what_only_a_page_has(tmp_path: Path) -> None:
    everything = declarations_of(every_entry())

    said = compiled(tmp_path, everything, "document.title; new AbortSignal(); call.anything;")

    name, constructor = said
    assert "error TS2584: Cannot find name 'document'" in name
    assert "error TS2673: Constructor of class 'AbortSignal' is private" in constructor
