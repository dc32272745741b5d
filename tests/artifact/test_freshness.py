"""`make build` builds again after any edit, and only then: no build is ever yesterday's."""

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCES = ("Makefile", "template.yaml", "functions", "layers", "infra/build", "infra/locks")


@pytest.fixture(scope="module")
def copy(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a build is made from, for tests which each compare it with what it was."""
    folder = tmp_path_factory.mktemp("copy")
    for source in SOURCES:
        target = folder / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (checkout / source).is_dir():
            shutil.copytree(checkout / source, target)
        else:
            shutil.copy(checkout / source, target)
    return folder


def make(folder: Path, *words: str, architecture: str) -> subprocess.CompletedProcess[str]:
    """Ask make about a build, without building."""
    apart = ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL"]  # from a make that runs these tests
    return subprocess.run(
        [*apart, "make", *words, "build", f"ARCHITECTURE={architecture}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def stamp(folder: Path, architecture: str = "x86_64") -> str:
    """Return the file by which make knows that a build is up to date."""
    # To look for a Python 3.13 takes longest, and finds the same each time.
    asked = make(folder, "--dry-run", "PYTHON=true", architecture=architecture)
    command, _, file = asked.stdout.splitlines()[-1].partition(" ")
    assert (command, Path(file).parent) == ("touch", Path(".aws-sam/build"))
    return file


@pytest.mark.parametrize(
    "edited",
    [
        "template.yaml",
        "functions/api/requirements.txt",
        "functions/dispatcher/Makefile",
        "functions/executor/isolambda_executor/worker.py",
        "layers/common/python/isolambda_core/domain/executions/wire.py",
        "layers/v8/Makefile",
        "infra/build/lambda.mk",
        "infra/build/platform/package-lock.json",
    ],
)
def test_an_edit_asks_for_a_build(copy: Path, edited: str) -> None:
    before = stamp(copy)

    with (copy / edited).open("a") as file:
        file.write("# edited\n")

    assert stamp(copy) != before


def test_a_file_that_is_gone_asks_for_a_build(copy: Path) -> None:
    before = stamp(copy)

    (copy / "layers/common/python/isolambda_core/domain/executions/wire.py").unlink()

    assert stamp(copy) != before


def test_another_architecture_asks_for_a_build(copy: Path) -> None:
    assert stamp(copy, "arm64") != stamp(copy, "x86_64")


def test_a_new_time_on_a_file_and_bytecode_ask_for_none(copy: Path) -> None:
    before = stamp(copy)

    (copy / "template.yaml").touch()
    bytecode = copy / "layers/common/python/isolambda_core/__pycache__"
    bytecode.mkdir(exist_ok=True)
    (bytecode / "new.pyc").touch()
    libraries = copy / "functions/executor/isolambda_executor/platform/vendor"
    console = copy / "functions/api/isolambda_api/console/app"
    for made in (libraries, console):
        (made / "new.js").touch()  # what they are made of is looked at instead

    assert stamp(copy) == before


def test_the_build_here_is_up_to_date(checkout: Path, build: Path) -> None:
    [made] = build.glob(".built-*")
    architecture = made.name.split("-")[1]

    assert make(checkout, "--question", architecture=architecture).returncode == 0
