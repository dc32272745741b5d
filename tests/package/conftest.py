"""The package as `make package` builds it, installed where nothing else of the checkout is."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from infra.build import python313

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "infra/locks/run.txt"
UV = next((path for path in [ROOT / ".uv/bin/uv"] if path.exists()), shutil.which("uv") or "uv")


@dataclass(frozen=True)
class Dist:
    """What is published."""

    wheel: Path
    sdist: Path


def built(folder: Path) -> Dist:
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Dist(wheel, sdist)


def succeed(*command: str | Path, cwd: Path | None = None) -> str:
    """Return what a command prints on stdout; it must succeed."""
    ended = subprocess.run(command, capture_output=True, check=False, cwd=cwd, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def make(*words: str) -> str:
    """Return what a target of the Makefile prints; it must succeed."""
    # What make hands to its own children, if make runs the tests, is not for this one.
    environment = {name: text for name, text in os.environ.items() if "MAKE" not in name}  # noqa: TID251
    ended = subprocess.run(
        ["make", *words],  # noqa: S607
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Dist:
    """Wheel and sdist, built and checked by ``make package``."""
    folder = tmp_path_factory.mktemp("dist")
    assert make("package", f"DIST={folder}").count("PASSED") == 2
    return built(folder)


def install(dist: Dist, environment: Path, python: str) -> Path:
    """Install the wheel, with what it needs in the versions of the lock, and return the command."""
    succeed(UV, "venv", "--no-project", "--python", python, environment)
    into = ("pip", "install", "--python", environment)
    succeed(UV, *into, "--constraints", LOCK, "--only-binary", ":all:", dist.wheel)
    return environment / "bin/isolambda"


@pytest.fixture(scope="session")
def command(dist: Dist, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a fresh environment, outside of the checkout."""
    return install(dist, tmp_path_factory.mktemp("installed") / "venv", sys.executable)


@pytest.fixture(scope="session")
def public_environment(dist: Dist) -> Iterator[Path]:
    """An environment of Python 3.13, as in the image, that every user of the machine may read."""
    python = python313.find()
    if python is None:
        pytest.skip(f"{python313.NONE_HERE}: THE IMAGE'S COMMANDS WERE NOT RUN; install python3.13")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        install(dist, Path(folder) / "venv", python)
        yield Path(folder) / "venv"
