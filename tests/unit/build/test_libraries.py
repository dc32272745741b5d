"""The libraries in JavaScript, of the executor and of tests of functions, as make builds them."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "infra/build/platform"
BUILT = {
    "libraries": ROOT / "functions/executor/isolambda_executor/platform/vendor",
    "testing": ROOT / "infra/cli/isolambda_cli/testing/vendor",
}
CHUNKS = sorted(path for name in BUILT for path in (FOLDER / name).glob("*.js"))
USED_TO_BUILD = {"esbuild"}


def would_run(*words: str) -> str:
    """Return the commands that make would run."""
    # A make that runs these tests would hand its flags on.
    apart = ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL"]
    # To look for a Python 3.13 takes longest, and changes but the name of the build.
    command = [*apart, "make", "--dry-run", "PYTHON=true", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def licences(*names: str) -> str:
    return "".join((BUILT[name] / "LICENSES.txt").read_text(encoding="utf-8") for name in names)


@pytest.mark.parametrize("name", BUILT)
def test_there_is_a_chunk_for_each_file_and_nothing_else(name: str) -> None:
    assert {path.name for path in BUILT[name].iterdir()} == {
        "LICENSES.txt",
        *(path.name for path in CHUNKS if path.parent.name == name),
    }


@pytest.mark.parametrize("source", CHUNKS, ids=[path.stem for path in CHUNKS])
def test_a_chunk_is_ascii_and_names_nothing_of_the_machine_that_built_it(source: Path) -> None:
    content = (BUILT[source.parent.name] / source.name).read_bytes()

    assert content.isascii()
    assert str(ROOT).encode() not in content
    assert b"node_modules" not in content


def test_every_library_that_is_asked_for_has_its_licence_there() -> None:
    asked = json.loads((FOLDER / "package.json").read_text())["dependencies"]

    stated = dict(re.findall(r"^-{80}\n\n(\S+) (\S+) \(.+\)$", licences(*BUILT), re.MULTILINE))
    assert {name: stated[name] for name in asked.keys() - USED_TO_BUILD} == {
        name: version for name, version in asked.items() if name not in USED_TO_BUILD
    }


@pytest.mark.parametrize("name", BUILT)
def test_every_licence_allows_to_ship_the_library(name: str) -> None:
    named = re.findall(r"^-{80}\n\n\S+ \S+ \((.+)\)$", licences(name), re.MULTILINE)

    assert set(named) <= {"MIT", "Apache-2.0", "(MIT AND Zlib)"}
    of_mit = [name for name in named if "MIT" in name]
    assert licences(name).count("Permission is hereby granted") == len(of_mit)


@pytest.mark.parametrize(
    "target", ["run", "setup", "test-local", "test-fast", "test-api", "package", "build", "bench"]
)
@pytest.mark.parametrize(
    "edited",
    ["package-lock.json", "build.mjs", "libraries/streams.js", "testing/parts/run.js"],
)
def test_what_needs_the_libraries_builds_them_again_after_an_edit(target: str, edited: str) -> None:
    edit = f"--what-if=infra/build/platform/{edited}"

    assert "build.mjs" in would_run(edit, target)


def test_make_clean_removes_them() -> None:
    commands = would_run("clean")

    assert all(str(folder.relative_to(ROOT)) in commands for folder in BUILT.values())


def test_no_package_runs_a_script_of_its_own() -> None:
    edit = "--what-if=infra/build/platform/package-lock.json"

    [install] = [line for line in would_run(edit, "libraries").splitlines() if "npm ci" in line]
    assert "--ignore-scripts" in install
