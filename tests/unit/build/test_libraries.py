"""The libraries in JavaScript that the executor carries, as `make libraries` builds them."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "infra/build/platform"
BUILT = ROOT / "functions/executor/isolambda_executor/platform/vendor"
CHUNKS = sorted(path.stem for path in (FOLDER / "libraries").glob("*.js"))
USED_TO_BUILD = {"esbuild"}


def would_run(*words: str) -> str:
    """Return the commands that make would run."""
    # A make that runs these tests would hand its flags on.
    apart = ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL"]
    command = [*apart, "make", "--dry-run", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def licences() -> str:
    return (BUILT / "LICENSES.txt").read_text(encoding="utf-8")


def test_there_is_a_chunk_for_each_file_and_nothing_else() -> None:
    assert {path.name for path in BUILT.iterdir()} == {
        "LICENSES.txt",
        *(f"{name}.js" for name in CHUNKS),
    }


@pytest.mark.parametrize("name", CHUNKS)
def test_a_chunk_is_ascii_and_names_nothing_of_the_machine_that_built_it(name: str) -> None:
    content = (BUILT / f"{name}.js").read_bytes()

    assert content.isascii()
    assert str(ROOT).encode() not in content
    assert b"node_modules" not in content


def test_every_library_that_is_asked_for_has_its_licence_there() -> None:
    asked = json.loads((FOLDER / "package.json").read_text())["dependencies"]

    stated = dict(re.findall(r"^-{80}\n\n(\S+) (\S+) \(.+\)$", licences(), re.MULTILINE))
    assert {name: stated[name] for name in asked.keys() - USED_TO_BUILD} == {
        name: version for name, version in asked.items() if name not in USED_TO_BUILD
    }


def test_every_licence_allows_to_ship_the_library() -> None:
    named = re.findall(r"^-{80}\n\n\S+ \S+ \((.+)\)$", licences(), re.MULTILINE)

    assert set(named) <= {"MIT", "Apache-2.0", "(MIT AND Zlib)"}
    of_mit = [name for name in named if "MIT" in name]
    assert licences().count("Permission is hereby granted") == len(of_mit)


@pytest.mark.parametrize(
    "target", ["run", "setup", "test-local", "test-fast", "test-api", "package", "build", "bench"]
)
@pytest.mark.parametrize("edited", ["package-lock.json", "build.mjs", "libraries/streams.js"])
def test_what_needs_the_libraries_builds_them_again_after_an_edit(target: str, edited: str) -> None:
    edit = f"--what-if=infra/build/platform/{edited}"

    assert "build.mjs" in would_run(edit, target)


def test_make_clean_removes_them() -> None:
    assert str(BUILT.relative_to(ROOT)) in would_run("clean")


def test_no_package_runs_a_script_of_its_own() -> None:
    edit = "--what-if=infra/build/platform/package-lock.json"

    [install] = [line for line in would_run(edit, "libraries").splitlines() if "npm ci" in line]
    assert "--ignore-scripts" in install
