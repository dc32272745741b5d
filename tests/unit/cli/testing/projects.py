"""Projects in a folder, and what their tests report."""

from collections.abc import Mapping
from pathlib import Path

from isolambda_cli.project.manifest import read_project
from isolambda_cli.testing.isolates import Isolates
from isolambda_cli.testing.results import CaseResult, FileResult
from isolambda_cli.testing.run import Selection, run_tests

MANIFEST = """
[project]
name = "shop"
[functions.greet]
main = "src/greet.js"
kv = ["seen"]
"""
GREET = """
export default async ({ name }, context) => {
  if (name === undefined) throw new TypeError("no name");
  return { hello: name, seen: await context.kv.increment(name, 1) };
};
"""
HEAD = 'import { describe, expect, test, vi } from "isolambda:test";\n'


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in {"isolambda.toml": MANIFEST, "src/greet.js": GREET, **files}.items():
        if name not in files and (folder / name).exists():
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def results_of(
    isolates: Isolates, folder: Path, *words: str, name: str = "", update: bool = False
) -> dict[str, FileResult]:
    selection = Selection(words, name)
    found = run_tests(isolates, read_project(folder), selection, update=update)
    return {result.file: result for result in found}


def cases_of(isolates: Isolates, folder: Path, source: str) -> dict[str, CaseResult]:
    """Return the results of the tests in a source, by their names."""
    write(folder, {"src/greet.test.js": HEAD + source})
    [result] = results_of(isolates, folder).values()
    assert not result.failures, result.failures
    return {case.name: case for case in result.cases}
